"""Which rounds are left out of a comparison, and what becomes of arrivals that were dropped."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bench.core.load_plan import Model, Window
from bench.core.verdicts import Verdict
from bench.load.judging.comparing import Comparison, Kind, Metric, compare, main_metric
from bench.load.reading.cells import cells
from bench.load.reading.guards import Breach
from bench.load.schedule import Timing, open_windows
from tests.load.scripted_load import MS, Script
from tests.load.test_comparing import BOTH, GET, by_place, closed, jitter, played


@pytest.mark.parametrize(("limited", "verdict"), [(2, Verdict.FASTER), (3, Verdict.NOT_VALID)])
def test_disturbed_rounds_are_left_out_up_to_a_quarter(tmp_path: Path, limited: int, verdict: Verdict) -> None:
    """Two of eight rounds with late arrivals do not count, in the ratio or beside it; with three nobody wins."""
    windows = open_windows(BOTH, [200], Timing(rounds=8))

    def play(window: Window) -> Script:
        late = window.round < limited and window.subject == "UserById:sync"
        slow = 2 if "async" not in window.subject else 1
        return Script(response_ms=(500 if late else 20 * slow * jitter(window),), late=200 if late else 0)

    found = by_place(compare([played(tmp_path / "s", BOTH, windows, play)], None))[Kind.SIDES, Metric.P50]
    assert (found.left_out, found.rounds, found.verdict) == (limited, 8 - limited, verdict)
    assert found.ratio is not None
    assert found.ratio.estimate == pytest.approx(1 / 2, rel=0.02)
    assert found.values is not None
    assert [value / MS for value in found.values] == pytest.approx([20, 40], rel=0.02)
    assert {mark.what for mark in found.marks} == {Breach.LATE}


@pytest.mark.parametrize(("busy", "ceiling_per_s"), [({"cpu": 0.95}, None), ({}, 60.0)])
def test_no_round_is_left_out_because_a_side_was_fast(
    tmp_path: Path, busy: dict[str, Any], ceiling_per_s: float | None
) -> None:
    """A generator near its ceiling or its core comes of many answers: one such round, and nobody wins."""

    def play(window: Window) -> Script:
        fast = window.round == 0 and "async" in window.subject
        return Script(ok={GET: 2_000 if fast else 100}, service_ms=(20 * jitter(window),), **(busy if fast else {}))

    stage = closed(tmp_path / "s", play)
    found = by_place(compare([stage], ceiling_per_s))[Kind.SIDES, Metric.THROUGHPUT]
    assert (found.left_out, found.rounds, found.verdict) == (0, 8, Verdict.NOT_VALID)
    sound = {each.subject.side: each.is_sound for each in cells([stage], ceiling_per_s)}
    assert sound == {"sync": True, "async": False}


def dropping(folder: Path, share: float) -> Mapping[tuple[Kind, Metric], Comparison]:
    """Return the comparisons of open windows of 1,000 requests, of which async loses a share before they are sent."""
    windows = open_windows(BOTH, [200], Timing(rounds=4))

    def play(window: Window) -> Script:
        lost = round(1_000 * share) if "async" in window.subject else 0
        spread = tuple((20 + place / 10) * jitter(window) for place in range(100))
        return Script(ok={GET: 1_000 - lost}, response_ms=spread, dropped=lost)

    return by_place(compare([played(folder, BOTH, windows, play)], None))


def test_dropped_arrivals_wait_longest_of_all(tmp_path: Path) -> None:
    """They move every percentile of the side that dropped them, as in an objective: no side gets faster by dropping."""
    none, some = dropping(tmp_path / "none", 0.0), dropping(tmp_path / "some", 0.008)
    for metric in (Metric.P95, Metric.P99):
        before, after = none[Kind.SIDES, metric].ratio, some[Kind.SIDES, metric].ratio
        assert before is not None
        assert after is not None
        assert after.estimate > before.estimate * 1.001
        assert some[Kind.SIDES, metric].verdict is not Verdict.NOT_VALID


def test_a_percentile_that_is_that_of_dropped_arrivals_has_no_ratio(tmp_path: Path) -> None:
    """It is infinite; a lower one that is not is compared, and the metric of the block stays what it was."""
    found = dropping(tmp_path / "s", 0.1)
    p99, p50 = found[Kind.SIDES, Metric.P99], found[Kind.SIDES, Metric.P50]
    assert (p99.ratio, p99.is_beyond, p99.values) == (None, True, None)
    assert p50.ratio is not None
    assert not p50.is_beyond
    assert main_metric(Model.OPEN, found.values()) is Metric.P99
