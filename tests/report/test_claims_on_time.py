"""Claims on time are decided with whole intervals, corrected for all that they compare."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
import stored
from claimed import decided, faster

from bench.core.claims import NO_SLOWER
from bench.report.claims.deciding import decide
from bench.report.claims.decisions import ClaimResult
from bench.report.claims.outcomes import Cause, Decision
from bench.report.findings.analysis import analyse
from bench.report.reading.records import Blocks
from bench.report.reading.results import load


def scripted(folder: Path, times: float, *logs: list[float], twin: list[float] | None = None) -> ClaimResult:
    """Return what becomes of "joined is so many times as fast as selectin" where the passes have these log ratios.

    There is a list for each set of parameters. Both drivers of SQLite have the same times; so `2 * len(logs)`
    comparisons are made. The A/A twins have the log ratios of `twin`; all else takes exactly as long.
    """
    parents = [20 + number for number in range(len(logs))]
    plan = stored.Plan(backends=("sqlite",), parameters={"parents": parents}, passes=len(logs[0]), rounds=1)
    stored.write(folder / "run", plan)
    path = folder / "run" / "run.json"
    data = json.loads(path.read_text())
    check = {**faster(times, "joined", "selectin"), "where": [f"parents={number}" for number in parents]}
    data["scenarios"][0]["claims"] = [{"id": "C1", "text": "said", "check": check}]
    path.write_text(json.dumps(data))
    run = load(folder / "run")
    by_parameters = {f"parents={number}": each for number, each in zip(parents, logs, strict=True)}
    blocks = {}
    for group in run.manifest.groups:
        for case in group.cases:
            found = by_parameters[case.parameters] if case.variant == "joined" else [0.0] * len(logs[0])
            found = twin if case.twin and twin else found
            times_ns = [1e6 * math.exp(log) for log in found]
            blocks[case.id] = {number: Blocks((ns,), (ns,)) for number, ns in enumerate(times_ns, start=1)}
    return decide(analyse(replace(run, blocks=blocks)))[0]


SLIGHT = [-0.07, -0.05, -0.03, -0.05]
"""About 5 % less: p = 0.009 by itself, and 0.018 as one of two."""
NOISE = [0.06, -0.05, 0.04, -0.06]
SAME = [0.002, -0.001, 0.001, -0.002]


def test_a_slight_difference_decides_alone_and_not_among_many(tmp_path: Path) -> None:
    """The p-value is corrected for all comparisons of the claim: one in twenty leaves out 1 by chance."""
    alone = scripted(tmp_path / "alone", 1.0, SLIGHT)
    assert alone.decision is Decision.UPHELD
    among = scripted(tmp_path / "among", 1.0, SLIGHT, *[NOISE] * 19)
    first = among.drivers[0].outcomes[0]
    assert (first.decision, first.cause) == (Decision.UNDECIDED, Cause.MANY)
    assert first.text == "parents=20: 0.95x (0.93-0.98), not certain among so many"
    assert among.decision is Decision.UNDECIDED
    assert among.why_open == "Of 40 comparisons: 38 too wide to tell, 2 not certain among so many."


def test_a_number_that_is_claimed_is_corrected_too(tmp_path: Path) -> None:
    """The same passes beside the limit of `twice as fast` as beside 1."""
    below = [log - math.log(2) for log in SLIGHT]
    assert scripted(tmp_path / "alone", 2.0, below).decision is Decision.UPHELD
    among = scripted(tmp_path / "among", 2.0, below, *[[log - math.log(2) for log in NOISE]] * 19)
    assert among.drivers[0].outcomes[0].cause is Cause.MANY


def test_an_equivalent_time_refutes_faster_and_no_number(tmp_path: Path) -> None:
    """Within 3 % there is no difference that matters; a number that is claimed is near, and "no longer" is upheld."""
    same = scripted(tmp_path / "faster", 1.0, SAME)
    assert same.decision is Decision.REFUTED
    assert same.drivers[0].evidence.endswith(", equivalent")
    twice = scripted(tmp_path / "twice", 2.0, [log - math.log(2) for log in SAME])
    assert {outcome.cause for each in twice.drivers for outcome in each.outcomes} == {Cause.NEAR}
    assert scripted(tmp_path / "no-slower", NO_SLOWER, SAME).decision is Decision.UPHELD


def test_a_claim_about_some_drivers_is_not_decided_by_others(tmp_path: Path) -> None:
    """What another driver takes is no evidence, and no part of the family that p-values are corrected for."""
    check = {**faster(1.2), "drivers": ["aiosqlite"]}
    result = decided(tmp_path / "some", check)
    assert [each.driver for each in result.drivers] == ["aiosqlite"]
    assert [each.driver for each in decided(tmp_path / "all", faster(1.2)).drivers] == ["pysqlite", "aiosqlite"]


def test_what_is_within_the_noise_of_the_twins_is_equivalent(tmp_path: Path) -> None:
    """The band of the tables counts: 2 % less are upheld, and refuted where an A/A twin is as far from 1."""
    less = [-0.03, -0.01, -0.02, -0.02]
    assert scripted(tmp_path / "quiet", 1.0, less).decision is Decision.UPHELD
    noisy = scripted(tmp_path / "noisy", 1.0, less, twin=[0.03, -0.03, 0.02, -0.02])
    assert noisy.decision is Decision.REFUTED
    assert noisy.drivers[0].evidence == "parents=20: 0.98x (0.97-0.99), equivalent"


@pytest.mark.parametrize(
    ("times", "evidence", "how"),
    [
        (1.7, "parents=20: 1.50x (1.47-1.53)", "the time of selectin over joined, claimed: at least 1.7x"),
        (1.0, "parents=20: 0.67x (0.65-0.68)", "the time of joined over selectin"),
        (NO_SLOWER, "parents=20: 0.67x (0.65-0.68)", "the time of joined over selectin, claimed: at most 1.03x"),
    ],
)
def test_a_ratio_is_told_in_the_direction_of_the_sentence(
    tmp_path: Path, times: float, evidence: str, how: str
) -> None:
    """Beside "1.7 times" stands how many times as long the other takes, beside "faster" what is left of its time."""
    result = scripted(tmp_path, times, [math.log(1 / 1.5) + log / 6 for log in (-0.07, 0.07, -0.07, 0.07)])
    assert result.drivers[0].evidence == evidence
    assert result.how == f"scenario loading: {how}"
