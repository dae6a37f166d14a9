"""The heat map of network delays and operations in flight, on scripted runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import stored
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure

from bench.core.ratios import Interval, Ratio
from bench.core.verdicts import Verdict
from bench.report import drawing, page
from bench.report.figures import map_figures, style
from bench.report.figures.sketches import Kind, sketches
from bench.report.findings.analysis import Analysis, analyse
from bench.report.findings.crowd_map import CrowdMap, crowd_maps
from bench.report.reading.results import load

DELAYS_MS, IN_FLIGHT = [0.0, 1.0, 5.0], [1, 16]


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """Return a run under three delays with one and with sixteen operations in flight; one case failed."""
    plan = stored.Plan(
        backends=("postgresql",),
        variants=("selectin", "joined"),
        parameters={"in_flight": IN_FLIGHT, "delay_ms": DELAYS_MS},
        passes=4,
        fail=("in_flight=16,delay_ms=5[selectin]@postgresql+asyncpg",),
    )
    return analyse(load(stored.write(tmp_path_factory.mktemp("crowds") / "run", plan)))


def the_map(analysis: Analysis) -> CrowdMap:
    """Return the only map."""
    (only,) = crowd_maps(analysis)
    return only


def turned(found: CrowdMap) -> CrowdMap:
    """Return the map as if async were slower with one in flight, and faster with sixteen: 1 lies in the middle."""
    plane = found.planes[0]
    findings = {
        spot: replace(each, ratio=_ratio(2.0 if spot[1] == 1 else 0.5), verdict=_verdict(spot[1]))
        for spot, each in plane.findings.items()
    }
    return replace(found, planes=(replace(plane, findings=findings),))


def _ratio(estimate: float) -> Ratio:
    return Ratio(estimate, Interval(estimate / 1.2, estimate * 1.2), 0.001, 4, 24, 0.1)


def _verdict(in_flight: int) -> Verdict:
    return Verdict.SLOWER if in_flight == 1 else Verdict.FASTER


def drawn(found: CrowdMap) -> Figure:
    """Return the figure of the map."""
    with style.look():
        return map_figures.of_crowds(found, found.title, found.place)


def lines(figure: Figure) -> list[list[tuple[float, float]]]:
    """Return the vertices of each line of equal times, in columns and rows."""
    sets = [each for each in figure.axes[0].collections if isinstance(each, ContourSet)]
    return [[(float(x), float(y)) for x, y in path.vertices] for each in sets for path in each.get_paths()]


def test_groups_that_differ_in_delay_and_crowd_are_one_map(crowded: Analysis) -> None:
    """The baseline of one library in two modes, then of two stacks, at every delay and number."""
    found = the_map(crowded)
    assert [delay.asked_ms for delay in found.delays] == DELAYS_MS
    assert list(found.in_flight) == IN_FLIGHT
    assert [plane.pair for plane in found.planes] == ["psycopg_async / psycopg", "asyncpg / psycopg2"]
    for plane in found.planes:
        assert set(plane.findings) == {(asked, number) for asked in DELAYS_MS for number in IN_FLIGHT}
        assert all(each.contrast.numerator.variant == "selectin" for each in plane.findings.values())


def test_the_title_counts_and_the_sentences_hold_every_ratio(crowded: Analysis) -> None:
    """What is not valid says so, and counts neither as faster nor as slower."""
    found = the_map(crowded)
    first = found.planes[0]
    faster, slower = first.times(Verdict.FASTER), first.times(Verdict.SLOWER)
    assert found.title == f"psycopg_async is faster in {faster} of 6 places and slower in {slower}"
    assert len(found.sentences) == 4
    assert found.sentences[3].startswith("asyncpg / psycopg2, 16 in flight: ")
    assert found.sentences[3].endswith("; not valid at 10 ms.")


def test_a_title_without_a_clear_difference_says_so(crowded: Analysis) -> None:
    """Counts of 0 would be read twice."""
    found = the_map(crowded)
    plane = found.planes[0]
    shaken = {spot: replace(each, verdict=Verdict.INCONCLUSIVE) for spot, each in plane.findings.items()}
    title = replace(found, planes=(replace(plane, findings=shaken),)).title
    assert title == "psycopg_async / psycopg: no clear difference in any of 6 places"


def test_a_cell_that_is_not_valid_is_grey_and_has_no_winner(crowded: Analysis) -> None:
    """It stands in the second map, on top at the right."""
    figure = drawn(the_map(crowded))
    written = [[text.get_text() for text in axes.texts] for axes in figure.axes]
    assert [texts.count("not valid") for texts in written] == [0, 1]


def test_the_line_of_equal_times_runs_where_the_log_is_0(crowded: Analysis) -> None:
    """Half way between 2 and 0.5 by their logs; the ends of the interval beside it."""
    middle, *ends = lines(drawn(turned(the_map(crowded))))
    assert [y for _, y in middle] == pytest.approx([0.5] * len(middle))
    assert {round(x) for x, _ in middle} == {0, 1, 2}
    assert len(ends) == 2
    assert sorted(y for each in ends for _, y in each[:1]) == pytest.approx([0.5 - 0.1315, 0.5 + 0.1315], abs=1e-3)


def test_without_a_change_of_sign_there_is_no_line(crowded: Analysis) -> None:
    """Sync is the faster one everywhere, with its whole interval."""
    found = the_map(crowded)
    plane = found.planes[0]
    findings = {spot: replace(each, ratio=_ratio(2.0)) for spot, each in plane.findings.items()}
    assert lines(drawn(replace(found, planes=(replace(plane, findings=findings),)))) == []


def test_the_page_shows_the_map_with_its_sentences(
    crowded: Analysis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, in its scenario, as an image with the words that stand for it."""
    kept = [sketch for sketch in sketches(crowded, []) if sketch.kind is Kind.CROWDS]
    monkeypatch.setattr(drawing, "sketches", lambda *_: kept)
    text = page.html(crowded, [], drawing.draw(crowded, [], tmp_path), tmp_path)
    found = the_map(crowded)
    label = f"Heat map of network delays and operations in flight, async over sync. {found.place}. {found.title}."
    assert text.count(f'role="img" aria-label="{label} The sentences hold every ratio."') == 1
    assert all(text.count(f"<li>{sentence}</li>") == 1 for sentence in found.sentences)


@pytest.mark.parametrize(
    "parameters",
    [
        {"in_flight": [16], "delay_ms": DELAYS_MS},
        {"in_flight": IN_FLIGHT, "delay_ms": [1.0]},
        {"in_flight": IN_FLIGHT},
        {"delay_ms": DELAYS_MS},
    ],
)
def test_one_axis_alone_is_no_map(tmp_path: Path, parameters: dict[str, list[float]]) -> None:
    """The figure of delays, and the table of the group, tell all of it."""
    plan = stored.Plan(backends=("postgresql",), variants=("selectin",), parameters=parameters, passes=1, rounds=2)
    assert crowd_maps(analyse(load(stored.write(tmp_path / "run", plan)))) == []
