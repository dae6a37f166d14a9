"""Page, summary, figures and terminal of runs with load."""

from __future__ import annotations

import filecmp
import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
import stored
import stored_load
from rich.console import Console
from stored_load import LoadPlan

from bench.load.judging.knee import Bound
from bench.load.reading.readings import LoopReading
from bench.report.answer import load_sentences as sentences
from bench.report.figures import style
from bench.report.findings.analysis import Analysis, analyse
from bench.report.findings.load import pressure
from bench.report.findings.load.analysis import Block, LoadAnalysis
from bench.report.load import charts, curves, data, figures, titles, trace_figure
from bench.report.reading.results import load as read_run
from bench.report.render import render_analysis
from bench.report.terminal import show
from bench.report.trust import assess

HOSTILE = "<script>alert(1)</script>\"'{{ 7*7 }}|[x](javascript:1)[bold red][/]$\\frac{$"


def terminal(analysis: Analysis) -> str:
    """Return what the terminal shows on 80 columns."""
    out = StringIO()
    show(analysis, Console(file=out, width=80))
    return out.getvalue()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """Return a run with load alone: a sweep, open windows, a knee search and a factor."""
    plan = LoadPlan(users=(1, 2, 3, 4, 6, 8), rounds=3, noise=0.003, settings=({"pool size": 5}, {"pool size": 20}))
    return analyse(read_run(stored_load.write(tmp_path_factory.mktemp("load") / "run", plan)))


