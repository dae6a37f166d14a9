"""Experiments of a run: read back, decided claim by claim, and shown as text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import stored

from bench.core.errors import UsageError
from bench.core.store import RunFolder
from bench.report.answer.headline import headline
from bench.report.claims.deciding import decide, unheard
from bench.report.claims.decisions import ClaimResult
from bench.report.claims.outcomes import Decision
from bench.report.findings.analysis import Analysis, analyse
from bench.report.reading.results import load
from bench.report.render import render
from bench.report.trust import assess

HOSTILE = "<script>alert('x')</script>"
SAYINGS = [
    {"id": "C9", "text": "do not share a session", "source": "guides", "untested": ""},
    {"id": "C10", "text": "another framework blocks", "source": "guides", "untested": "it is another framework"},
    {"id": "C14", "text": "two statements", "source": "the manual", "untested": ""},
]


def result(driver: str, *outcomes: tuple[str, int], **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return what came out on a driver of SQLite; as expected, and as the first claim says."""
    found = [{"outcome": words, "words": words, "times": times} for words, times in outcomes]
    usual = {"expected": "right", "as_expected": True, "predicted": ["right", None], "upheld": [True, None]}
    return {"backend": "sqlite", "driver": driver, "version": "1", "outcomes": found, **(usual | more)}


def written(folder: Path, *results: dict[str, Any], **more: Any) -> Path:  # noqa: ANN401 - JSON
    """Write a run with one experiment, and return its folder."""
    stored.write(folder / "run", stored.Plan(backends=("sqlite",), parameters={"parents": [20]}, passes=2))
    experiment = {
        "name": "sharing",
        "theme": "life",
        "question": "What happens?",
        "how": "Ask at once.",
        "explained": "The driver has a lock.",
        "claims": [{"id": "C9", "text": "it fails", "advice": "Do not."}, {"id": "C9", "text": "it swaps answers"}],
        "results": list(results),
    }
    record = {"format": 1, "sayings": SAYINGS, "experiments": [experiment | more]}
    RunFolder(folder / "run").experiments.write_text(json.dumps(record))
    return folder / "run"


def analysed(run: Path) -> Analysis:
    """Return the analysis of a run."""
    return analyse(load(run))


def decided(run: Path) -> list[ClaimResult]:
    """Return the claims of the experiment."""
    return [each for each in decide(analysed(run)) if each.scenario == "sharing"]


def test_claims_are_decided_driver_by_driver(tmp_path: Path) -> None:
    """What differs depends; a claim that is about no driver is left open; the evidence says what was claimed."""
    other = result("aiosqlite", ("wrong", 2), ("right", 1), as_expected=False, upheld=[False, None])
    first, second = decided(written(tmp_path, result("pysqlite", ("right", 1)), other))
    assert (first.decision, second.decision) == (Decision.DEPENDS, Decision.UNDECIDED)
    assert [each.evidence for each in first.drivers] == [
        "right",
        "wrong (2 of 3 times); right (1 of 3 times); unexpected; claimed: right",
    ]
    assert (first.origin, first.how) == (
        "Said by guides: “do not share a session”.",
        "experiment sharing: Ask at once.",
    )
    assert first.explained == "The driver has a lock."
    assert second.drivers == ()


def test_what_was_not_seen_in_a_few_repetitions_is_left_open(tmp_path: Path) -> None:
    """With how many there were; what another driver shows, and this one not, depends on the driver."""
    unseen = result("pysqlite", ("none", 3), upheld=["not seen", None])
    alone = decided(written(tmp_path / "alone", unseen))[0]
    assert alone.decision is Decision.UNDECIDED
    assert alone.why_open == "Of 1 driver: 1 not seen in so few repetitions."
    assert alone.drivers[0].evidence == "none (3 of 3 times); claimed: right, not seen in so few repetitions"
    seen = result("aiosqlite", ("a leak", 1), ("none", 2))
    assert decided(written(tmp_path / "both", unseen, seen))[0].decision is Decision.DEPENDS


def test_what_is_so_in_some_repetitions_depends(tmp_path: Path) -> None:
    """Chance decides, on one driver alone."""
    mixed = result("pysqlite", ("9", 1), ("7", 2), upheld=["in part", None])
    found = decided(written(tmp_path, mixed))[0]
    assert (found.decision, found.drivers[0].decision) == (Decision.DEPENDS, Decision.DEPENDS)
    assert found.drivers[0].evidence == "9 (1 of 3 times); 7 (2 of 3 times); claimed: right"


def test_an_explanation_is_given_for_surprises_only(tmp_path: Path) -> None:
    """Where all came out as expected there is nothing to explain."""
    assert decided(written(tmp_path, result("pysqlite", ("right", 1))))[0].explained == ""


