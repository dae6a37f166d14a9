"""From blocks to verdicts."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
import stored

from bench.core.contrasts import Question
from bench.core.errors import UsageError
from bench.core.verdicts import Verdict
from bench.report.findings.analysis import QUESTIONS, Analysis, analyse, precision, ratio_of
from bench.report.reading.results import load


def analysed(folder: Path, **plan: object) -> Analysis:
    """Write and analyse a synthetic run."""
    plan.setdefault("parameters", {"parents": [20]})
    return analyse(load(stored.write(folder / "run", stored.Plan(**plan))))  # type: ignore[arg-type]


def test_scripted_ratios_come_back(analysis: Analysis) -> None:
    """A variant that was scripted at 1.42 times the baseline is found slower, near 1.42, on every driver."""
    findings = [each for each in analysis.findings(Question.VARIANT) if each.contrast.numerator.variant == "joined"]
    assert len(findings) == 6
    assert {each.verdict for each in findings} == {Verdict.SLOWER}
    assert all(each.ratio and each.ratio.estimate == pytest.approx(1.42, rel=0.02) for each in findings)


def test_the_mode_contrast_divides_async_by_sync_of_one_library(analysis: Analysis) -> None:
    """psycopg_async over psycopg was scripted at 1.30."""
    postgresql = analysis.groups[1]
    finding = postgresql.finding(Question.MODE, "selectin", "psycopg_async")
    assert finding is not None
    assert finding.contrast.denominator.driver == "psycopg"
    assert finding.ratio is not None
    assert finding.ratio.estimate == pytest.approx(1.30, rel=0.02)


def test_what_counts_as_no_difference_follows_the_drivers_of_a_contrast(run_dir: Path) -> None:
    """The noisier A/A twin of the two counts, between 3 and 5 %; the twins themselves are held against 3 %."""
    run = load(run_dir)
    for driver, share in {"psycopg": 0.04, "psycopg_async": 0.045, "psycopg2": 0.01, "asyncpg": 0.3}.items():
        name = f"loading/parents=20[selectin]@postgresql+{driver}"
        twin = name.replace("]", "~aa]")
        for number, blocks in run.blocks[name].items():
            scaled = replace(blocks, wall_ns=tuple((1 + share) * elapsed_ns for elapsed_ns in blocks.wall_ns))
            run.blocks[twin][number] = scaled
    group = analyse(run).groups[1]
    for question, variant, driver, reach in (
        (Question.NOISE, "selectin", "asyncpg", 0.03),
        (Question.VARIANT, "joined", "psycopg2", 0.03),
        (Question.VARIANT, "joined", "psycopg", 0.04),
        (Question.MODE, "joined", "psycopg_async", 0.045),
        (Question.STACK, "joined", "asyncpg", 0.05),
    ):
        found = group.finding(question, variant, driver)
        assert found is not None
        assert found.band is not None
        assert found.band.reach == pytest.approx(reach)


def test_a_failed_case_is_void_and_so_is_every_contrast_with_it(tmp_path: Path) -> None:
    """Where the baseline of a driver failed, no variant of that driver has a winner."""
    analysis = analysed(tmp_path, fail=("[selectin]@postgresql+asyncpg",), passes=3)
    touched = [each for each in analysis.findings(*Question) if "[selectin]@postgresql+asyncpg" in each.contrast.id]
    assert len(touched) > 5
    assert {each.verdict for each in touched} == {Verdict.NOT_VALID}
    assert all(each.ratio is None for each in touched)


def test_passes_that_only_one_side_finished_do_not_count(tmp_path: Path) -> None:
    """A ratio rests on the passes that measured both sides."""
    run = load(stored.write(tmp_path / "run", stored.Plan(parameters={"parents": [20]}, passes=4)))
    numerator, denominator = run.manifest.groups[0].cases[1], run.manifest.groups[0].cases[0]
    del run.blocks[numerator.id][2]
    ratio = ratio_of(run, numerator, denominator)
    assert ratio is not None
    assert ratio.passes == 3


def test_rounds_that_do_not_match_are_refused(tmp_path: Path) -> None:
    """Blocks are paired by round: a pass with unequal numbers is damaged, never cut to fit."""
    run = load(stored.write(tmp_path / "run", stored.Plan(parameters={"parents": [20]}, passes=2)))
    numerator, denominator = run.manifest.groups[0].cases[2], run.manifest.groups[0].cases[0]
    passes = run.blocks[numerator.id]
    passes[1] = type(passes[1])(passes[1].wall_ns[:-1], passes[1].cpu_ns[:-1])
    with pytest.raises(UsageError, match="5 and 6"):
        ratio_of(run, numerator, denominator)


def test_the_verdicts_are_corrected_within_their_group(tmp_path: Path) -> None:
    """An interval that just leaves out 1 is no winner among many contrasts (Holm)."""
    analysis = analysed(tmp_path, noise=0.2, seed=3, passes=3)
    held = [
        each
        for each in analysis.findings(*QUESTIONS)
        if each.ratio and not each.ratio.interval.contains(1) and each.verdict is Verdict.INCONCLUSIVE
    ]
    assert held
    assert all(each.more_passes for each in held)


def test_precision_is_the_median_half_width_without_twins(analysis: Analysis) -> None:
    """All contrasts of variants, modes, drivers and stacks count, and no A/A twin does."""
    width, count = precision(analysis)
    assert count == 10 + 6 + 20 + 6 + 12 + 6
    assert 0.005 < width < 0.03


def test_a_single_pass_has_no_precision(tmp_path: Path) -> None:
    """One pass gives no interval, and so nothing that could be called precise."""
    width, count = precision(analysed(tmp_path, passes=1))
    assert math.isnan(width)
    assert count == 0


def test_a_backend_whose_passes_are_missing_is_not_valid(tmp_path: Path) -> None:
    """Nothing measured means no verdict, with the reason on the case."""
    skipped = tuple(f"pass{number:02d}-postgresql" for number in (1, 2))
    group = analysed(tmp_path, passes=2, skip_units=skipped).groups[1]
    assert {finding.verdict for finding in group.findings} == {Verdict.NOT_VALID}
    assert all("missing" in str(result.void) for result in group.cases.values())
