"""Pairing, verdicts, counts and differences of two runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import twice

from bench.core.errors import UsageError
from bench.core.ratios import UNKNOWN
from bench.core.verdicts import MARGIN, Verdict
from bench.report.comparing.comparison import Comparison, Judged, compare

PSYCOPG = "@postgresql+psycopg"
ASYNCPG = "@postgresql+asyncpg"


def the_case(comparison: Comparison, end: str) -> Judged:
    """Return the one case whose id ends like that."""
    [found] = [each for each in comparison.cases if each.pair.case.id.endswith(end)]
    return found


def ratio(judged: Judged) -> float:
    """Return the estimate of a change."""
    assert judged.pair.change is not None
    return judged.pair.change.ratio.estimate


def test_a_case_that_became_slower_is_found_and_stands_first(tmp_path: Path) -> None:
    """The one variant that takes 20 % longer on one driver is slower; the others are not."""
    found = twice.compared(tmp_path, slow={f"[joined]{PSYCOPG}": 1.2})
    first, *others = found.cases
    assert first.pair.case.id.endswith(f"[joined]{PSYCOPG}")
    assert (first.verdict, first.pair.weak) == (Verdict.SLOWER, False)
    assert ratio(first) == pytest.approx(1.2, rel=0.02)
    assert not {each.verdict for each in others} & {Verdict.SLOWER, Verdict.FASTER}


def test_a_machine_that_is_slower_as_a_whole_changes_no_verdict(tmp_path: Path) -> None:
    """Twice the time everywhere cancels out of every ratio; the one case that has nothing to be divided by shows it."""
    cases = twice.compared(tmp_path, slow={"": 2.0}).cases
    relative = [each for each in cases if each.pair.reference is not None]
    [absolute] = [each for each in cases if each.pair.reference is None]
    assert len(relative) == 11
    assert all(ratio(each) == pytest.approx(1.0, abs=0.03) for each in relative)
    assert not {each.verdict for each in relative} & {Verdict.SLOWER, Verdict.FASTER}
    assert absolute.pair.case.id.endswith(f"[selectin]{PSYCOPG}")
    assert (absolute.pair.weak, absolute.verdict) == (True, Verdict.SLOWER)
    assert ratio(absolute) == pytest.approx(2.0, rel=0.02)


def test_a_driver_that_is_slower_as_a_whole_shows_at_its_baseline(tmp_path: Path) -> None:
    """The baseline of a driver is divided by that of the first one, as weaker evidence; its variants by itself."""
    slow = {f"[{name}]{ASYNCPG}": 1.3 for name in ("selectin", "selectin~aa", "joined", "select")}
    found = twice.compared(tmp_path, slow=slow)
    baseline = the_case(found, f"[selectin]{ASYNCPG}")
    assert (baseline.verdict, baseline.pair.weak) == (Verdict.SLOWER, True)
    assert baseline.pair.reference is not None
    assert baseline.pair.reference.id.endswith(f"[selectin]{PSYCOPG}")
    assert len(baseline.pair.twins) == 4
    variant = the_case(found, f"[joined]{ASYNCPG}")
    assert (variant.verdict is Verdict.SLOWER, variant.pair.weak) == (False, False)
    assert variant.pair.reference == baseline.pair.case
    assert len(variant.pair.twins) == 2


def test_worst_comes_first(tmp_path: Path) -> None:
    """Slower ones from the slowest, then faster ones from the fastest, then the rest, not valid ones last."""
    factors = {"[joined]": 1.2, "[select]": 1.4}
    slow = {f"{name}{PSYCOPG}": by for name, by in factors.items()}
    slow |= {f"{name}{ASYNCPG}": 1 / by for name, by in factors.items()}
    found = twice.compared(tmp_path, slow=slow, fail=("[joined]@postgresql+psycopg2",))
    ends = [each.pair.case.id.rpartition("[")[2] for each in found.cases]
    assert ends[:4] == [f"select]{PSYCOPG}", f"joined]{PSYCOPG}", f"select]{ASYNCPG}", f"joined]{ASYNCPG}"]
    assert ends[-1] == "joined]@postgresql+psycopg2"


def test_a_baseline_that_everything_moved_against_is_named(tmp_path: Path) -> None:
    """Where all cases came out slower relative to it, a note says that it is the baseline that became faster."""
    fast = {f"[selectin]{PSYCOPG}": 0.7, f"[selectin~aa]{PSYCOPG}": 0.7}
    [note] = twice.compared(tmp_path, slow=fast, variants=("selectin", "joined", "select", "subquery")).notes
    assert note.startswith(
        "All 3 cases that are divided by loading/parents=20[selectin]@postgresql+psycopg came out slower"
    )
    assert "this baseline became faster" in note


def test_void_cases_have_no_winner_and_give_their_reason(tmp_path: Path) -> None:
    """A case that failed a proof in NEW is not valid, whatever its times were."""

    def fail(record: dict[str, Any]) -> None:
        case = next(each for each in record["groups"][0]["cases"] if each["variant"] == "joined")
        name = f"loading/parents=20[joined]@postgresql+{case['driver']}"
        record["failures"] = [{"case": name, "stage": "same answer", "message": "row 3 differs"}]

    void = the_case(twice.compared(tmp_path, edit=fail), f"[joined]{PSYCOPG}")
    assert (void.verdict, void.pair.change, void.pair.weak) == (Verdict.NOT_VALID, None, False)
    assert void.pair.void == "NEW: same answer: row 3 differs"


def test_without_a_sound_baseline_times_are_compared(tmp_path: Path) -> None:
    """Where the baseline failed on every driver, all that is left is absolute, and marked as weak."""
    found = twice.compared(tmp_path, fail=("psycopg", "psycopg_async", "psycopg2", "[selectin]@postgresql+asyncpg"))
    valid = [each for each in found.cases if each.verdict is not Verdict.NOT_VALID]
    assert {each.pair.case.variant for each in valid} == {"joined", "select"}
    assert all(each.pair.weak for each in valid)
    assert found.tally == {Verdict.NOT_VALID: 10}


def test_a_baseline_that_only_failed_on_one_driver_is_replaced_by_another(tmp_path: Path) -> None:
    """The variants of that driver are held against the baseline on the first driver that has it sound."""
    found = twice.compared(tmp_path, fail=(f"[selectin]{PSYCOPG}",))
    reference = the_case(found, f"[joined]{PSYCOPG}").pair.reference
    assert reference is not None
    assert reference.id.endswith("[selectin]@postgresql+psycopg_async")


def test_another_choice_of_baseline_does_not_part_the_runs(tmp_path: Path) -> None:
    """What NEW divides by serves both, where BASE measured it too; the difference is named."""

    def choose(record: dict[str, Any]) -> None:
        record["groups"][0]["baseline"] = "joined"
        for case in record["groups"][0]["cases"]:
            case["twin"] = False
        record["groups"][0]["cases"] = record["groups"][0]["cases"][:12]

    found = twice.compared(tmp_path, edit=choose)
    reference = the_case(found, f"[select]{PSYCOPG}").pair.reference
    assert reference is not None
    assert reference.variant == "joined"
    assert "baseline of loading/parents=20@postgresql: selectin, then joined" in [
        each.said for each in found.differences
    ]


def test_one_pass_decides_nothing(tmp_path: Path) -> None:
    """Runs of one pass have no interval, and every case stays inconclusive however far it moved."""
    found = twice.compared(tmp_path, slow={f"[joined]{PSYCOPG}": 3.0}, passes=1)
    assert {each.verdict for each in found.cases} == {Verdict.INCONCLUSIVE}
    assert all(each.pair.change is not None and each.pair.change.ratio.interval == UNKNOWN for each in found.cases)


def test_runs_may_differ_in_their_number_of_passes(tmp_path: Path) -> None:
    """Each ratio stands on the passes of its own run."""
    base, new = (
        twice.run(tmp_path, "base", twice.BASE_SEED, passes=4),
        twice.run(tmp_path, "new", twice.NEW_SEED, passes=9),
    )
    found = compare(twice.read(base), twice.read(new))
    assert [each.said for each in found.differences] == ["passes: 4, then 9"]
    ratios = [each.pair.change.ratio for each in found.cases if each.pair.change]
    assert {(each.passes, each.pairs) for each in ratios} == {(4, 13 * 6)}


def test_cases_of_one_run_alone_are_listed(tmp_path: Path) -> None:
    """A variant that is new and a backend that is gone are named case by case, and nothing is made of them."""
    base = twice.run(tmp_path, "base", twice.BASE_SEED, backends=("sqlite", "postgresql"))
    new = twice.run(tmp_path, "new", twice.NEW_SEED, variants=("selectin", "joined", "select", "subquery"))
    found = compare(twice.read(base), twice.read(new))
    assert {case.backend for case in found.only_base} == {"sqlite"}
    assert len(found.only_base) == 6
    assert [case.variant for case in found.only_new] == ["subquery"] * 4
    assert "backend sqlite: SQLite 3.45.1, then not in this run" in [each.said for each in found.differences]


def test_counts_are_compared_exactly(tmp_path: Path) -> None:
    """Statements and round trips that differ are named, the greatest rise first; a void case's are not looked at."""

    def more(record: dict[str, Any]) -> None:
        counts = {f"{each['case']['variant']}+{each['case']['driver']}": each for each in record["counts"]}
        counts["joined+psycopg"]["statements"] += 1
        counts["select+asyncpg"]["traffic"]["round_trips"] -= 2
        counts["select+psycopg"]["statements"] += 40
        counts["selectin+asyncpg"]["statements"] = None
        counts["joined+psycopg2"]["statements"] += 5

    found = twice.compared(tmp_path, edit=more, fail=("[joined]@postgresql+psycopg2",)).counts
    assert [(each.case.variant, each.said) for each in found.changes] == [
        ("select", "61 statements instead of 21"),
        ("joined", "2 statements instead of 1"),
        ("select", "21 round trips instead of 23"),
    ]
    assert found.compared == 11


