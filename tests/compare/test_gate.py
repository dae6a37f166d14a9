"""What the gate holds against its limits, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import twice

from bench.core.errors import UsageError
from bench.core.ratios import Pass, Ratio, ratio_over_passes
from bench.core.verdicts import MARGIN
from bench.report.comparing.data import as_data
from bench.report.comparing.gate import Limits, hold, is_clean, limits

JOINED = "[joined]@postgresql+psycopg"


def around(*shares: float) -> Ratio:
    """Return a ratio whose passes came out so far from 1."""
    passes: list[Pass] = [([1 + share], [1.0]) for share in shares]
    return ratio_over_passes(passes)


@pytest.mark.parametrize(
    ("asked", "limit"),
    [
        (["slower"], 1 + MARGIN),
        (["slower:3%"], 1.03),
        (["slower:0%"], 1.0),
        (["slower:12.5%"], 1.125),
        (["counts"], None),
        (["counts", "slower:5%"], 1.05),
        (["slower", "slower:3%"], 1.03),
    ],
)
def test_limits_are_read(asked: list[str], limit: float | None) -> None:
    """`slower` alone allows the margin of equivalence; `counts` gates no times."""
    assert limits(asked) == Limits(limit)


@pytest.mark.parametrize(
    "word", ["slow", "slower:", "slower:3", "slower:-1%", "slower:x%", "slower:3%%", "counts:1", ""]
)
def test_a_malformed_limit_is_a_usage_error(word: str) -> None:
    """The message names the word and the forms that there are."""
    with pytest.raises(UsageError, match=r"is no limit; give slower, slower:5% or counts"):
        limits([word])


def test_two_limits_for_times_are_refused() -> None:
    """Nobody guesses which of them was meant."""
    with pytest.raises(UsageError, match="2 limits for times"):
        limits(["slower:3%", "slower:5%"])


def test_the_gate_names_case_interval_and_limit(tmp_path: Path) -> None:
    """A case that takes 20 % longer fails with one line; all others are held and pass."""
    outcome = hold(twice.compared(tmp_path, slow={JOINED: 1.2}), limits(["slower:5%"]))
    assert outcome.failed
    [first, last] = outcome.lines
    assert first.startswith(f"Gate failed: loading/parents=20{JOINED} takes 1.19x (1.17-1.21) ")
    assert first.endswith(
        "of its time before relative to loading/parents=20[selectin]@postgresql+psycopg; the limit is 1.05x."
    )
    assert last == "It held the times of 8 cases (the limit is 1.05x) and the counts of 12 cases against BASE."


def test_a_limit_that_is_inside_of_the_interval_passes(tmp_path: Path) -> None:
    """The whole interval has to be beyond it: 20 % slower does not fail a limit of 20 %, though it is slower."""
    comparison = twice.compared(tmp_path, slow={JOINED: 1.2})
    outcome = hold(comparison, limits(["slower:20%"]))
    assert not outcome.failed
    assert outcome.lines[0].startswith("Gate passed: it held the times of 8 cases")


def test_faster_never_fails(tmp_path: Path) -> None:
    """A case that takes half its time passes any limit."""
    assert not hold(twice.compared(tmp_path, slow={JOINED: 0.5}), limits(["slower:0%"])).failed


@pytest.mark.parametrize("end", ["", "asyncpg"])
def test_weaker_evidence_does_not_gate(tmp_path: Path, end: str) -> None:
    """A machine that is twice as slow fails nothing, and neither does a driver as a whole."""
    assert not hold(twice.compared(tmp_path, slow={end: 2.0}), limits(["slower"])).failed


@pytest.mark.parametrize("side", ["base", "new"])
def test_an_unclean_twin_in_either_run_keeps_its_driver_from_gating(tmp_path: Path, side: str) -> None:
    """Where the A/A twin is 10 % off, no case of its driver fails, and the outcome says how many were left out."""
    off = {"[selectin~aa]@postgresql+psycopg": 1.1}
    slow: dict[str, dict[str, float]] = {"base": {}, "new": {JOINED: 1.3}}
    slow[side] = {**slow[side], **off}
    base, new = (
        twice.run(tmp_path, name, seed, slow=slow[name])
        for name, seed in (("base", twice.BASE_SEED), ("new", twice.NEW_SEED))
    )
    outcome = hold(twice.compare(twice.read(base), twice.read(new)), limits(["slower"]))
    assert not outcome.failed
    assert (outcome.times_held, outcome.unclean) == (6, 2)
    assert "The times of 2 more cases do not gate: an A/A twin is off or missing, or" in outcome.lines[-1]


def test_a_twin_is_clean_where_it_holds_one_or_is_off_by_less_than_the_limit() -> None:
    """Off by a hundredth it speaks against a limit of 0 %, and not against one of 3 %; off by a tenth against both."""
    still, close, far = around(-0.01, 0.01, 0.0), around(0.010, 0.011, 0.0105), around(0.10, 0.11, 0.105)
    assert [is_clean([still, twin], 1.03) for twin in (still, close, far)] == [True, True, False]
    assert [is_clean([still, twin], 1.0) for twin in (still, close, far)] == [True, False, False]
    assert not is_clean([still, None], 1.03)


def test_a_gate_whose_twins_are_all_unclean_is_refused(tmp_path: Path) -> None:
    """Where every A/A twin is off no time was held, and that is no gate that passed."""
    off = {f"[selectin~aa]@postgresql+{driver}": 1.1 for driver in ("psycopg", "psycopg_async", "psycopg2", "asyncpg")}
    comparison = twice.compared(tmp_path, slow={**off, JOINED: 1.3})
    with pytest.raises(UsageError, match="no case has an A/A twin that is there and not off by more than the limit"):
        hold(comparison, limits(["slower"]))
    assert not hold(comparison, limits(["counts"])).failed


BASELINE = ("[selectin]@postgresql+psycopg", "[selectin~aa]@postgresql+psycopg")


@pytest.mark.parametrize("by", [0.7, 1.4])
def test_cases_over_a_baseline_that_moved_do_not_gate(tmp_path: Path, by: float) -> None:
    """All three came out slower as it became faster, or the other way round; none fails, and the last line says so."""
    slow = dict.fromkeys(BASELINE, by)
    comparison = twice.compared(tmp_path, slow=slow, variants=("selectin", "joined", "select", "subquery"))
    outcome = hold(comparison, limits(["slower"]))
    assert not outcome.failed
    assert (outcome.times_held, outcome.moved, outcome.unclean) == (9, 3, 0)
    said = "The times of 3 more cases do not gate: their baseline moved, look at absolute times."
    assert said in outcome.lines[-1]
    gate = as_data(comparison, outcome)["gate"]
    assert (gate["times_not_held"], gate["baseline_moved"]) == (3, 3)


def test_where_every_baseline_moved_the_gate_is_refused(tmp_path: Path) -> None:
    """One driver, and all over its baseline became slower: nothing is left to hold."""
    plan: dict[str, Any] = {"backends": ("sqlite",), "variants": ("selectin", "joined", "select", "subquery")}
    slow = {
        f"[{name}]@sqlite+{driver}": 0.7 for name in ("selectin", "selectin~aa") for driver in ("pysqlite", "aiosqlite")
    }
    comparison = twice.compared(tmp_path, slow=slow, **plan)
    with pytest.raises(UsageError, match="no case has a baseline that stayed where it was in both runs"):
        hold(comparison, limits(["slower"]))


def test_a_missing_twin_keeps_its_driver_from_gating(tmp_path: Path) -> None:
    """Without the A/A twin of one run nobody knows what no difference looks like there."""

    def drop(record: dict[str, Any]) -> None:
        group = record["groups"][0]
        group["cases"] = [each for each in group["cases"] if not (each["twin"] and each["driver"] == "psycopg")]

    outcome = hold(twice.compared(tmp_path, edit=drop, slow={JOINED: 1.3}), limits(["slower"]))
    assert (outcome.failed, outcome.times_held, outcome.unclean) == (False, 6, 2)


def test_a_run_of_one_pass_cannot_gate_times(tmp_path: Path) -> None:
    """It has no interval, so nothing could ever fail: that is no gate that passed."""
    comparison = twice.compared(tmp_path, passes=1, slow={JOINED: 3.0})
    with pytest.raises(UsageError, match="over two passes or more, in both runs"):
        hold(comparison, limits(["slower"]))


def test_cases_of_one_pass_are_counted_as_not_held(tmp_path: Path) -> None:
    """Where a unit after the first is missing on one backend alone, the cases of the others gate."""
    plan: dict[str, Any] = {"backends": ("sqlite", "postgresql"), "passes": 2}
    base = twice.run(tmp_path, "base", twice.BASE_SEED, **plan)
    new = twice.run(tmp_path, "new", twice.NEW_SEED, skip_units=("pass02-postgresql",), **plan)
    outcome = hold(twice.compare(twice.read(base), twice.read(new)), limits(["slower"]))
    assert (outcome.times_held, outcome.unclean) == (4, 8)
    assert outcome.lines[-1].endswith("do not gate: an A/A twin is off or missing, or a run has one pass.")


def test_a_case_that_was_only_proved_is_missed_too(tmp_path: Path) -> None:
    """It has no time; where it is void in NEW its counts are not held, and what was void before is not missed."""

    def prove_only(record: dict[str, Any]) -> None:
        group = record["groups"][0]
        group["cases"] = [each for each in group["cases"] if each["variant"] != "select"]

    def fail(record: dict[str, Any]) -> None:
        prove_only(record)
        names = [f"loading/parents=20[{variant}]@postgresql+psycopg" for variant in ("select", "joined")]
        record["failures"] = [{"case": name, "stage": "same SQL", "message": "other SQL"} for name in names]

    base = twice.run(tmp_path, "base", twice.BASE_SEED, edit=prove_only, fail=(JOINED,))
    new = twice.run(tmp_path, "new", twice.NEW_SEED, edit=fail)
    outcome = hold(twice.compare(twice.read(base), twice.read(new)), limits(["counts"]))
    assert outcome.lines[-1].endswith("1 case of BASE could not be held: void or missing in NEW.")


def test_what_became_void_or_is_gone_is_said(tmp_path: Path) -> None:
    """A case that was sound before and cannot be held any more is counted in the gate's last line."""

    def lose(record: dict[str, Any]) -> None:
        name = f"loading/parents=20{JOINED}"
        record["failures"] = [{"case": name, "stage": "same answer", "message": "row 3 differs"}]
        record["counts"] = [each for each in record["counts"] if each["case"]["variant"] != "select"]
        group = record["groups"][0]
        group["cases"] = [each for each in group["cases"] if each["variant"] != "select"]

    outcome = hold(twice.compared(tmp_path, edit=lose), limits(["slower"]))
    assert not outcome.failed
    assert outcome.lines[-1].endswith("5 cases of BASE could not be held: void or missing in NEW.")


