"""Limits for load: how they are written, what is refused, and what became of them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from bench.core.errors import UsageError
from bench.core.load_plan import Model, Stage, Window
from bench.load.judging.conditions import Clock, Outcome, judge, parse_conditions, requests_needed
from bench.load.judging.junit import junit_xml
from bench.load.judging.thresholds import Result, judge_thresholds, not_met, parse_threshold
from bench.load.reading.cells import Cell, cells
from bench.load.reading.stage_folder import read_stage
from tests.load.scripted_load import MS, Script, side, write_stage

GET, POST, USER = "GET /orders", "POST /orders", "GET /users/{user_id}"
SUBJECTS = (side("sync"), side("async"), side("sync", id="UserById:sync~twin", twin_of="UserById:sync"))


def measured(folder: Path, model: Model = Model.OPEN, **scripts: Script) -> tuple[Cell, ...]:
    """Return the cells of a stage with one window for each side named, as `sync`, `awaited` or `twin`."""
    ids = {"sync": "UserById:sync", "awaited": "UserById:async", "twin": "UserById:sync~twin"}
    windows = tuple(
        Window(number=number, round=0, subject=ids[name], model=model, users=4, rate_per_s=200)
        for number, name in enumerate(scripts)
    )
    stage = Stage(name="open", subjects=SUBJECTS, windows=windows)
    return cells([read_stage(write_stage(folder / "s", stage, dict(enumerate(scripts.values()))))], None)


def judged(text: str, found: tuple[Cell, ...]) -> tuple[Result, ...]:
    """Return what became of one threshold."""
    return judge_thresholds([parse_threshold(text)], found)


def outcomes(text: str, found: tuple[Cell, ...]) -> list[Outcome]:
    """Return the outcomes alone."""
    return [each.judgement.outcome for each in judged(text, found)]


@pytest.mark.parametrize(
    ("text", "metric", "limit", "clock", "or_equal"),
    [
        ("p99<200ms", "p99", 200 * MS, Clock.RESPONSE, False),
        (" p99.9 <= 1.5 s ", "p99.9", 1_500 * MS, Clock.RESPONSE, True),
        ("service p50<800us", "p50", 0.8 * MS, Clock.SERVICE, False),
        ("response max<2s", "max", 2_000 * MS, Clock.RESPONSE, False),
        ("errors<0.1%", "errors", 0.001, Clock.RESPONSE, False),
        ("dropped<=0%", "dropped", 0.0, Clock.RESPONSE, True),
    ],
)
def test_a_condition_is_read(text: str, metric: str, limit: float, clock: Clock, or_equal: bool) -> None:  # noqa: FBT001 - a column of the table
    """Spaces do not matter; the limit is in ns or a share."""
    (found,) = parse_conditions(text)
    assert (found.text, found.metric, found.clock, found.or_equal) == (text.strip(), metric, clock, or_equal)
    assert found.limit == pytest.approx(limit)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a condition is empty in ''"),
        ("p99<200ms,", "a condition is empty in 'p99<200ms,'"),
        ("p99", "'p99' is no condition in 'p99'"),
        ("p99>200ms", "'p99>200ms' is no condition"),
        ("p99<fast", "'p99<fast' is no condition"),
        ("p99<-1ms", "'p99<-1ms' is no condition"),
        ("errors<1%,p98<200ms", "unknown metric 'p98' in 'p98<200ms'; did you mean"),
        ("eror<1%", "unknown metric 'eror' in 'eror<1%'; did you mean 'errors'?"),
        ("p99<200", "a unit is missing in 'p99<200'; p99 takes us, µs, ms, s"),
        ("p99<200%", "unknown unit '%' in 'p99<200%'"),
        ("errors<5ms", "unknown unit 'ms' in 'errors<5ms'; errors takes %"),
        ("total p99<5ms", "'total' cannot stand before p99"),
        ("service errors<5%", "'service' cannot stand before errors"),
    ],
)
def test_a_malformed_condition_is_named(text: str, message: str) -> None:
    """The message quotes the part that is wrong and ends with an example."""
    with pytest.raises(UsageError) as caught:
        parse_conditions(text)
    assert message in str(caught.value)
    assert str(caught.value).endswith("as in p99<200ms")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "needed"),
    [("p50<1s", 20), ("p95<1s", 200), ("p99<1s,errors<1%", 1_000), ("p99.9<1s", 10_000), ("max<1s", 1)],
)
def test_a_percentile_needs_ten_values_beyond_it(text: str, needed: int) -> None:
    """As many as a histogram asks for before it gives the percentile."""
    assert requests_needed(parse_conditions(text)) == needed


@pytest.mark.parametrize("text", ["p50<1s", "p90<1s", "p95<1s", "p99<1s", "p99.9<1s"])
def test_what_is_needed_is_what_a_histogram_bears(tmp_path: Path, text: str) -> None:
    """One request less is not judged, with a reason that names both numbers."""
    (condition,) = parse_conditions(text)
    needed = condition.requests_needed()
    enough, short = measured(tmp_path, sync=Script(ok={GET: needed}), awaited=Script(ok={GET: needed - 1}))
    assert judge(condition, enough.total, None).outcome is Outcome.PASSED
    missing = judge(condition, short.total, None)
    assert (missing.outcome, missing.value) == (Outcome.NOT_JUDGED, None)
    assert missing.reason == f"{condition.metric} needs {needed:,} requests, there were {needed - 1:,}"


def test_response_and_service_time_are_told_apart(tmp_path: Path) -> None:
    """A server that stalls is slow from the intended start and quick from the send."""
    found = measured(tmp_path, sync=Script(response_ms=(300.0,)))
    assert outcomes("p50<200ms,response p50<200ms,service p50<200ms,service p50<10ms", found) == [
        Outcome.FAILED,
        Outcome.FAILED,
        Outcome.PASSED,
        Outcome.FAILED,
    ]


def test_shares_are_compared_exactly(tmp_path: Path) -> None:
    """Ten of 1,000 is 1 %, which is not below 1 % but at most that."""
    found = measured(tmp_path, sync=Script(ok={GET: 990}, errors={GET: {"503": 10}}))
    assert outcomes("errors<1%,errors<=1%,errors<1.1%,dropped<=0%", found) == [
        Outcome.FAILED,
        Outcome.PASSED,
        Outcome.PASSED,
        Outcome.PASSED,
    ]


def test_dropped_arrivals_are_those_of_an_open_window_as_a_whole(tmp_path: Path) -> None:
    """One endpoint, or a closed window, has none to count."""
    found = measured(tmp_path, sync=Script(ok={GET: 950}, dropped=50))
    (whole,) = judged("dropped<1%", found)
    assert (whole.judgement.outcome, whole.judgement.value) == (Outcome.FAILED, pytest.approx(0.05))
    assert outcomes(f"{GET}: dropped<1%", found) == [Outcome.NOT_JUDGED]
    assert outcomes("dropped<1%", measured(tmp_path / "c", Model.CLOSED, sync=Script())) == [Outcome.NOT_JUDGED]


def test_a_dropped_arrival_is_slower_than_any_limit(tmp_path: Path) -> None:
    """Of 1,990 and 10 that were dropped the p99 is the 1,980th of 2,000, and the longest was never served."""
    times_ms = tuple(number / 100 for number in range(1, 1_991))
    found = measured(tmp_path, sync=Script(ok={GET: 1_990}, service_ms=times_ms, dropped=10))
    (slow,) = judged("p99<19.9ms", found)
    assert slow.judgement.value == pytest.approx(19.8 * MS, rel=1e-3)
    assert outcomes("p99<19.85ms", found) == [Outcome.PASSED]
    assert outcomes("p99<19.75ms,service p99<19.75ms,max<1s,service max<1s", found) == [Outcome.FAILED] * 4
    (longest,) = judged("max<1s", found)
    assert longest.judgement.value is None
    assert longest.judgement.reason == "0.500% of the arrivals were dropped, and each of them is beyond every limit"


def test_where_more_are_dropped_than_lie_beyond_a_percentile_it_fails(tmp_path: Path) -> None:
    """Two in a hundred take the p99 with them, however quick the others were; the p95 is that of those."""
    found = measured(tmp_path, sync=Script(ok={GET: 1_960}, dropped=40))
    assert outcomes("p99<60s,p95<50ms,p95<5ms", found) == [Outcome.FAILED, Outcome.PASSED, Outcome.FAILED]


def test_what_is_dropped_counts_in_each_endpoint_by_its_share(tmp_path: Path) -> None:
    """Nobody knows what a dropped arrival would have asked; without drops each endpoint stands by itself."""
    both = {GET: 1_470, POST: 490}
    dropping = measured(tmp_path, sync=Script(ok=both, dropped=40))
    assert outcomes(f"{GET}: p99<50ms,max<50ms", dropping) == [Outcome.FAILED] * 2
    assert outcomes(f"{GET}: p50<50ms", dropping) == [Outcome.PASSED]
    assert outcomes(f"{GET}: p99<50ms,max<50ms", measured(tmp_path / "n", sync=Script(ok=both))) == [Outcome.PASSED] * 2


def test_what_was_dropped_counts_towards_the_requests_that_are_needed(tmp_path: Path) -> None:
    """A p99 over 996 answers and 4 drops is one of a thousand; where nothing was served the longest is missed too."""
    assert outcomes("p99<50ms", measured(tmp_path, sync=Script(ok={GET: 996}, dropped=4))) == [Outcome.PASSED]
    assert outcomes("p99<50ms", measured(tmp_path / "f", sync=Script(ok={GET: 995}, dropped=4))) == [Outcome.NOT_JUDGED]
    nothing = measured(tmp_path / "n", sync=Script(ok={GET: 0}, dropped=50))
    assert outcomes("max<50ms,p50<50ms", nothing) == [Outcome.FAILED, Outcome.NOT_JUDGED]


@pytest.mark.parametrize(
    ("scope", "places"),
    [
        ("", [("sync", "all"), ("async", "all")]),
        ("async: ", [("async", "all")]),
        ("/orders: ", [("sync", GET), ("sync", POST), ("async", GET)]),
        ("POST /orders: ", [("sync", POST)]),
        ("/users/{id}: ", [("async", USER)]),
        ("async  GET /users/{user_id}: ", [("async", USER)]),
    ],
)
def test_a_scope_is_a_side_an_endpoint_or_both(tmp_path: Path, scope: str, places: list[tuple[str, str]]) -> None:
    """The method may be left out and a parameter be named otherwise; A/A twins are not judged."""
    found = measured(
        tmp_path,
        sync=Script(ok={GET: 100, POST: 100}),
        awaited=Script(ok={GET: 100, USER: 100}),
        twin=Script(ok={GET: 100, USER: 100}),
    )
    results = judged(f"{scope}p50<50ms", found)
    assert [(each.cell.subject.side, each.endpoint) for each in results if each.cell] == places
    assert {each.judgement.outcome for each in results} == {Outcome.PASSED}


@pytest.mark.parametrize(
    ("scope", "reason"),
    [
        ("asinc", "did you mean 'async'?"),
        ("/order", "did you mean 'GET /orders'?"),
        ("async /none", "did you mean 'async'?"),
    ],
)
def test_a_scope_without_anything_measured_is_not_judged(tmp_path: Path, scope: str, reason: str) -> None:
    """Each of its conditions says that nothing was found and what is nearest."""
    found = measured(tmp_path, sync=Script(ok={GET: 100}), awaited=Script(ok={GET: 100}))
    results = judged(f"{scope}: p50<50ms,errors<1%", found)
    assert [each.cell for each in results] == [None, None]
    for each in results:
        assert each.judgement.outcome is Outcome.NOT_JUDGED
        assert each.judgement.reason.startswith(f"nothing that was measured is {scope!r}")
        assert reason in each.judgement.reason


def test_without_cells_nothing_was_measured() -> None:
    """A run that was interrupted before its first window passes no threshold."""
    (result,) = judged("async: p50<50ms", ())
    assert (result.judgement.outcome, result.judgement.reason) == (Outcome.NOT_JUDGED, "nothing was measured")


@pytest.mark.parametrize("text", [": p99<200ms", "  : p99<200ms"])
def test_a_colon_needs_a_scope(text: str) -> None:
    """The message shows how a scope is written."""
    with pytest.raises(UsageError, match=r"nothing stands before the colon in .*as in async: p99<200ms"):
        parse_threshold(text)


def test_a_generator_at_its_limit_fails_no_threshold(tmp_path: Path) -> None:
    """It makes times longer, never shorter: what passed in spite of it passed, what failed is not judged."""
    found = measured(tmp_path, sync=Script(cpu=0.95))
    assert outcomes("p50<50ms,p50<5ms", found) == [Outcome.PASSED, Outcome.NOT_JUDGED]


def test_requests_that_were_never_sent_pass_no_threshold(tmp_path: Path) -> None:
    """An application that is asked half as often as intended has it easy."""
    assert outcomes("p50<50ms", measured(tmp_path, sync=Script(scheduled=2_000))) == [Outcome.NOT_JUDGED]
    assert outcomes("p50<50ms", measured(tmp_path / "l", sync=Script(lost=["w-1"]))) == [Outcome.NOT_JUDGED]


def test_what_is_judged_nowhere_is_not_met(tmp_path: Path) -> None:
    """A typing error, or too few requests at every level, must not let a gate pass; too few at one level do."""
    found = measured(tmp_path, sync=Script(ok={GET: 2_000}), awaited=Script(ok={GET: 500}))
    texts = ["p99<50ms,p99.9<50ms", "asnyc: p50<50ms", "async: p50<5ms"]
    results = not_met(judge_thresholds([parse_threshold(text) for text in texts], found))
    assert [(each.judgement.condition.text, each.judgement.outcome) for each in results] == [
        ("p50<5ms", Outcome.FAILED),
        ("p99.9<50ms", Outcome.NOT_JUDGED),
        ("p50<50ms", Outcome.NOT_JUDGED),
    ]


def test_junit_counts_and_tells(tmp_path: Path) -> None:
    """Failed with what was seen, to a thousandth as a histogram holds it, and skipped with the reason."""
    found = measured(tmp_path, sync=Script(ok={GET: 980}, errors={GET: {"503": 20}}), awaited=Script(ok={GET: 500}))
    results = judge_thresholds([parse_threshold("sync /orders: p50<5ms,errors<1%"), parse_threshold("p99<50ms")], found)
    root = ET.fromstring(junit_xml(results))  # noqa: S314 - written a line above
    suite = root.find("testsuite")
    assert suite is not None
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "4",
        "failures": "2",
        "errors": "0",
        "skipped": "1",
    }
    assert [case.get("name") for case in suite] == [
        "sync /orders: p50<5ms [UserById:sync, 200/s, GET /orders]",
        "sync /orders: errors<1% [UserById:sync, 200/s, GET /orders]",
        "all: p99<50ms [UserById:sync, 200/s, all]",
        "all: p99<50ms [UserById:async, 200/s, all]",
    ]
    assert [each.get("message") for each in suite.iter("failure")] == [
        "p50 of 10.01 ms is not p50<5ms",
        "errors of 2.000% is not errors<1%",
    ]
    assert [each.get("message") for each in suite.iter("skipped")] == ["p99 needs 1,000 requests, there were 500"]


def test_junit_tells_why_a_failure_has_no_value(tmp_path: Path) -> None:
    """What was never served took no time that could be named."""
    results = judged("max<1s", measured(tmp_path, sync=Script(ok={GET: 990}, dropped=10)))
    (failure,) = ET.fromstring(junit_xml(results)).iter("failure")  # noqa: S314 - written a line above
    why = "1.000% of the arrivals were dropped, and each of them is beyond every limit"
    assert failure.get("message") == f"max without a value is not max<1s: {why}"


def test_junit_of_nothing_measured_is_a_skipped_case() -> None:
    """The threshold is still listed."""
    suite = ET.fromstring(junit_xml(judged("async: p50<5ms", ()))).find("testsuite")  # noqa: S314 - written here
    assert suite is not None
    assert [(case.get("name"), case[0].tag) for case in suite] == [("async: p50<5ms", "skipped")]
