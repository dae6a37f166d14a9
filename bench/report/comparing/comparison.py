"""Judge two runs beside each other: a verdict for every case of both, worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.core.cases import Case
from bench.core.errors import UsageError
from bench.core.multiplicity import holm
from bench.core.ratios import Ratio
from bench.core.verdicts import Verdict, noise_floor, verdict
from bench.report.comparing.counts import Counts, compare_counts
from bench.report.comparing.differences import Difference, differences, refuse_unlike
from bench.report.comparing.pairing import Pair, pairs
from bench.report.findings.analysis import Analysis
from bench.report.reading.records import Run

ORDER = (Verdict.SLOWER, Verdict.FASTER, Verdict.INCONCLUSIVE, Verdict.EQUIVALENT, Verdict.NOT_VALID)
"""Worst first; what is not known stands before what is known to be alike."""
FEWEST_ALIKE = 3
"""So many cases that all moved one way against a baseline say that the baseline moved."""


@dataclass(frozen=True)
class Judged:
    """A case of both runs with its verdict: what NEW is, compared with BASE."""

    pair: Pair
    verdict: Verdict


@dataclass(frozen=True)
class Moved:
    """A baseline against which all of its cases moved the same way: what moved is then the baseline itself."""

    baseline: Case
    cases: int
    verdict: Verdict
    """What all of them came out as."""

    @property
    def said(self) -> str:
        """Return what that means."""
        opposite = Verdict.FASTER if self.verdict is Verdict.SLOWER else Verdict.SLOWER
        return (
            f"All {self.cases} cases that are divided by {self.baseline.id} came out {self.verdict}: it is more likely "
            f"that this baseline became {opposite}. Look at its absolute time."
        )


@dataclass(frozen=True)
class Comparison:
    """Everything that two runs say about each other."""

    base: Analysis
    new: Analysis
    differences: tuple[Difference, ...]
    cases: tuple[Judged, ...]
    """Worst first."""
    counts: Counts
    only_base: tuple[Case, ...]
    only_new: tuple[Case, ...]
    moved: tuple[Moved, ...]
    """The baselines that moved rather than the cases over them."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what a reader must know to read the verdicts rightly."""
        return tuple(each.said for each in self.moved)

    @property
    def tally(self) -> Counter[Verdict]:
        """Return how many cases came to what; those on weaker evidence are not among them."""
        return Counter(each.verdict for each in self.cases if not each.pair.weak)

    @property
    def is_evidence(self) -> bool:
        """Say whether both runs took enough samples to be quoted."""
        return all(side.run.manifest.profile.evidence for side in (self.base, self.new))


def compare(base: Analysis, new: Analysis, *, force: bool = False) -> Comparison:
    """Compare two runs case by case.

    Args:
        base: The run that is held to be what was before.
        new: The run about which is said what became of it.
        force: Compare unlike machines too.

    Raises:
        UsageError: The runs are one and the same, ran on unlike machines, or have no case in common.
    """
    if base.run.manifest.id == new.run.manifest.id:
        message = f"BASE and NEW are the same run, {base.run.manifest.id}; measure a second one"
        raise UsageError(message)
    found = differences(base, new)
    if not force:
        refuse_unlike(found)
    judged = _judge(list(pairs(base, new)))
    counts = compare_counts(base.run, new.run)
    before, after = _cases(base.run), _cases(new.run)
    if not before.keys() & after.keys():
        message = (
            "the two runs have no case in common (what was measured under load is none); "
            "`ormbench list` names the cases that a run can be told to measure"
        )
        raise UsageError(message)
    only_base = tuple(case for name, case in before.items() if name not in after)
    only_new = tuple(case for name, case in after.items() if name not in before)
    return Comparison(base, new, found, judged, counts, only_base, only_new, tuple(_moved(judged)))


def _cases(run: Run) -> dict[str, Case]:
    """Return every case that a run timed or proved, by id."""
    timed = [case for group in run.manifest.groups for case in group.cases if not case.twin]
    return {case.id: case for case in [*timed, *(count.case for count in run.manifest.counts)]}


def _judge(found: Sequence[Pair]) -> tuple[Judged, ...]:
    """Give the verdicts; Holm's family is the whole comparison, those on weaker evidence are one of their own."""
    valid = [pair for pair in found if pair.change is not None]
    families = [[pair for pair in valid if pair.weak is weak] for weak in (False, True)]
    void = [Judged(pair, Verdict.NOT_VALID) for pair in found if pair.change is None]
    return tuple(sorted([*(each for family in families for each in _family(family)), *void], key=_place))


def _family(members: Sequence[Pair]) -> Iterator[Judged]:
    ratios = [pair.change.ratio for pair in members if pair.change is not None]
    adjusted = holm([ratio.p_value for ratio in ratios])
    for pair, ratio, p_value in zip(members, ratios, adjusted, strict=True):
        twins = [twin for twin in pair.twins if twin is not None]
        yield Judged(pair, verdict(ratio, p_value, noise_floor(twins) if twins else None))


def _place(judged: Judged) -> tuple[bool, bool, int, float]:
    """Return the place in the order: by badness, behind them what stands on weaker evidence, not valid ones last."""
    change = judged.pair.change
    if change is None:
        return True, False, *badness(judged.verdict, None)
    return False, judged.pair.weak, *badness(judged.verdict, change.ratio)


def badness(word: Verdict, ratio: Ratio | None) -> tuple[int, float]:
    """Return the place of a verdict in an order, worst first.

    What is surely faster is told from the strongest on, all else from the slowest.
    """
    estimate = ratio.estimate if ratio else 0.0
    return ORDER.index(word), estimate if word is Verdict.FASTER else -estimate


def _moved(judged: Sequence[Judged]) -> Iterator[Moved]:
    families: dict[Case, list[Judged]] = {}
    for each in judged:
        if each.pair.reference is not None and not each.pair.weak:
            families.setdefault(each.pair.reference, []).append(each)
    for reference, members in families.items():
        words = {each.verdict for each in members}
        if len(members) >= FEWEST_ALIKE and len(words) == 1 and words <= {Verdict.FASTER, Verdict.SLOWER}:
            yield Moved(reference, len(members), *words)
