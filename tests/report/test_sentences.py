"""Findings in plain English."""

from dataclasses import replace
from itertools import cycle
from pathlib import Path

import stored

from bench.core.contrasts import Question
from bench.core.ratios import Interval
from bench.core.verdicts import Verdict
from bench.report.answer import sentences
from bench.report.answer.answers import answers
from bench.report.answer.headline import headline
from bench.report.findings.analysis import Analysis, GroupResult, analyse
from bench.report.reading.results import load

BANDS = (Interval.around_one(0.042), Interval.around_one(0.03))


def judged(group: GroupResult, *verdicts: Verdict) -> GroupResult:
    """Return the group with its comparisons of stacks alone: the first verdict on the first, and so on."""
    found = group.of(Question.STACK)
    return replace(
        group,
        findings=tuple(
            replace(each, verdict=verdict, band=band)
            for each, verdict, band in zip(found, verdicts, cycle(BANDS), strict=False)
        ),
    )


def the_answer(analysis: Analysis, *verdicts: Verdict) -> str:
    """Return what is said of asyncpg and psycopg2 on PostgreSQL where the comparisons came to these verdicts."""
    (said,) = answers(replace(analysis, groups=(judged(analysis.groups[1], *verdicts),)))
    return said.text


def test_a_mode_sentence_says_whether_the_library_is_the_same(analysis: Analysis) -> None:
    """One library has both modes of psycopg; aiosqlite only wraps sqlite3, so that more differs than the mode."""
    for group, driver, ending in (
        (analysis.groups[1], "psycopg_async", "the time of psycopg (same library)."),
        (analysis.groups[0], "aiosqlite", "the time of pysqlite (same family)."),
    ):
        finding = group.finding(Question.MODE, "joined", driver)
        assert finding is not None
        text = sentences.sentence(finding, "Here")
        assert text.startswith(f"On Here for joined, {driver} takes 1.")
        assert text.endswith(ending)


def test_a_stack_sentence_says_that_two_things_differ(analysis: Analysis) -> None:
    """A ratio of asyncpg over psycopg2 is no answer to "what does async cost?"."""
    finding = analysis.groups[1].finding(Question.STACK, "select", "asyncpg")
    assert finding is not None
    assert "two stacks: mode and library differ" in sentences.sentence(finding, "PostgreSQL 18.6")


def test_equal_drivers_are_called_without_detectable_difference(analysis: Analysis) -> None:
    """Of asyncpg and psycopg2, scripted 1 % apart, none wins."""
    text = next(each.text for each in answers(analysis) if each.question is Question.STACK)
    assert "no detectable difference (equivalent within ±" in text


def test_what_is_equivalent_says_within_which_band(analysis: Analysis) -> None:
    """No difference was shown to be smaller than the band, and none to be nothing."""
    finding = judged(analysis.groups[1], Verdict.EQUIVALENT).findings[0]
    pair = "between asyncpg and psycopg2 (two stacks: mode and library differ)"
    head = f"for selectin, there is no detectable difference (equivalent within ±4.2 %) {pair}: "
    assert sentences.sentence(finding, "PostgreSQL 18.6").startswith(f"On PostgreSQL 18.6 {head}")


def test_of_several_that_are_equivalent_the_widest_band_is_told(analysis: Analysis) -> None:
    """Once, whether all comparisons came to it or some."""
    same = Verdict.EQUIVALENT
    pair = "asyncpg and psycopg2 (two stacks: mode and library differ)"
    head = f"On PostgreSQL 18.6, there is no detectable difference (equivalent within ±4.2 %) between {pair} in all 3 "
    assert the_answer(analysis, same, same, same).startswith(head)
    some = the_answer(analysis, Verdict.INCONCLUSIVE, same, Verdict.INCONCLUSIVE, same)
    assert "inconclusive in 2, no detectable difference (equivalent within ±3 %) in 2 of 4 comparisons" in some


def test_the_clearest_of_many_is_one_that_was_decided(analysis: Analysis) -> None:
    """An interval far from 1 that the correction for their number leaves open is not picked; the number is told."""
    found = analysis.groups[1].of(Question.MODE)
    first, second, third = (found[number] for number in range(3))
    assert first.ratio is not None
    far = replace(first.ratio, estimate=9.0, interval=Interval(8.0, 10.0))
    picked = replace(first.ratio, estimate=1.3, interval=Interval(1.2, 1.4))
    findings = (
        replace(first, ratio=far, verdict=Verdict.INCONCLUSIVE),
        replace(second, ratio=picked, verdict=Verdict.SLOWER),
        replace(third, ratio=replace(picked, interval=Interval(1.1, 1.5)), verdict=Verdict.SLOWER),
    )
    (said,) = answers(replace(analysis, groups=(replace(analysis.groups[1], findings=findings),)))
    name = second.contrast.numerator.variant
    ending = f"slower in 2, inconclusive in 1 of 3 comparisons; the clearest of 3 is with {name}, parents=20: "
    assert said.text.endswith(f"{ending}1.30x (1.20-1.40).")


