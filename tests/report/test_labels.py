"""Names and numbers as people read them."""

from __future__ import annotations

import pytest

from bench.core.ratios import Interval, Ratio
from bench.report import labels


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


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (ratio(1.068, 1.003, 1.134), "1.068x (1.003-1.134)"),
        (ratio(0.963, 0.931, 0.996), "0.963x (0.931-0.996)"),
        (ratio(1.058, 0.9997, 1.12), "1.0580x (0.9997-1.1200)"),
        (ratio(1.002, 0.981, 1.023), "1.002x (0.981-1.023)"),
        (ratio(0.9998, 0.981, 1.019), "1.000x (0.981-1.019)"),
        (ratio(1.05, 1.00001, 1.1), "1.0500x (1.0000-1.1000)"),
        (ratio(1.0, 0.98, 1.02), "1.00x (0.98-1.02)"),
    ],
)
def test_what_is_not_1_does_not_read_as_1(value: Ratio, text: str) -> None:
    """`1.07x (1.00-1.13) slower` would contradict itself. An end has up to four decimals, an estimate three, 1 none."""
    assert labels.interval(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (ratio(0.094, 0.089, 0.104), "0.094x (0.089-0.104)"),
        (ratio(0.0094, 0.0089, 0.0099), "0.0094x (0.0089-0.0099)"),
        (ratio(0.13, 0.09, 0.19), "0.13x (0.090-0.19)"),
        (ratio(0.5, 1e-9, 250.0), "0.50x (0-250)"),
    ],
)
def test_small_ratios_and_ends_keep_two_digits(value: Ratio, text: str) -> None:
    """A table says `0.094x` as a sentence does; what is next to nothing reads 0."""
    assert labels.interval(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(1.003, "1.003x"), (0.9996, "1.000x"), (1.0, "1.00x"), (0.00067, "0.00067x")]
)
def test_a_ratio_alone_is_rounded_as_one_with_an_interval(value: float, text: str) -> None:
    """It never reads as 1 where it is not, nor with a single digit."""
    assert labels.ratio(value) == text


@pytest.mark.parametrize(
    ("band", "text"),
    [
        (Interval.around_one(0.03), "±3 %"),
        (Interval.around_one(0.05), "±5 %"),
        (Interval.around_one(0.0412), "±4.2 %"),
        (Interval(0.954, 1.04), "±4.9 %"),
    ],
)
def test_a_margin_is_the_wider_side_of_its_band_rounded_up(band: Interval, text: str) -> None:
    """Less would promise more than was shown."""
    assert labels.margin(band) == text


def test_names_are_listed_as_in_a_sentence() -> None:
    """The last one comes behind the word; of many the first are named and the others counted, if they are several."""
    assert [labels.joined(names) for names in (["a"], ["a", "b"])] == ["a", "a and b"]
    assert labels.joined(["a", "b", "c"], "or") == "a, b or c"
    assert labels.joined(["a", "b", "c"], most=2) == "a, b and c"
    assert labels.joined(["a", "b", "c", "d"], most=2) == "a, b and 2 more"


def test_of_many_lines_the_first_are_shown_and_the_others_counted() -> None:
    """Each is one line of at most the width."""
    assert labels.first(["one\n line", "x" * 20, "c", "d"], 2, 10, "more; run.json has all") == [
        "one line",
        "xxxxxx…xxx",
        "and 2 more; run.json has all",
    ]
    assert labels.first(["a"], 1, 10, "more") == ["a"]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([0.98, 0.9996], "0.980-1.000x"),
        ([0.44, 0.52], "0.44-0.52x"),
        ([0.024, 12.9], "0.024-12.9x"),
        ([1.42, 1.418], "1.42x"),
        ([1.0], "1.00x"),
    ],
)
def test_both_ends_of_a_range_have_the_same_decimals(values: list[float], text: str) -> None:
    """`0.98-1.000x` reads like a mistake."""
    assert labels.ratios(values) == text
