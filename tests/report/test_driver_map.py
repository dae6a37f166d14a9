"""The heat map of drivers and variants, on scripted runs."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import scripted
import stored
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from bench.core.contrasts import Question
from bench.core.verdicts import Verdict
from bench.report.figures import map_figures, style
from bench.report.findings.analysis import Analysis, GroupResult, analyse
from bench.report.findings.driver_map import DriverMap, driver_map, is_worth_drawing
from bench.report.reading.records import Blocks
from bench.report.reading.results import load


def found(folder: Path, **plan: object) -> DriverMap:
    """Return the map of the only group on PostgreSQL."""
    settings = {"backends": ("postgresql",), "parameters": {}, "passes": 4, **plan}
    analysis = analyse(load(stored.write(folder / "run", stored.Plan(**settings))))  # type: ignore[arg-type]
    drawn = driver_map(analysis, analysis.groups[0])
    assert drawn is not None
    return drawn


def group_on(analysis: Analysis, backend: str) -> GroupResult:
    """Return the group on a backend."""
    return next(group for group in analysis.groups if group.backend.label == backend)


def texts(figure: Figure) -> list[str]:
    """Return what is written into the map."""
    return [text.get_text() for text in figure.axes[0].texts]


def test_every_case_is_over_the_baseline_on_the_first_driver(analysis: Analysis) -> None:
    """A driver and a variant at once: 0.93 times 1.42 for joined with asyncpg over selectin with psycopg."""
    drawn = driver_map(analysis, group_on(analysis, "postgresql"))
    assert drawn is not None
    assert drawn.reference == "selectin with psycopg"
    assert len(drawn.cells) == 4 * 6 - 1
    for (variant, driver), cell in drawn.cells.items():
        assert cell.ratio is not None
        expected = scripted.SPEED[driver] * scripted.COST[variant]
        assert cell.ratio.estimate == pytest.approx(expected, rel=0.05)
    assert drawn.cells["joined", "psycopg2"].verdict is Verdict.SLOWER


def test_what_the_group_compares_already_keeps_its_verdict(analysis: Analysis) -> None:
    """One comparison is not told twice in two ways."""
    group = group_on(analysis, "postgresql")
    drawn = driver_map(analysis, group)
    assert drawn is not None
    for variant in ("joined", "subquery", "select", "core_join"):
        finding = group.finding(Question.VARIANT, variant, "psycopg")
        assert finding is not None
        assert drawn.cells[variant, "psycopg"].verdict is finding.verdict


def test_the_fastest_full_answer_is_named_with_those_that_are_not_behind(analysis: Analysis) -> None:
    """Raiseload is faster and answers less; psycopg2 and asyncpg are 1 % apart by script."""
    drawn = driver_map(analysis, group_on(analysis, "postgresql"))
    assert drawn is not None
    assert set(drawn.leaders) == {("core_join", "psycopg2"), ("core_join", "asyncpg")}
    assert drawn.title.startswith(f"Lowest of 20: core_join with {drawn.fastest[1]} at 0.5")
    assert drawn.title.endswith(", with 1 not told apart")
    shown = replace(drawn, leaders=dict.fromkeys(drawn.leaders, Verdict.EQUIVALENT))
    assert shown.title.startswith("Fastest: core_join with ")
    assert shown.title.endswith("; 1 equivalent")


def test_what_a_cell_leaves_open_is_not_behind_the_common_one(tmp_path: Path) -> None:
    """Its interval leaves out 1, and among so many cells that decides nothing: the frame says no more than the cell."""
    plan = stored.Plan(backends=("sqlite",), variants=("selectin", "joined"), parameters={}, passes=4)
    run = load(stored.write(tmp_path / "run", plan))
    logs = {
        "[selectin]@sqlite+pysqlite": (0.0, 0.0, 0.0, 0.0),
        "[joined]@sqlite+aiosqlite": (-0.3, -0.1, -0.25, -0.15),
        "[selectin]@sqlite+aiosqlite": (-0.1, 0.9, 0.7, 0.1),
        "[joined]@sqlite+pysqlite": (0.9, -0.1, 0.1, 0.7),
    }
    for end, passes in logs.items():
        for number, log_ratio in enumerate(passes, start=1):
            times = (math.exp(log_ratio),) * 6
            run.blocks[f"loading/{end}"][number] = Blocks(times, times)
    analysis = analyse(run)
    drawn = driver_map(analysis, analysis.groups[0])
    assert drawn is not None
    cell = drawn.cells["joined", "aiosqlite"]
    assert cell.ratio is not None
    assert (cell.verdict, cell.ratio.interval.contains(1)) == (Verdict.INCONCLUSIVE, False)
    first, second = list(drawn.leaders.items())[:2]
    assert first[0] == ("joined", "aiosqlite")
    assert second == (("selectin", "pysqlite"), Verdict.INCONCLUSIVE)


def test_cells_say_their_ratio_and_verdict_in_words(tmp_path: Path) -> None:
    """Whoever sees no colours reads the same; the frame is around the fastest alone."""
    drawn = found(tmp_path, fail=("[joined]@postgresql+asyncpg",))
    assert drawn.cells["joined", "asyncpg"].verdict is Verdict.NOT_VALID
    with style.look():
        figure = map_figures.of_drivers(drawn, drawn.title, "place")
    written = texts(figure)
    assert written.count("not valid") == 1
    assert written.count("baseline") == 1
    for cell in drawn.cells.values():
        assert cell.verdict in written
    frames = [patch for patch in figure.axes[0].patches if not patch.get_fill()]
    assert len(frames) == len(drawn.leaders)


def test_a_void_case_is_grey_and_never_framed(tmp_path: Path) -> None:
    """The scripted fastest failed its proof: another one is framed."""
    drawn = found(tmp_path, fail=("[core_join]@postgresql+psycopg2", "[core_join]@postgresql+asyncpg"))
    assert list(drawn.leaders) == [("core_join", "psycopg")]
    with style.look():
        figure = map_figures.of_drivers(drawn, drawn.title, "place")
    grey = [patch for patch in figure.axes[0].patches if patch.get_facecolor()[:3] == to_rgb(style.VOID)]
    assert len(grey) == 2


def test_one_pass_frames_nothing(tmp_path: Path) -> None:
    """Without intervals nobody is the fastest."""
    drawn = found(tmp_path, passes=1)
    assert drawn.is_open
    assert drawn.title == "No combination of variant and driver is clearly the fastest"
    with style.look():
        figure = map_figures.of_drivers(drawn, drawn.title, "place")
    assert all(patch.get_fill() for patch in figure.axes[0].patches)


def test_a_title_does_not_call_one_of_many_the_fastest(tmp_path: Path) -> None:
    """With five of twenty that are not behind it, it is the lowest, and they are counted by what was shown of them."""
    drawn = found(tmp_path)
    others = dict.fromkeys(list(drawn.standings)[:5], Verdict.INCONCLUSIVE)
    several = replace(drawn, leaders={("core_join", "psycopg2"): Verdict.EQUIVALENT, **others})
    assert several.title.startswith("Lowest of 20: core_join with psycopg2 at 0.5")
    assert several.title.endswith(", with 5 not told apart")


def test_another_baseline_stands_in_for_one_that_failed(tmp_path: Path) -> None:
    """The first driver whose baseline is valid divides the others."""
    drawn = found(tmp_path, fail=("[selectin]@postgresql+psycopg",))
    assert drawn.reference == "selectin with psycopg_async"


def test_two_drivers_are_not_worth_a_map(analysis: Analysis) -> None:
    """The ratio figure says all of it."""
    assert not is_worth_drawing(group_on(analysis, "sqlite"))
    assert is_worth_drawing(group_on(analysis, "postgresql"))


def test_many_long_names_stay_within_the_figure(tmp_path: Path) -> None:
    """500 cases: as many rows as a figure can bear, names cut to their room."""
    names = ("selectin", *(f"{'long_name_' * 8}{number}" for number in range(125)))
    drawn = found(tmp_path, variants=names, passes=2)
    assert len(drawn.cells) == 4 * 126 - 1
    with style.look():
        figure = map_figures.of_drivers(drawn, drawn.title, "place")
        figure.draw_without_rendering()
        width, height = figure.get_size_inches() * figure.dpi
        assert len(figure.axes[0].get_yticks()) == 40
        for label in (*figure.axes[0].get_yticklabels(), *figure.axes[0].texts):
            box = label.get_window_extent()
            assert box.x0 >= 0
            assert box.x1 <= width
            assert box.y1 <= height
