"""Where each rung stands: its throughput, its ratio to the minimal ORM handler, and the verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.core.multiplicity import holm
from bench.core.ratios import Ratio, ratio_over_passes
from bench.core.verdicts import Verdict, noise_floor, verdict
from bench.ladder.plan import Group, Window
from bench.ladder.rung import Rung

MOST_ERRORS = 0.01
"""Share of requests; a rung that fails more often is not compared."""

Times = Mapping[int, Sequence[float]]
"""ns per request of a rung by pass; equal places share a round."""


@dataclass(frozen=True)
class Standing:
    """One rung in one group."""

    group: Group
    rung: Rung
    rate: float
    """Requests per second: the median of all windows."""
    ratio: Ratio | None = None
    """Time of a request over that of the baseline in the same round; None of the baseline, and where not valid."""
    verdict: Verdict | None = None


def standings(windows: Sequence[Window]) -> list[Standing]:
    """Return where the rungs stand, group by group, in the order of the ladder.

    Raises:
        UsageError: A pass has not the same number of windows of each rung.
    """
    groups = dict.fromkeys(window.group for window in windows)
    return [each for group in groups for each in _of_group(group, [one for one in windows if one.group == group])]


def _of_group(group: Group, windows: Sequence[Window]) -> Iterator[Standing]:
    by_rung = {rung: [each for each in windows if each.rung is rung] for rung in Rung}
    valid = [rung for rung, each in by_rung.items() if each and _is_valid(each)]
    ratios = _ratios({rung: _times(by_rung[rung]) for rung in valid})
    judged = _judged(ratios)
    for rung, each in by_rung.items():
        if not each:
            continue
        rate = median(window.rate for window in each)
        if rung is Rung.ORM and rung in valid:
            yield Standing(group, rung, rate)
        else:
            yield Standing(group, rung, rate, ratios.get(rung), judged.get(rung, Verdict.NOT_VALID))


def _is_valid(windows: Sequence[Window]) -> bool:
    return sum(each.errors for each in windows) <= MOST_ERRORS * sum(each.requests for each in windows)


def _times(windows: Sequence[Window]) -> Times:
    times: dict[int, list[float]] = {}
    for window in sorted(windows, key=lambda each: (each.pass_number, each.round_number)):
        times.setdefault(window.pass_number, []).append(window.elapsed_ns)
    return times


def _ratios(times: Mapping[Rung, Times]) -> dict[Rung, Ratio]:
    """Return the ratios to the baseline; none without it."""
    base = times.get(Rung.ORM, {})
    return {
        rung: ratio_over_passes([(each[number], base[number]) for number in base])
        for rung, each in times.items()
        if base and rung is not Rung.ORM
    }


def _judged(ratios: Mapping[Rung, Ratio]) -> dict[Rung, Verdict]:
    """Return the verdicts; Holm's family is the group without the A/A twin, which answers no question."""
    twin = ratios.get(Rung.ORM_AGAIN)
    floor = noise_floor([twin]) if twin is not None else None
    family = [rung for rung in ratios if rung is not Rung.ORM_AGAIN]
    adjusted = holm([ratios[rung].p_value for rung in family])
    judged: dict[Rung, Verdict] = {
        rung: verdict(ratios[rung], p_value, floor) for rung, p_value in zip(family, adjusted, strict=True)
    }
    if twin is not None:
        judged[Rung.ORM_AGAIN] = verdict(twin, twin.p_value, None)
    return judged