@pytest.fixture(scope="module")
def rendered(whole: Analysis, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of its report."""
    folder = tmp_path_factory.mktemp("report")
    render_analysis(whole, folder)
    return folder


@pytest.fixture(scope="module")
def load(whole: Analysis) -> LoadAnalysis:
    """Return its load part."""
    assert whole.load is not None
    return whole.load


@pytest.fixture(scope="module")
def sweep(load: LoadAnalysis) -> Block:
    """Return its closed sweep."""
    return load.blocks[0]


def test_a_run_with_load_alone_has_no_empty_sections(rendered: Path, whole: Analysis) -> None:
    """What belongs to single operations is not there, on the page, in the summary and in the terminal."""
    page = (rendered / "index.html").read_text()
    for word in ("Nothing was timed", "Proved before timing", "cases.csv", "units complete", "AsyncSession"):
        assert word not in page
    assert page.index('id="answer"') < page.index("Under load: Shopper") < page.index('id="trust"')
    summary = (rendered / "report.md").read_text()
    assert "**Shopper under load**" in summary
    assert "psycopg2" not in summary
    shown = terminal(whole)
    assert "Shopper under load" in shown
    assert "interval" not in shown.partition("Trust")[0]
    assert all(len(line) <= 80 for line in shown.splitlines())


def test_load_is_rendered_to_the_same_bytes(rendered: Path, whole: Analysis, tmp_path: Path) -> None:
    """Figures, page and summary agree in every byte."""
    render_analysis(whole, tmp_path)
    names = [str(path.relative_to(rendered)) for path in rendered.rglob("*") if path.is_file()]
    assert len(names) > 20
    assert filecmp.cmpfiles(rendered, tmp_path, names, shallow=False)[0] == names


def test_figures_of_load_stand_on_the_page_with_a_text_alternative(rendered: Path) -> None:
    """Each is an image that follows the theme; none is a file that the page asks for."""
    page = (rendered / "index.html").read_text()
    drawn = sorted(path.stem for path in (rendered / "figures").glob("load-*.svg"))
    kinds = {name.removeprefix(f"load-{number:02d}-shopper-") for number, name in enumerate(drawn, start=1)}
    assert kinds == {
        *("sweep-closed", "sweep-closed-percentiles", "sweep-closed-trace", "scaling", "knee"),
        *("open-open", "open-open-percentiles", "open-open-trace", "factor-closed", "factor-closed-trace"),
    }
    assert page.count('role="img" aria-label="Shopper. ') == len(drawn)
    assert style.SYNC not in page[page.index("<main") :]
    ids = [part.partition('"')[0] for part in page.split(' id="')[1:]]
    assert len(ids) == len(set(ids))


def test_a_run_with_both_parts_tells_load_after_the_questions(tmp_path: Path) -> None:
    """Its answer follows that of the cases, which the run is about; hostile text of load.json stays text everywhere."""
    plan = LoadPlan(users=(2, 4), rates=(100.0,), rounds=2, knee=False, text=HOSTILE)
    plan = replace(plan, more={"failures": [HOSTILE], "finished": False})
    micro = stored.Plan(backends=("sqlite",), parameters={}, passes=2)
    analysis = analyse(read_run(stored_load.write(tmp_path / "run", plan, micro)))
    page = render_analysis(analysis, tmp_path / "out").read_text()
    places = [page.index(f'id="{name}"') for name in ("answer", "trust", "scenario-1", "load", "claims", "making")]
    assert places == sorted(places)
    assert (
        page.index("Sync or async, within one library") < page.index("Under load: Shopper") < page.index('id="trust"')
    )
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "{{ 7*7 }}" in page
    summary = (tmp_path / "out" / "report.md").read_text()
    assert "<script>" not in summary
    assert "[x](javascript" not in summary
    shown = terminal(analysis)
    assert "[bold red]" in shown
    assert all(len(line) <= 80 for line in shown.splitlines())


def test_a_hostile_name_of_a_pair_stays_text(tmp_path: Path) -> None:
    """Users name the pairs of their own application: neither HTML, Markdown, the terminal nor a figure reads it."""
    plan = LoadPlan(pairs=(HOSTILE,), users=(2, 4), rates=(100.0,), rounds=2, knee=False)
    analysis = analyse(read_run(stored_load.write(tmp_path / "run", plan)))
    page = render_analysis(analysis, tmp_path / "out").read_text()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    summary = (tmp_path / "out" / "report.md").read_text()
    assert "<script>" not in summary
    assert "[x](javascript" not in summary
    assert "[bold red][/]" in terminal(analysis)


def test_many_windows_and_pairs_stay_below_two_megabytes(tmp_path: Path) -> None:
    """Figures are drawn of the first pairs; tables are there of all."""
    pairs = tuple(f"Pair{number}" for number in range(figures.MOST_PAIRS + 2))
    plan = LoadPlan(pairs=pairs, users=(1, 2, 4, 8), rates=(100.0,), rounds=2, knee=False, measure_s=1.0)
    analysis = analyse(read_run(stored_load.write(tmp_path / "run", plan)))
    index = render_analysis(analysis, tmp_path / "out")
    assert index.stat().st_size < 2_000_000
    drawn = {path.stem.split("-")[2] for path in (tmp_path / "out" / "figures").glob("*.svg")}
    assert drawn == {pair.lower() for pair in pairs[: figures.MOST_PAIRS]}
    assert all(f'aria-label="{pair}, sweep, closed: every level"' in index.read_text() for pair in pairs)


def test_nothing_measured_is_said(tmp_path: Path) -> None:
    """A load part that ended before its first window has a page of its own."""
    plan = LoadPlan(knee=False, skip=("sweep", "open"), more={"finished": False, "failures": ["no answer"]})
    analysis = analyse(read_run(stored_load.write(tmp_path / "run", plan)))
    assert "No window of load was measured to its end." in render_analysis(analysis, tmp_path / "out").read_text()
    assert "no answer" in terminal(analysis)


def test_titles_state_what_was_found(sweep: Block, load: LoadAnalysis) -> None:
    """A clear finding with its ratio and level; of the knees the highest first, for their intervals are apart."""
    assert titles.of_block(sweep).startswith("async answers 1.1")
    assert titles.of_block(sweep).endswith("x as many requests as sync (8 users)")
    assert titles.of_searches(load, "Shopper").startswith("p99<100ms up to: async ")
    factor = next(each for each in load.blocks if each.has_settings)
    assert titles.of_block(factor).startswith("async has ")
    [sketch] = figures._of_block(factor)
    assert sketch.subtitle.startswith("8 users, closed · windows of ")


def test_a_twin_has_no_curve_and_each_side_its_colour(sweep: Block) -> None:
    """The A/A twin is in the floor, not in the picture."""
    assert [(curve.name, curve.tone) for curve in curves.throughput(sweep)] == [
        ("sync", style.SYNC),
        ("async", style.ASYNC),
    ]
    assert style.tones(["old", "new"]) == {"old": style.SYNC, "new": style.ASYNC}
    assert style.tones(["async"]) == {"async": style.ASYNC}


def test_points_without_a_winner_are_crosses_and_not_joined(sweep: Block) -> None:
    """The line runs through the valid points alone, and the legend tells what a cross is."""
    curve = curves.throughput(sweep)[0]
    shaken = replace(curve, points=(replace(curve.points[0], sound=False), *curve.points[1:]))
    chart = figures._closed(sweep)[0]
    with style.look():
        drawn = charts.draw([replace(chart, curves=(shaken,))], "found", "here")
    (axes,) = drawn.axes
    joined = next(line for line in axes.lines if line.get_label() == "sync")
    assert len(list(joined.get_xdata())) == len(curve.points) - 1
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["sync", charts.VOID]


def test_a_percentile_curve_ends_where_the_requests_do(sweep: Block) -> None:
    """Fewer than ten requests beyond a point are no point."""
    requests = {cell.subject.side: cell.total.service.total for cell in sweep.at(sweep.headline)}
    for curve in curves.percentiles(sweep, curves.service):
        assert curve.points[-1].x <= requests[curve.name] / 10
        assert [point.y for point in curve.points] == sorted(point.y for point in curve.points)


def test_load_as_data_says_what_the_tables_say(whole: Analysis, load: LoadAnalysis) -> None:
    """For scripts: JSON without a number that JSON has not, and nothing of a percentile with too few requests."""
    found = json.loads(json.dumps(data.as_data(whole, load, assess(whole)), allow_nan=False))
    assert (found["finished"], found["backend"]) == (True, "postgresql 18.6")
    assert found["trust"]["grade"] == assess(whole).grade
    assert found["answers"] == {"Shopper": sentences.at_the_top(load, "Shopper")}
    cell = next(
        each for each in found["cells"] if (each["side"], each["level"], each["is_twin"]) == ("async", 8, False)
    )
    own = next(each for each in load.blocks[0].at(8) if each.subject.side == "async")
    assert (cell["ok"], cell["throughput_per_s"]) == (own.total.ok, own.throughput.estimate)
    assert (cell["service_ns"]["p50"], cell["service_ns"]["p99.9"]) == (own.total.service.percentile_ns(50), None)
    assert (cell["response_ns"], cell["loop_lag_ns"]["worst"]) == (None, pytest.approx(30e6))
    answers = [each for each in found["comparisons"] if (each["kind"], each["metric"]) == ("sides", "throughput")]
    best = next(each for each in answers if each["level"] == 8 and each["purpose"] == "sweep")
    assert best["low"] < best["ratio"] < best["high"]
    assert (best["of"]["side"], best["verdict"], best["ratio"] > 1) == ("async", "faster", True)
    assert {each["bound"] for each in found["knees"]} <= {str(each) for each in Bound}
    assert {each["side"] for each in found["knees"]} == {"sync", "async"}


def test_the_lag_of_the_loop_is_told_side_by_side(sweep: Block) -> None:
    """Of the measured parts at the headline alone; a run that did not look, or saw no pools, says nothing of it."""
    late, waited = pressure.told(sweep)
    assert late == (
        "With 8 users at a time (closed), the event loop of the app was late by 1.69 ms on average and 6.00 ms at "
        "worst in sync windows, by 8.44 ms on average and 30.0 ms at worst in async windows: what comes then waits."
    )
    assert waited == (
        "With 8 users at a time (closed), looked at once a second, at most so many requests waited: in sync windows "
        "2 for a connection and 1 for a thread; in async windows 2 for a connection."
    )
    (reading,) = sweep.readings
    unseen = [replace(each, loops={}, pools={}) for each in reading.vitals]
    assert pressure.told(replace(sweep, readings=(replace(reading, vitals=tuple(unseen)),))) == []


def test_a_stall_of_the_loop_counts_for_every_wake_that_was_due_in_it(sweep: Block) -> None:
    """220 ms with a wake asked for every 50 ms: those due 50, 100, 150 and 200 ms later were never asked for."""
    window = sweep.cells[0].windows[0]
    loop = LoopReading(window.measured_until - 0.1, 0.05, (0.0, 0.22))
    found = pressure.lag([window], [replace(sweep.readings[0].vitals[0], loops={window.subject.host: loop})])
    assert found is not None
    assert found.mean_s == pytest.approx((0 + 0.22 + 0.17 + 0.12 + 0.07 + 0.02) / 6)
    assert found.worst_s == pytest.approx(0.22)


def test_the_lag_of_another_application_is_not_that_of_a_window(sweep: Block) -> None:
    """All settings of a factor are up at once, each with a loop of its own; only one is asked at a time."""
    window = sweep.cells[0].windows[0]
    vitals = sweep.readings[0].vitals
    found = pressure.wakes(window, vitals)
    assert {window.measured_from <= moment < window.measured_until for moment, _ in found} == {True}
    other = [replace(each, loops={"http://127.0.0.1:8001": each.loops[stored_load.HOST]}) for each in vitals]
    assert pressure.wakes(window, other) == []
    doubled = [replace(one, loops={**one.loops, **two.loops}) for one, two in zip(vitals, other, strict=True)]
    assert pressure.wakes(window, doubled) == found


def test_a_trace_is_of_as_many_windows_as_can_be_told_apart(sweep: Block) -> None:
    """The figure says that it is of the first ones; it has no row of what was not looked at, as in older runs."""
    windows = [each for cell in sweep.cells for each in cell.windows]
    with style.look():
        whole = trace_figure.draw(windows, sweep.readings[0].vitals, style.tones(sweep.sides), "title", "here")
        bare = trace_figure.draw(windows, (), style.tones(sweep.sides), "title", "here")
        older = [replace(each, loops={}) for each in sweep.readings[0].vitals]
        without_loop = trace_figure.draw(windows, older, style.tones(sweep.sides), "title", "here")
    assert [len(each.axes) for each in (whole, without_loop, bare)] == [5, 4, 2]
    many = replace(sweep, cells=tuple(replace(cell, windows=cell.windows * 9) for cell in sweep.cells))
    (sketch,) = figures._traces(many)
    assert f"the first {trace_figure.MOST_WINDOWS} windows" in sketch.subtitle
    assert sketch.title.startswith("Of the windows shown, the slowest measured request took ")
