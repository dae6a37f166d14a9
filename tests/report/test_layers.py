"""The waterfall of layers, on a scripted run without noise."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
import scripted
import stored

from bench.core.contrasts import Question
from bench.core.differences import Duration
from bench.report import drawing, page
from bench.report.figures import style, waterfall_figure
from bench.report.figures.sketches import Kind, sketches
from bench.report.findings.analysis import Analysis, analyse
from bench.report.findings.layers import LAYERS, Layers, Stair, Step, found
from bench.report.reading.results import load

PARAMETERS = {"parents": [20]}


def analysed(folder: Path, *fail: str, passes: int = 3, backends: tuple[str, ...] = ("postgresql",)) -> Analysis:
    """Return a run of the scenario of layers; some cases fail."""
    plan = stored.Plan(
        backends=backends, scenarios=("layers",), variants=("orm_entities", "driver", "core", "serialised"),
        parameters=PARAMETERS, passes=passes, noise=0.0, fail=fail,
    )  # fmt: skip
    return analyse(load(stored.write(folder / "run", plan)))


def time_ns(variant: str, driver: str) -> float:
    """Return the scripted time of a layer."""
    return 20**0.8 * 1e5 * scripted.SPEED[driver] * scripted.cost(variant)


def the_layers(analysis: Analysis) -> Layers:
    """Return the layers of the only group."""
    (only,) = found(analysis)
    return only


def test_each_layer_adds_what_it_takes_more_than_the_one_inside(tmp_path: Path) -> None:
    """In one library first, then in two stacks; the innermost layer adds its whole time."""
    layers = the_layers(analysed(tmp_path))
    drivers = [(question, sync.driver, awaited.driver) for question, sync, awaited in layers.pairs]
    assert drivers == [(Question.MODE, "psycopg", "psycopg_async"), (Question.STACK, "psycopg2", "asyncpg")]
    for _, *stairs in layers.pairs:
        for stair in stairs:
            expected = [time_ns(variant, stair.driver) for variant in LAYERS]
            until = [step.until.estimate_ns for step in stair.steps if step]
            added = [step.added.estimate_ns for step in stair.steps if step]
            assert until == pytest.approx(expected, rel=1e-5)
            assert added == pytest.approx([expected[0], *(b - a for a, b in itertools.pairwise(expected))], rel=1e-4)


def test_the_title_names_the_layer_that_adds_most(tmp_path: Path) -> None:
    """In both modes of the first pair, with what it adds and the whole."""
    layers = the_layers(analysed(tmp_path))
    costs = [scripted.cost(variant) for variant in LAYERS]
    adds = dict(zip(list(LAYERS.values())[1:], (b - a for a, b in itertools.pairwise(costs)), strict=True))
    widest = max(adds, key=lambda layer: adds[layer])
    title = waterfall_figure.title(layers)
    assert title.startswith(f"Sync: {widest} adds most, ")
    assert f"; async: {widest} adds most, " in title


def added(layer: str, low_us: float, high_us: float) -> Step:
    """Return a layer with the interval of what it adds."""
    return Step(layer, Duration(9e3, 8e3, 1e4, 4), Duration(500 * (low_us + high_us), 1e3 * low_us, 1e3 * high_us, 4))


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([(1, 2), (3, 5), (6, 8)], "serialisation adds most, 7.00 of 9.00 µs"),
        ([(1, 2), (3, 7), (6, 8)], "serialisation and ORM add most, 7.00 and 5.00 of 9.00 µs"),
        ([(4, 7), (3, 7), (6, 8)], "no layer clearly adds most"),
        ([(4, 7), None, (1, 2)], "Core adds most, 5.50 of 9.00 µs"),
    ],
)
def test_a_layer_is_named_alone_where_no_other_touches_its_interval(
    tmp_path: Path, steps: list[tuple[float, float] | None], said: str
) -> None:
    """What nothing tells apart is named together, and where that is all of them none is."""
    layers = the_layers(analysed(tmp_path))
    around = [
        added(layer, *ends) if ends else None for layer, ends in zip(list(LAYERS.values())[1:], steps, strict=True)
    ]
    stair = Stair("psycopg", (added("driver", 1, 2), *around))
    scripted = replace(layers, pairs=((Question.MODE, stair, Stair("psycopg_async", (None,))),))
    assert waterfall_figure.title(scripted) == f"Sync: {said}"


def test_a_bar_begins_where_the_layer_inside_of_it_ends(tmp_path: Path) -> None:
    """What is drawn is what was found, in µs."""
    layers = the_layers(analysed(tmp_path))
    with style.look():
        figure = waterfall_figure.draw(layers, "title", "place")
    sync = layers.pairs[0][1]
    bars = [
        bar for bar in figure.axes[0].patches if bar.get_facecolor()[:3] == pytest.approx((0, 0x72 / 255, 0xB2 / 255))
    ]
    inside = [0.0, *(step.until.estimate_ns / 1e3 for step in sync.steps if step)]
    ends = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in bars]
    expected = [*itertools.pairwise(inside), (0.0, inside[-1])]
    assert [place for each in ends for place in each] == pytest.approx([place for each in expected for place in each])


def test_a_layer_that_is_not_valid_leaves_out_its_own_step_and_the_next(tmp_path: Path) -> None:
    """Core failed: neither what it adds is known nor what the ORM adds to it; the whole still is."""
    layers = the_layers(analysed(tmp_path, "[core]@postgresql+psycopg"))
    sync = layers.pairs[0][1]
    assert [step is not None for step in sync.steps] == [True, False, False, True]
    assert sync.total is not None
    with style.look():
        figure = waterfall_figure.draw(layers, "title", "place")
    assert [text.get_text() for text in figure.axes[0].texts].count("not valid") == 2
    assert "psycopg, µs: driver " in waterfall_figure.numbers(layers)
    assert "Core not valid, ORM not valid, serialisation" in waterfall_figure.numbers(layers)


def test_one_pass_has_bars_without_intervals(tmp_path: Path) -> None:
    """The value stands alone."""
    layers = the_layers(analysed(tmp_path, passes=1, backends=("sqlite",)))
    assert len(layers.pairs) == 1
    assert "(" not in waterfall_figure.numbers(layers)
    assert waterfall_figure.title(layers) == "Sync: no layer clearly adds most; async: no layer clearly adds most"


def test_the_page_shows_the_waterfall_with_its_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an image whose words hold every number: no table does."""
    analysis = analysed(tmp_path, backends=("sqlite",))
    kept = [sketch for sketch in sketches(analysis, []) if sketch.kind is Kind.LAYERS]
    monkeypatch.setattr(drawing, "sketches", lambda *_: kept)
    text = page.html(analysis, [], drawing.draw(analysis, [], tmp_path / "figures"), tmp_path / "figures")
    assert text.count('aria-label="Waterfall of layers. SQLite 3.45.1 · layers · parents=20. Sync: ') == 1
    assert waterfall_figure.numbers(the_layers(analysis)) in text


def test_other_scenarios_have_no_layers(analysis: Analysis) -> None:
    """The figure is of one scenario, whose variants hold each other."""
    assert found(analysis) == []


def test_nothing_valid_is_no_figure(tmp_path: Path) -> None:
    """A run in which every driver failed has none."""
    assert found(analysed(tmp_path, "sqlite", "pysqlite", "aiosqlite", backends=("sqlite",))) == []