def edit_counts(by: int) -> twice.Edit:
    """Return an edit that changes the statements and the round trips of one case."""

    def edit(record: dict[str, Any]) -> None:
        [count] = [
            each
            for each in record["counts"]
            if (each["case"]["variant"], each["case"]["driver"]) == ("select", "asyncpg")
        ]
        count["statements"] += by
        count["traffic"]["round_trips"] += by

    return edit


@pytest.mark.parametrize("asked", ["counts", "slower"])
def test_one_statement_more_fails_the_gate(tmp_path: Path, asked: str) -> None:
    """Counts are exact and need no interval; they gate beside times as well."""
    outcome = hold(twice.compared(tmp_path, edit=edit_counts(1)), limits([asked]))
    assert outcome.failed
    assert outcome.lines[:2] == (
        "Gate failed: loading/parents=20[select]@postgresql+asyncpg needs 22 statements instead of 21.",
        "Gate failed: loading/parents=20[select]@postgresql+asyncpg needs 24 round trips instead of 23.",
    )


def test_counts_of_one_run_alone_are_told(tmp_path: Path) -> None:
    """Where round trips were not counted any more, and statements of one case neither, the last line says how many."""

    def forget(record: dict[str, Any]) -> None:
        for count in record["counts"]:
            if count["case"]["driver"] in {"psycopg2", "asyncpg"}:
                count["traffic"] = None
        first = next(count for count in record["counts"] if count["case"]["driver"] == "psycopg")
        first["statements"] = None

    comparison = twice.compared(tmp_path, edit=forget)
    outcome = hold(comparison, limits(["counts"]))
    assert (outcome.failed, outcome.counts_held, outcome.one_sided) == (False, 12, 7)
    said = "Statements or round trips of 7 cases were counted in one run alone, and not held."
    assert outcome.lines[-1].endswith(said)
    assert as_data(comparison, outcome)["gate"]["counts_one_sided"] == 7
    assert hold(twice.compared(tmp_path / "whole"), limits(["counts"])).one_sided == 0