def test_a_title_says_within_what_two_modes_are_equivalent(analysis: Analysis) -> None:
    """They are not equal, they were shown to differ by less than the band."""
    group = analysis.groups[1]
    (mode,) = (each for each in group.of(Question.MODE) if each.contrast.numerator.variant == "selectin")
    same = replace(mode, verdict=Verdict.EQUIVALENT, band=BANDS[0])
    said = "psycopg_async within ±4.2 % of psycopg with selectin"
    assert sentences.title(replace(group, findings=(same,))) == said


def test_a_title_counts_only_what_has_a_ratio(tmp_path: Path) -> None:
    """Void variants differ from nothing, whatever a valid A/A twin says, and neither does one variant alone."""
    failed = ("[joined]@sqlite+pysqlite", "aiosqlite")
    plan = stored.Plan(backends=("sqlite",), variants=("selectin", "joined"), parameters={}, passes=2, fail=failed)
    group = analyse(load(stored.write(tmp_path / "void", plan))).groups[0]
    assert group.floors
    assert sentences.title(group) == "No valid comparison"
    alone = tuple(each for each in group.findings if each.contrast.question is Question.NOISE)
    assert sentences.title(replace(group, findings=alone)) == "One variant alone"


def test_servers_are_answered_before_sqlite(analysis: Analysis) -> None:
    """SQLite shows the largest effect, and is the first to be read about only where nothing else was measured."""
    modes = [each for each in answers(analysis) if each.question is Question.MODE]
    assert [each.backend for each in modes] == ["PostgreSQL 18.6", "SQLite 3.45.1"]
    assert " on PostgreSQL 18.6 and " in headline(analysis)
    assert modes[0].effect < modes[1].effect


def test_the_answer_begins_with_sync_or_async_and_puts_scale_last(analysis: Analysis) -> None:
    """Modes first; a variant that answers less comes after all rivals."""
    found = answers(analysis)
    assert found[0].question is Question.MODE
    variants = [each for each in found if each.question is Question.VARIANT]
    assert [each.for_scale for each in variants] == sorted(each.for_scale for each in variants)
    assert variants[-1].text.endswith("; it answers something else (users without orders) and is shown for scale.")


def test_drivers_are_compared_by_full_answers(analysis: Analysis) -> None:
    """However clear it is, what is for scale is neither counted nor the clearest; alone it says what it is."""
    group = analysis.groups[1]
    found = group.of(Question.MODE)
    clear = tuple(
        replace(each, ratio=replace(each.ratio, estimate=9.0, interval=Interval(8.0, 10.0)))
        if each.contrast.numerator.variant == "raiseload" and each.ratio
        else each
        for each in found
    )
    (said,) = answers(replace(analysis, groups=(replace(group, findings=clear),)))
    assert f"in all {len(found) - 1} comparisons" in said.text
    assert "raiseload" not in said.text
    alone = tuple(each for each in clear if each.contrast.numerator.variant == "raiseload")
    (said,) = answers(replace(analysis, groups=(replace(group, findings=alone),)))
    assert said.text.endswith("; both answer something else (users without orders) and are shown for scale.")
    assert said.for_scale


def test_wide_intervals_are_called_inconclusive_with_what_would_decide(tmp_path: Path) -> None:
    """The sentence gives a number of passes instead of a winner."""
    plan = stored.Plan(backends=("sqlite",), variants=("selectin", "subquery"), parameters={}, passes=3, noise=0.3)
    group = analyse(load(stored.write(tmp_path / "run", plan))).groups[0]
    text = sentences.of_group(group)[-1]
    assert "inconclusive" in text
    assert "more pass" in text


def test_a_void_pair_has_no_winner(tmp_path: Path) -> None:
    """The sentence about a failed case says so."""
    plan = stored.Plan(parameters={}, passes=2, fail=("[joined]@sqlite+pysqlite",))
    group = analyse(load(stored.write(tmp_path / "run", plan))).groups[0]
    finding = group.finding(Question.VARIANT, "joined", "pysqlite")
    assert finding is not None
    assert "not valid" in sentences.sentence(finding, "SQLite")


def test_answers_name_their_scenario_where_there_are_several(tmp_path: Path) -> None:
    """Two scenarios may have a variant of one name."""
    plan = stored.Plan(backends=("sqlite",), scenarios=("loading", "paging"), parameters={}, passes=2)
    texts = [each.text for each in answers(analyse(load(stored.write(tmp_path / "run", plan))))]
    assert all(text.startswith(("loading: On SQLite", "paging: On SQLite")) for text in texts)