def test_what_has_no_outcome_has_its_reason(tmp_path: Path) -> None:
    """A failure leaves the claim open, and what was left out says why."""
    failed = {
        "backend": "sqlite",
        "driver": "pysqlite",
        "error": "did not end within 5 s and was stopped",
        "predicted": ["right", None],
    }
    left_out = {"backend": "sqlite", "driver": "aiosqlite", "left_out": "there is no wire"}
    first, second = decided(written(tmp_path, failed, left_out))
    assert (first.decision, first.why_open) == (Decision.UNDECIDED, "Of 1 driver: 1 failed.")
    assert [each.driver for each in second.drivers] == ["aiosqlite"]
    doubts = {doubt.code: doubt.text for doubt in assess(analysed(tmp_path / "run")).doubts}
    assert "1 experiment came to no outcome" in doubts["experiments-failed"]
    assert "experiments-missing" not in doubts
    assert [each.evidence for each in first.drivers] == [
        "failed: did not end within 5 s and was stopped",
        "left out: there is no wire",
    ]


def test_claims_of_scenarios_get_their_source_too(tmp_path: Path) -> None:
    """The catalogue of the run knows who says it; without one nothing is said of it."""
    run = written(tmp_path, result("pysqlite", ("right", 1)))
    scenario = next(each for each in decide(analysed(run)) if each.claim.id == "C14")
    assert scenario.origin.startswith("Said by the manual")
    assert scenario.how == "scenario loading: the statements of selectin are counted"
    RunFolder(run).experiments.unlink()
    scenario = next(each for each in decide(analysed(run)) if each.claim.id == "C14")
    assert (scenario.origin, unheard(analysed(run))) == ("", [])


def test_a_part_that_was_not_finished_is_told_with_its_reason(tmp_path: Path) -> None:
    """On top of the report; it costs no grade, for nothing that was timed hangs on it."""
    run = written(tmp_path, result("pysqlite", ("right", 1)))
    record = json.loads(RunFolder(run).experiments.read_text())
    before = assess(analysed(run))
    RunFolder(run).experiments.write_text(json.dumps(record | {"finished": False, "failures": ["no server came up"]}))
    trust = assess(analysed(run))
    [told] = [doubt for doubt in trust.doubts if doubt.code == "experiments-missing"]
    assert "no server came up" in told.text
    assert trust.grade == before.grade


def test_a_busy_machine_takes_nothing_from_outcomes(tmp_path: Path) -> None:
    """Where nothing was timed its doubts are told and cost no grade; the headline counts readings, not claims."""
    run = written(tmp_path, result("pysqlite", ("right", 1)))
    record = json.loads((run / "run.json").read_text())
    busy = {"code": "busy-machine", "grade_cost": 1, "text": "The load average was 3.", "remedy": ""}
    record |= {"groups": [], "units": [], "scenarios": [], "counts": [], "doubts": [*record["doubts"], busy]}
    (run / "run.json").write_text(json.dumps(record))
    analysis = analysed(run)
    trust = assess(analysis)
    assert (trust.grade, trust.meaning) == ("A", "outcomes are facts: nothing was timed")
    assert [(doubt.code, doubt.grade_cost) for doubt in trust.doubts] == [("shared-cores", 0), ("busy-machine", 0)]
    assert headline(analysis) == "1 reading of claims put to the test: 1 upheld."
    page = render(run, tmp_path / "report")
    assert "csv" not in page.read_text(encoding="utf-8")
    assert sorted(path.name for path in page.parent.iterdir()) == ["figures", "index.html", "report.md"]


def test_what_nothing_tests_is_listed(tmp_path: Path) -> None:
    """With the reason where there is one."""
    silent = unheard(analysed(written(tmp_path, result("pysqlite", ("right", 1)))))
    assert [(saying.id, saying.untested) for saying in silent] == [("C10", "it is another framework")]


def test_the_page_shows_text_as_text(tmp_path: Path) -> None:
    """Outcome, question of the author, source: none of it can become markup."""
    run = written(tmp_path, result("pysqlite", (HOSTILE, 1)), how=HOSTILE, claims=[{"id": "C9", "text": HOSTILE}] * 2)
    page = render(run, tmp_path / "report").read_text(encoding="utf-8")
    assert HOSTILE not in page
    assert page.count("&lt;script&gt;alert(") >= 3
    assert "Said by guides: “do not share a session”. Tested by experiment sharing: " in page
    assert "C10: another framework blocks (said by guides): it is another framework" in page


@pytest.mark.parametrize("content", ["{", '{"format": 2}', '{"format": 1, "experiments": [{"name": 1}]}'])
def test_a_damaged_file_is_refused_in_a_line(tmp_path: Path, content: str) -> None:
    """The line names the file."""
    run = written(tmp_path)
    RunFolder(run).experiments.write_text(content)
    with pytest.raises(UsageError, match=r"experiments\.json is damaged \(.+\); repeat the run"):
        load(run)


def test_a_published_run_keeps_its_experiments(tmp_path: Path) -> None:
    """They are copied with everything else that was measured."""
    run = written(tmp_path, result("pysqlite", ("right", 1)))
    copy = RunFolder(run).publish(tmp_path / "published")
    assert copy.experiments.read_bytes() == RunFolder(run).experiments.read_bytes()