def test_fewer_statements_pass(tmp_path: Path) -> None:
    """What became less is told by the comparison and fails nothing."""
    comparison = twice.compared(tmp_path, edit=edit_counts(-3))
    assert len(comparison.counts.changes) == 2
    assert not hold(comparison, limits(["counts"])).failed


def test_times_that_are_no_evidence_do_not_gate(tmp_path: Path) -> None:
    """A smoke run could never fail by its times: asking for that is a wrong call, its counts gate."""
    comparison = twice.compared(tmp_path, evidence=False, edit=edit_counts(1))
    with pytest.raises(UsageError, match="use --fail-on counts"):
        hold(comparison, limits(["slower"]))
    assert hold(comparison, limits(["counts"])).failed


@pytest.mark.parametrize(
    ("asked", "what"),
    [("slower", "a time relative to a baseline on its driver, over two passes or more,"), ("counts", "a count")],
)
def test_a_gate_without_anything_to_hold_is_refused(tmp_path: Path, asked: str, what: str) -> None:
    """Where every case is void, passing would mean nothing."""
    comparison = twice.compared(tmp_path, fail=("psycopg", "psycopg_async", "psycopg2", "asyncpg"))
    with pytest.raises(UsageError, match=f"no case has {what} in both runs"):
        hold(comparison, limits([asked]))
