"""What the tab of the web UI shows of pairs: by slices of time, side against side, with scripted clocks."""

from __future__ import annotations

from typing import Any

import pytest

from bench.core.load_pairs import Pair
from bench.load.generator.pair_recording import DUE, SLICE_S, USER_CLASS, PairRecorder, PairTable

PAIRS = (
    Pair("Shopper", (("sync", "SyncShopper"), ("async", "AsyncShopper"))),
    Pair("Mine", (("old", "Before"), ("new", "After"))),
)


class Played:
    """A recorder and the table that it reports to, under one clock that is set by hand."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.recorder = PairRecorder(lambda: self.now_s)
        self.table = PairTable(PAIRS, lambda: self.now_s)

    def asks(  # noqa: PLR0913 - the parts of a request
        self,
        user_class: str,
        took_ms: float,
        times: int = 1,
        *,
        name: str = "/sync/users/{id}",
        due_s: float | None = None,
        exception: Exception | None = None,
    ) -> None:
        """Let requests of a class end now."""
        context = {USER_CLASS: user_class} | ({} if due_s is None else {DUE: due_s})
        for _ in range(times):
            self.recorder.on_request("GET", name, took_ms, context, exception)

    def passes(self, seconds: float) -> None:
        """Report, and let time pass."""
        self.table.add(self.recorder.cut())
        self.now_s += seconds

    def row(self, pair: str, endpoint: str = "all") -> dict[str, Any]:
        """Return a row of the table."""
        [row] = [each for each in self.table.as_data()["rows"] if (each["pair"], each["endpoint"]) == (pair, endpoint)]
        return row


def test_a_row_holds_both_sides_in_order() -> None:
    """The side that the other is divided by comes first; a class of no pair is not there."""
    played = Played()
    played.asks("After", 20, 100)
    played.asks("Before", 10, 50)
    played.asks("NobodysUser", 10, 50)
    played.passes(10)
    played.asks("Before", 10, 50, exception=OSError())
    played.passes(0)
    assert [row["pair"] for row in played.table.as_data()["rows"]] == ["Mine"]
    old, new = played.row("Mine")["sides"]
    assert (old["name"], old["per_s"], old["errors"]) == ("old", 10.0, 50)
    assert (new["name"], new["per_s"], new["errors"]) == ("new", 10.0, 0)
    assert old["service"] == {"p50": pytest.approx(10, rel=1e-3), "p95": None, "p99": None}


def test_response_time_counts_from_when_a_user_meant_to_send() -> None:
    """A user of the target app plans its requests; one without a plan has service times alone."""
    played = Played()
    played.asks("SyncShopper", 10, 20, due_s=played.now_s - 0.03)
    played.asks("AsyncShopper", 10, 20)
    played.passes(1)
    sync, awaited = played.row("Shopper")["sides"]
    assert (sync["service"]["p50"], sync["response"]["p50"]) == pytest.approx((10, 30), rel=1e-3)
    assert (awaited["service"]["p50"], awaited["response"]["p50"]) == pytest.approx((10, 10), rel=1e-3)


def test_endpoints_have_rows_where_there_are_several() -> None:
    """Below their pair; both sides of an endpoint stand in one row, whatever the prefix of their mode."""
    played = Played()
    for mode, user_class in (("sync", "SyncShopper"), ("async", "AsyncShopper")):
        for path in ("orders", "products"):
            played.asks(user_class, 10, 5, name=f"/{mode}/{path}")
    played.asks("Before", 10, 5)
    played.passes(1)
    names = [(row["pair"], row["endpoint"]) for row in played.table.as_data()["rows"]]
    assert names == [("Mine", "all"), ("Shopper", "all"), ("Shopper", "GET /orders"), ("Shopper", "GET /products")]


def test_ratios_are_paired_by_slices() -> None:
    """The machine is three times slower in the second slice, for both: the ratio stands, and its interval is narrow."""
    played = Played()
    for slowdown in (1, 3, 1, 2):
        played.asks("SyncShopper", 10 * slowdown, 60)
        played.asks("AsyncShopper", 12 * slowdown, 50)
        played.passes(SLICE_S)
    row = played.row("Shopper")
    assert row["service_ratio"]["slices"] == 4
    assert row["service_ratio"]["estimate"] == pytest.approx(1.2, rel=1e-3)
    assert row["service_ratio"]["high"] - row["service_ratio"]["low"] < 0.01
    # Fewer answers in the same time are slower: the inverse of 50 to 60.
    assert row["rate_ratio"]["estimate"] == pytest.approx(1.2, rel=1e-3)


def test_a_slice_with_few_requests_is_no_pair() -> None:
    """Nor is one in which one side was not there; below three pairs there is no ratio."""
    played = Played()
    for sync, awaited in ((60, 50), (60, 9), (0, 50), (60, 50)):
        played.asks("SyncShopper", 10, sync)
        played.asks("AsyncShopper", 12, awaited)
        played.passes(SLICE_S)
    row = played.row("Shopper")
    assert (row["service_ratio"], row["rate_ratio"]) == (None, None)
    assert [point[1] is None for point in row["sides"][1]["points"]] == [False, True, False, False]
    assert [point[0] for point in row["sides"][0]["points"]] == [12, 12, 0, 12]


def test_a_side_that_comes_late_has_the_slices_of_the_other() -> None:
    """Slices are counted from the beginning of the test, so that those of one moment are compared."""
    played = Played()
    for user_classes in (["SyncShopper"], ["SyncShopper"], ["SyncShopper", "AsyncShopper", "Before"]):
        for user_class in user_classes:
            played.asks(user_class, 10, 20)
        played.passes(SLICE_S)
    played.now_s += 2 * SLICE_S
    for name in ("Shopper", "Mine"):
        assert [len(side["points"]) for side in played.row(name)["sides"]] == [5, 5]


def test_the_chart_has_ten_minutes() -> None:
    """The page asks every two seconds, and the answer does not grow with the test."""
    played = Played()
    for _ in range(125):
        played.asks("Before", 10)
        played.passes(SLICE_S)
    assert [len(side["points"]) for side in played.row("Mine")["sides"]] == [120, 120]


def test_a_new_test_begins_anew() -> None:
    """Nothing of the one before is left."""
    played = Played()
    played.asks("SyncShopper", 10, 20)
    played.passes(3)
    played.table.clear()
    assert played.table.as_data()["rows"] == []
