"""Findings in plain English."""

from pathlib import Path

import pytest
import stored

from bench.core.contrasts import Question
from bench.core.ratios import Interval, Ratio
from bench.report import labels, sentences
from bench.report.analysis import Analysis, analyse
from bench.report.answers import answers
from bench.report.results import load


def ratio(estimate: float, low: float, high: float) -> Ratio:
    """Return a ratio as the arithmetic gives it."""
    return Ratio(estimate, Interval(low, high), 0.01, 8, 48, 0.01)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (ratio(1.42, 1.38, 1.46), "1.42x (1.38-1.46)"),
        (ratio(0.349, 0.347, 0.352), "0.349x (0.347-0.352)"),
        (ratio(12.34, 11.9, 12.8), "12.3x (11.9-12.8)"),
        (ratio(1.5, 0.0, float("inf")), "1.50x (one pass: no interval)"),
    ],
)
def test_an_interval_is_never_hidden_by_rounding(value: Ratio, text: str) -> None:
    """Narrow intervals get a digit more, wide ratios a digit less."""
    assert labels.interval(value) == text


def test_a_mode_sentence_says_that_the_library_is_the_same(analysis: Analysis) -> None:
    """The controlled pair is marked as such."""
    group = analysis.groups[1]
    finding = group.finding(Question.MODE, "joined", "psycopg_async")
    assert finding is not None
    text = sentences.sentence(finding, "PostgreSQL 18.6")
    assert text.startswith("On PostgreSQL 18.6 for joined, psycopg_async takes 1.")
    assert text.endswith("the time of psycopg (same library).")


def test_a_stack_sentence_says_that_two_things_differ(analysis: Analysis) -> None:
    """A ratio of asyncpg over psycopg2 is no answer to "what does async cost?"."""
    finding = analysis.groups[1].finding(Question.STACK, "select", "asyncpg")
    assert finding is not None
    assert "two stacks: mode and library differ" in sentences.sentence(finding, "PostgreSQL 18.6")


def test_equal_drivers_are_called_without_detectable_difference(analysis: Analysis) -> None:
    """Of asyncpg and psycopg2, scripted 1 % apart, none wins."""
    text = next(each.text for each in answers(analysis) if each.question is Question.STACK)
    assert "no detectable difference" in text


def test_the_answer_begins_with_sync_or_async_and_puts_scale_last(analysis: Analysis) -> None:
    """Modes first; a variant that answers less comes after all rivals."""
    found = answers(analysis)
    assert found[0].question is Question.MODE
    variants = [each for each in found if each.question is Question.VARIANT]
    assert [each.less for each in variants] == sorted(each.less for each in variants)
    assert "shown for scale" in variants[-1].text


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
