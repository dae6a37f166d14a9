"""What single operations felt with many in flight."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import stored

from bench.core.histograms import Histogram
from bench.report.findings import crowds, surroundings
from bench.report.findings.analysis import Analysis, analyse
from bench.report.markup import escaped
from bench.report.reading.results import load
from bench.report.render import render_analysis

CONDITIONS = {
    "selectin": {"in_flight": 16, "pool_size": 20},
    "joined": {"in_flight": 16, "pool_size": 50},
    "select": {"in_flight": 16, "max_overflow": 10},
}
PASSES = 3
MS = 1_000_000


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """Return a run of three variants; each pass timed 100 operations of 1, 2, 3... microseconds."""
    plan = stored.Plan(
        backends=("postgresql",),
        variants=tuple(CONDITIONS),
        parameters={},
        passes=PASSES,
        crowd=100,
        conditions=CONDITIONS,
        weighed=("joined",),
    )
    return analyse(load(stored.write(tmp_path_factory.mktemp("crowd") / "run", plan)))


def test_histograms_are_merged_over_passes(crowded: Analysis) -> None:
    """Three passes of 100 operations bear a p95, which one alone does not; a p99 needs a thousand."""
    first = next(crowds.of_group(crowded.run, crowded.groups[0]))
    assert (first.p50_ns, first.p95_ns, first.p99_ns) == (50_000.0, 95_000.0, None)


def test_a_row_gives_throughput_percentiles_waits_and_lag(crowded: Analysis) -> None:
    """Operations a second are one over the time of an operation in the timed blocks; None reads "too few"."""
    first = next(crowds.of_group(crowded.run, crowded.groups[0]))
    result = crowded.groups[0].result("selectin", "psycopg")
    assert result is not None
    assert result.wall_ns is not None
    throughput = f"{1e9 / result.wall_ns:,.0f}"
    assert first.cells == (throughput, "0.0500", "0.0950", "too few", "0.0100", "0.0200", "0.0200")


def test_waits_and_lags_are_shown_as_far_as_some_dozens_bear_them() -> None:
    """Twenty wakes bear a median, and the worst of any number is known."""
    twenty, ten = Histogram(), Histogram()
    twenty.record([*[MS] * 19, 30 * MS])
    ten.record([2 * MS] * 10)
    felt = [crowds.Crowd("joined", "asyncpg", None, None, None, None, each, each) for each in (twenty, ten)]
    assert [each.cells[-3:] for each in felt] == [("1.00", "1.00", "30.0"), ("too few", "too few", "2.00")]


def test_groups_without_latencies_have_no_rows(analysis: Analysis) -> None:
    """One operation at a time has no crowd."""
    assert list(crowds.of_group(analysis.run, analysis.groups[0])) == []


def test_common_conditions_are_told_once_and_others_with_their_variant(crowded: Analysis) -> None:
    """What is usual is told where the baseline's is unusual, so that it is not taken for the same."""
    group = crowded.groups[0]
    assert surroundings.common(group) == "in_flight 16"
    told = {name: surroundings.own(group, name) for name in CONDITIONS}
    assert told == {
        "selectin": "pool_size 20",
        "joined": "pool_size 50",
        "select": "pool_size 5, max_overflow 10",
    }


def test_conditions_that_are_usual_everywhere_are_not_told(analysis: Analysis) -> None:
    """Nothing unusual, nothing to read."""
    assert surroundings.common(analysis.groups[0]) == ""
    assert surroundings.own(analysis.groups[0], "joined") == ""


def test_page_summary_and_files_show_the_crowd(crowded: Analysis, tmp_path: Path) -> None:
    """The percentiles stand on the page and in report.md, without columns that hold no number; the file has all."""
    page = render_analysis(crowded, tmp_path).read_text()
    assert 'aria-label="Service times with several operations in flight of ' in page
    assert '<span class="conditions">pool_size 50</span>' in page
    assert "Every variant: in_flight 16." in page
    summary = (tmp_path / "report.md").read_text()
    kept = [column for column in crowds.COLUMNS if column != "p99, ms"]
    assert f"| variant | driver | {' | '.join(escaped(column) for column in kept)} |" in summary
    assert "too few |" not in summary
    assert "p99, ms" not in page
    assert "those that were under way when the clock stopped" in page
    with (tmp_path / "cases.csv").open() as file:
        row = next(csv.DictReader(file))
    assert (row["service_p50_ns"], row["service_p95_ns"], row["service_p99_ns"]) == ("50000", "95000", "")
    assert (row["wait_p50_ns"], row["lag_p50_ns"], row["lag_worst_ns"]) == ("10000", "20000", "20000")
