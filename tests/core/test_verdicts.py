"""Tests of the verdict on a contrast and of the noise floor."""

import math

import pytest
from scipy.stats import t

from bench.core.errors import UsageError
from bench.core.ratios import UNKNOWN, Interval, Ratio
from bench.core.verdicts import Verdict, equivalence_band, noise_floor, passes_to_decide, verdict


def ratio_of(low: float, high: float, p_value: float = 0.001) -> Ratio:
    """Return a ratio of eight passes with that interval."""
    half = math.log(high / low) / 2
    return Ratio(math.sqrt(low * high), Interval(low, high), p_value, 8, 48, half * math.sqrt(8) / 2.3646)


@pytest.mark.parametrize(
    ("low", "high", "adjusted_p", "expected"),
    [
        (0.80, 0.90, 0.001, Verdict.FASTER),
        (1.10, 1.20, 0.001, Verdict.SLOWER),
        (0.98, 1.02, 0.9, Verdict.EQUIVALENT),
        (1.01, 1.02, 0.001, Verdict.EQUIVALENT),
        (1 / 1.03, 1.03, 0.9, Verdict.EQUIVALENT),
        (1.01, 1.031, 0.001, Verdict.SLOWER),
        (0.9709, 0.99, 0.2, Verdict.EQUIVALENT),  # 1 / 1.03 is 0.97087
        (0.9707, 0.99, 0.2, Verdict.INCONCLUSIVE),
        (0.97, 0.99, 0.001, Verdict.FASTER),
        (1.10, 1.20, 0.05, Verdict.INCONCLUSIVE),
        (0.95, 1.20, 0.9, Verdict.INCONCLUSIVE),
        (0.95, 1.20, 0.001, Verdict.INCONCLUSIVE),
    ],
)
def test_verdict_by_interval_and_adjusted_p(low: float, high: float, adjusted_p: float, expected: Verdict) -> None:
    """Inside the margin is equivalent, else a small adjusted p-value names a winner, else nothing is said."""
    assert verdict(ratio_of(low, high), adjusted_p, floor=None) is expected


def test_a_single_pass_is_never_more_than_inconclusive() -> None:
    """An unknown interval gets no winner and no equality, also when the machine's floor is unknown."""
    lone = Ratio(0.5, UNKNOWN, 1.0, 1, 6, math.inf)
    assert verdict(lone, 1.0, floor=UNKNOWN) is Verdict.INCONCLUSIVE


def test_a_noisy_machine_widens_the_margin_up_to_its_cap() -> None:
    """A floor of 4 % makes 4 % equivalent; a floor of 50 % makes nothing beyond 5 % so."""
    four, wild = Interval.around_one(0.04), Interval.around_one(0.5)
    assert verdict(ratio_of(0.99, 1.039), 0.5, four) is Verdict.EQUIVALENT
    assert verdict(ratio_of(0.99, 1.049), 0.5, four) is Verdict.INCONCLUSIVE
    assert verdict(ratio_of(0.99, 1.049), 0.5, wild) is Verdict.EQUIVALENT
    assert verdict(ratio_of(0.99, 1.051), 0.5, wild) is Verdict.INCONCLUSIVE
    assert verdict(ratio_of(1.20, 1.40), 0.001, wild) is Verdict.SLOWER


def test_a_quiet_machine_does_not_narrow_the_margin() -> None:
    """A floor below 3 % leaves the margin as it is."""
    assert equivalence_band(Interval(0.999, 1.002)) == Interval.around_one(0.03)
    assert equivalence_band(None) == Interval.around_one(0.03)


def test_the_floor_counts_on_both_sides_by_its_wider_one() -> None:
    """An A/A interval of 0.96 to 1.00 makes a band up to 1 / 0.96."""
    assert equivalence_band(Interval(0.96, 1.0)).high == pytest.approx(1 / 0.96)


def test_noise_floor_is_the_widest_twin_made_symmetric() -> None:
    """Of two A/A twins the one that strays furthest sets the band."""
    floor = noise_floor([ratio_of(0.99, 1.02), ratio_of(0.96, 1.01)])
    assert (floor.low, floor.high) == pytest.approx((0.96, 1 / 0.96))


def test_noise_floor_of_a_single_pass_is_everything() -> None:
    """A twin without an interval tells nothing about the noise; the cap holds the band."""
    floor = noise_floor([Ratio(1.0, UNKNOWN, 1.0, 1, 6, math.inf)])
    assert floor == UNKNOWN
    assert equivalence_band(floor) == Interval.around_one(0.05)


def test_noise_floor_without_a_twin_is_refused() -> None:
    """No twin is not a floor of zero."""
    with pytest.raises(UsageError, match="A/A twin"):
        noise_floor([])


def test_passes_to_decide_takes_the_nearer_way() -> None:
    """A large effect needs few passes to be called, none at all few to be called equivalent, one in between many."""
    large, none, between = ratio_of(0.98, 1.25), ratio_of(0.95, 1 / 0.95), ratio_of(0.97, 1.062)
    assert passes_to_decide(large, 1, None) < passes_to_decide(none, 1, None) < passes_to_decide(between, 1, None)


def test_passes_to_decide_asks_for_more_in_a_larger_family() -> None:
    """Holm's correction must be overcome as well; a contrast that is inconclusive for it alone needs some passes."""
    clear = ratio_of(1.05, 1.25)
    assert passes_to_decide(clear, 1, None) == 1
    assert passes_to_decide(clear, 20, None) > 1


def test_passes_to_decide_is_enough_if_the_estimate_stays() -> None:
    """With the passes added and all else as it was, the contrast is decided; with one fewer it is not."""
    now = ratio_of(0.99, 1.11)
    enough = 8 + passes_to_decide(now, 1, None)

    def with_passes(passes: int) -> Verdict:
        error = now.pass_sd / math.sqrt(passes)
        low, high = t.interval(0.95, passes - 1, math.log(now.estimate), error)
        p_value = 2 * t.sf(math.log(now.estimate) / error, passes - 1)
        interval = Interval(math.exp(low), math.exp(high))
        return verdict(Ratio(now.estimate, interval, p_value, passes, passes, now.pass_sd), p_value, None)

    assert with_passes(enough) is Verdict.SLOWER
    assert with_passes(enough - 1) is Verdict.INCONCLUSIVE
