"""What a reader of a figure reads: its title and the values beside the marks."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import stored
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from bench.core.contrasts import Question
from bench.core.ratios import Interval, Ratio
from bench.core.verdicts import Verdict
from bench.report import labels
from bench.report.answer import sentences
from bench.report.figures import axes as plane
from bench.report.figures import captions, forest, style, times
from bench.report.findings.analysis import Analysis, GroupResult, analyse
from bench.report.reading.results import load


def ratio(low: float, estimate: float, high: float) -> Ratio:
    """Return a ratio with its interval."""
    return Ratio(estimate, Interval(low, high), p_value=0.01, passes=8, pairs=48, pass_sd=0.01)


def spot(low: float, high: float, *ratios: Ratio) -> tuple[float, float]:
    """Return from where to where the value of a row is written, as ratios, on an axis with these ends."""
    with style.look():
        figure = style.canvas(3.0)
        axes = plane.Panel(1.0, 0.5, 4.0, 2.0).add_to(figure)
        plane.rows(axes, ["selectin"], labelled=True)
        plane.log_axis(axes, [low, high], "x")
        forest.value(axes, 0, ratios)
        return extent(figure, axes)


def extent(figure: Figure, axes: Axes) -> tuple[float, float]:
    """Return from where to where the only value of the axes reaches, as ratios."""
    figure.draw_without_rendering()
    (found,) = [text for text in axes.texts if isinstance(text, Annotation)]
    box = found.get_window_extent()
    (start, _), (end, _) = axes.transData.inverted().transform([(box.x0, 0), (box.x1, 0)])
    return float(start), float(end)


@pytest.mark.parametrize(
    ("low", "high", "ratios"),
    [
        (0.7, 60.0, [ratio(2.0, 2.2, 2.4), ratio(40.0, 44.8, 50.0)]),
        (0.02, 2.6, [ratio(0.38, 0.44, 0.5), ratio(0.4, 0.52, 0.7)]),
        (0.7, 6.0, [ratio(0.7, 0.77, 0.78)]),
        (0.2, 1.5, [ratio(1.3, 1.4, 1.5)]),
    ],
)
def test_a_value_is_written_where_neither_marks_nor_the_line_at_1_are(
    low: float, high: float, ratios: list[Ratio]
) -> None:
    """Between the marks, before them or across the line, wherever there is room."""
    start, end = spot(low, high, *ratios)
    assert not start < 1 < end
    assert all(end < each.interval.low or each.interval.high < start for each in ratios)


def test_a_value_without_room_is_left_to_the_table() -> None:
    """An interval as wide as the panel has no place beside it."""
    with pytest.raises(ValueError, match="not enough values"):
        spot(0.5, 2.0, ratio(0.5, 1.0, 2.0))


def group_of(folder: Path) -> GroupResult:
    """Return a group on SQLite in which select is clearly slower and raiseload answers less."""
    plan = stored.Plan(backends=("sqlite",), parameters={}, passes=4)
    return analyse(load(stored.write(folder / "run", plan))).groups[0]


def test_a_title_gives_the_ratios_of_all_drivers(tmp_path: Path) -> None:
    """One driver alone would be taken for all of them."""
    group = group_of(tmp_path)
    subject = sentences.title(group).partition(" takes ")[0]
    found = [each for each in group.of(Question.VARIANT) if each.contrast.numerator.variant == subject]
    estimates = labels.ratios(each.ratio.estimate for each in found if each.ratio)
    assert len(found) == 2
    assert sentences.title(group).startswith(f"{subject} takes {estimates} the time of selectin; aiosqlite ")
    assert re.search(r"; aiosqlite [0-9.]+x that of pysqlite with selectin$", sentences.title(group))


def test_a_title_names_the_driver_where_others_differ(tmp_path: Path) -> None:
    """A finding on one driver alone is not put down to all of them."""
    group = group_of(tmp_path)
    subject = sentences.title(group).partition(" takes ")[0]
    turned = tuple(
        replace(each, verdict=Verdict.INCONCLUSIVE) if numerator == (subject, "aiosqlite") else each
        for each in group.findings
        for numerator in [(each.contrast.numerator.variant, each.contrast.numerator.driver)]
    )
    others = tuple(each for each in turned if each.contrast.numerator.variant in {subject, "selectin"})
    assert " the time of selectin with pysqlite; " in sentences.title(replace(group, findings=others))


def test_a_title_without_a_clear_variant_says_so(analysis: Analysis) -> None:
    """What answers less is no finding between full answers."""
    group = analysis.groups[0]
    less = tuple(
        each
        for each in group.findings
        if each.contrast.question is not Question.VARIANT or each.contrast.numerator.variant == "raiseload"
    )
    assert "raiseload" not in sentences.title(replace(group, findings=less))
    shaken = tuple(replace(each, verdict=Verdict.INCONCLUSIVE) for each in group.findings)
    assert sentences.title(replace(group, findings=shaken)).startswith("No variant clearly differs from selectin")


def test_the_title_of_the_times_is_the_lowest_median_of_the_full_answers(tmp_path: Path) -> None:
    """Raiseload is faster and answers less."""
    group = group_of(tmp_path)
    lowest = min(each.wall_ns for each in group.cases.values() if each.wall_ns and each.case.variant != "raiseload")
    assert times.title(group) == f"Lowest median: core_join with pysqlite, {labels.milliseconds(lowest)} ms"


def headed(title: str) -> style.Sheet:
    """Return an empty figure below a title."""
    with style.look():
        figure = style.canvas(2.0)
        captions.headline(figure, title, "here")
    return figure


def test_a_title_keeps_its_caveat_on_a_second_line() -> None:
    """The figure grows by the line, and its panels stand as far below the headline as ever."""
    finding, caveat = (
        "psycopg_async / psycopg: psycopg_async is slower up to 2.2 ms",
        "above, no difference could be shown",
    )
    one, two = headed(finding), headed(f"{finding}; {caveat}")
    assert [text.get_text() for text in two.texts] == [f"{finding};", caveat, "here"]
    assert two.get_size_inches()[1] == pytest.approx(one.get_size_inches()[1] + captions.TITLE_LINE_IN)
    panel = plane.Panel(1.0, 0.5, 4.0, 1.0)
    with style.look():
        heights = [panel.add_to(each).get_position().y0 * each.get_size_inches()[1] for each in (one, two)]
    assert heights[0] == pytest.approx(heights[1])


def test_a_title_too_wide_drops_its_last_finding_whole() -> None:
    """Half a finding says something else; a single one is broken between words."""
    room_in = style.WIDTH_IN - 0.2
    first, second, third = ("selectin " * 9).strip(), ("joined " * 9).strip(), ("select " * 9).strip()
    assert captions.title_lines(f"{first}; {second}; {third}", room_in) == [f"{first};", second]
    assert captions.title_lines(("selectin " * 14).strip(), room_in) == [
        ("selectin " * 10).strip(),
        ("selectin " * 4).strip(),
    ]


def test_text_in_a_figure_has_the_contrast_that_small_text_needs() -> None:
    """4.5 to 1 on paper (WCAG 2.2, 1.4.3) for every colour in which something is named."""
    paper = luminance(style.PAPER)
    for tone in (
        style.INK,
        style.MUTED,
        style.VOID,
        style.FASTER,
        style.SLOWER,
        *map(style.of_text, (style.SYNC, style.ASYNC)),
    ):
        assert (paper + 0.05) / (luminance(tone) + 0.05) >= 4.5, tone


def luminance(tone: str) -> float:
    """Return the relative luminance of a colour, as WCAG 2.2 defines it."""
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(tone)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def test_an_axis_around_1_has_more_than_one_label() -> None:
    """A single label tells no scale."""
    assert plane.ticks(0.72, 1.38, 1.9) == [0.8, 1.0, 1.25]


@pytest.mark.parametrize(("value", "text"), [(0.024, "0.024x"), (0.0996, "0.100x"), (0.1, "0.10x"), (1.419, "1.42x")])
def test_small_ratios_keep_two_digits(value: float, text: str) -> None:
    """`0.02-0.03x` would be half a finding."""
    assert labels.ratio(value) == text


def banded(folder: Path, twins: dict[str, float]) -> GroupResult:
    """Return a group on SQLite whose A/A twins differ by so much."""
    run = load(stored.write(folder / "run", stored.Plan(backends=("sqlite",), parameters={}, passes=4)))
    for driver, share in twins.items():
        name = f"loading/[selectin]@sqlite+{driver}"
        twin = name.replace("]", "~aa]")
        for number, blocks in run.blocks[name].items():
            run.blocks[twin][number] = replace(blocks, wall_ns=tuple((1 + share) * each for each in blocks.wall_ns))
    return analyse(run).groups[0]


@pytest.mark.parametrize(
    ("twins", "name"),
    [
        ({"pysqlite": 0.01, "aiosqlite": 0.02}, "equivalent: within ±3 %"),
        ({"pysqlite": 0.01, "aiosqlite": 0.042}, "equivalent: within ±3 % to ±4.2 % (A/A noise)"),
        ({"pysqlite": 0.5, "aiosqlite": 0.3}, "equivalent: within ±5 % (A/A noise)"),
    ],
)
def test_the_grey_of_a_ratio_figure_is_what_verdicts_call_equivalent(
    tmp_path: Path, twins: dict[str, float], name: str
) -> None:
    """However far an A/A twin reaches, the band ends where the verdicts do, and the legend says where that is."""
    group = banded(tmp_path, twins)
    with style.look():
        figure = forest.draw(group, "title", "subtitle")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [name]
    for axes, question in zip(figure.axes, (Question.VARIANT, Question.MODE), strict=True):
        [band] = axes.patches
        across = [float(place) for place, _ in band.get_path().vertices]
        bands = [each.band for each in group.of(question) if each.band]
        assert (min(across), max(across)) == (min(each.low for each in bands), max(each.high for each in bands))


def test_each_driver_has_the_grey_of_its_own_noise(tmp_path: Path) -> None:
    """One outline: narrow behind the marks of the quiet driver, wide behind those of the other."""
    group = banded(tmp_path, {"pysqlite": 0.01, "aiosqlite": 0.05})
    with style.look():
        figure = forest.draw(group, "title", "subtitle")
    [band] = figure.axes[0].patches
    row = [variant.name for variant in group.variants].index("joined")
    quiet, shaken = (row + offset for offset in plane.offsets(2))
    for place, inside in ((quiet, False), (shaken, True)):
        assert band.get_path().contains_point((1.04, place)) is inside
        assert band.get_path().contains_point((1.02, place))