def test_a_run_is_not_compared_with_itself(tmp_path: Path) -> None:
    """The same run twice is a wrong call, not a finding of equality."""
    run = twice.read(twice.run(tmp_path, "base", twice.BASE_SEED))
    with pytest.raises(UsageError, match="BASE and NEW are the same run, base"):
        compare(run, run)


def test_runs_without_a_common_case_are_refused(tmp_path: Path) -> None:
    """One line says that there is nothing to compare."""
    base, new = (
        twice.run(tmp_path, "base", twice.BASE_SEED),
        twice.run(tmp_path, "new", twice.NEW_SEED, backends=("sqlite",)),
    )
    with pytest.raises(UsageError, match="no case in common"):
        compare(twice.read(base), twice.read(new))


def test_absolute_ratios_are_there_for_every_case(tmp_path: Path) -> None:
    """Also where a baseline cancels the machine, the ratio of the times themselves is known."""
    found = twice.compared(tmp_path, slow={"": 2.0, f"[joined]{PSYCOPG}": 2.0})
    absolute = [each.pair.absolute.ratio.estimate for each in found.cases if each.pair.absolute]
    assert len(absolute) == 12
    assert absolute == pytest.approx([2.0] * 12, rel=0.05)


def test_the_noise_floor_of_both_runs_widens_the_band(tmp_path: Path) -> None:
    """A change within the A/A twins of a noisy run is equivalent, where the margin alone would leave it open."""
    calm = twice.compared(tmp_path / "calm", passes=30)
    off = twice.compared(
        tmp_path / "off", passes=30, slow={"[selectin~aa]@postgresql+psycopg": 1.045, f"[joined]{PSYCOPG}": 1.03}
    )
    assert the_case(calm, f"[joined]{PSYCOPG}").verdict is Verdict.EQUIVALENT
    assert the_case(off, f"[joined]{PSYCOPG}").verdict is Verdict.EQUIVALENT
    change = the_case(off, f"[joined]{PSYCOPG}").pair.change
    assert change is not None
    assert change.ratio.interval.high > 1 + MARGIN
