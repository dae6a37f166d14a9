"""The comparison of answers: content and order count, the kind of sequence does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from bench.measure.answers import KEPT_ROWS, Answer, answer_difference, digest, row_count

ROWS = [(1, "a", [(10, None)]), (2, "b", [])]


@pytest.mark.parametrize(
    "same",
    [
        [(1, "a", [(10, None)]), (2, "b", [])],
        ((1, "a", ((10, None),)), (2, "b", ())),
        [[1, "a", [[10, None]]], [2, "b", []]],
    ],
)
def test_lists_and_tuples_are_alike(same: object) -> None:
    """Drivers differ in the sequences they build; their content is what is compared, at any depth."""
    assert answer_difference(same, ROWS) is None
    assert digest(same) == digest(ROWS)


def test_mappings_are_compared_without_their_order() -> None:
    """A mapping has no order to compare; a sequence of them has."""
    assert answer_difference([{"a": 1, "b": [2]}], [{"b": (2,), "a": 1}]) is None
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert answer_difference([{"a": 1}, {"a": 2}], [{"a": 2}, {"a": 1}]) is not None


def test_order_matters() -> None:
    """The same rows in another order are another answer, and the first row out of place is named."""
    turned = list(reversed(ROWS))
    difference = answer_difference(turned, ROWS)
    assert difference is not None
    assert difference.splitlines() == [
        "row 1: got (2, 'b', ())",
        "       expected (1, 'a', ((10, None),))",
    ]
    assert digest(turned) != digest(ROWS)


@pytest.mark.parametrize(
    ("answer", "expected", "told"),
    [
        ([(1,), (2,), (4,)], [(1,), (2,), (3,)], ["row 3: got (4,)", "expected (3,)"]),
        ([(1,)], [(1,), (2,)], ["row 2: got '(no row)'", "expected (2,)"]),
        ([(1,), (2,)], [(1,)], ["row 2: got (2,)", "expected '(no row)'"]),
        ([(1, "1")], [(1, 1)], ["row 1: got (1, '1')", "expected (1, 1)"]),
        (3, 4, ["got 3, expected 4"]),
        (None, [(1,)], ["got None, expected ((1,),)"]),
    ],
)
def test_the_first_row_that_differs_is_named(answer: object, expected: object, told: list[str]) -> None:
    """Rows are counted from 1, and equal rows before the difference are not shown."""
    difference = answer_difference(answer, expected)
    assert difference is not None
    assert [line.strip() for line in difference.splitlines()] == told


@pytest.mark.parametrize(
    ("value", "other"),
    [
        (1, True),
        (1, Decimal(1)),
        (1, 1.0),
        (Decimal("1.0"), Decimal("1.00")),
        (datetime(2024, 1, 1, 12, tzinfo=UTC), datetime(2024, 1, 1, 14, tzinfo=timezone(timedelta(hours=2)))),
    ],
)
def test_equal_values_of_other_types_are_other_answers(value: object, other: object) -> None:
    """A variant that leaves a conversion out does less work, and its row is named among a few and among many."""
    for rows in (1, KEPT_ROWS):
        expected = [(0, "a")] * rows
        difference = Answer.of([*expected[1:], (value, "a")]).difference(Answer.of([*expected[1:], (other, "a")]))
        assert difference is not None
        assert difference.startswith(f"row {rows}: got {(value, 'a')!r}")
        assert difference.endswith(f"expected {(other, 'a')!r} (equal values of other types)")


def test_a_difference_behind_the_rows_that_are_kept_is_found() -> None:
    """It has no row to show, and says where it lies; the same rows are the same answer."""
    rows = [(number,) for number in range(KEPT_ROWS + 1)]
    other = Answer.of([*rows[:-1], (True,)])
    assert Answer.of(rows).difference(Answer.of(list(rows))) is None
    assert Answer.of(rows).difference(other) == "the difference is behind row 1,000"
    early = Answer.of([(False,), *rows[1:]])
    assert str(Answer.of(rows).difference(early)).startswith("row 1: got (0,)")


def test_a_long_row_is_cut() -> None:
    """A message stays readable where a row holds a document."""
    difference = answer_difference([("x" * 5_000,)], [("y" * 5_000,)])
    assert difference is not None
    assert len(difference) < 700
    assert "..." in difference


@pytest.mark.parametrize(("answer", "rows"), [([], 0), ([(1,), (2,)], 2), (((1,),), 1), (7, 1), (None, 1)])
def test_rows_are_counted_at_the_top(answer: object, rows: int) -> None:
    """A single value counts as one row."""
    assert row_count(answer) == rows
