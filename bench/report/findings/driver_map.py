"""Driver times strategy: every case of a group over one and the same, the baseline variant on the first driver."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bench.core.cases import Case
from bench.core.multiplicity import holm
from bench.core.ratios import Ratio
from bench.core.verdicts import Verdict, noise_floor, verdict
from bench.report import labels
from bench.report.findings import standings
from bench.report.findings.analysis import Analysis, CaseResult, GroupResult, ratio_of

FEWEST_RIVALS = 2
MOST_BESIDE = 3
"""With more that are not behind it a title does not call one the fastest."""
FEWEST_VARIANTS = 2
FEWEST_DRIVERS = 3
"""With two drivers a heat map says no more than the ratio figure."""

Choice = tuple[str, str]
"""Variant and driver."""


@dataclass(frozen=True)
class Cell:
    """One case over the common one."""

    case: Case
    ratio: Ratio | None
    """None where one of the two is not valid."""
    verdict: Verdict


@dataclass(frozen=True)
class DriverMap:
    """The cases of one group over the same denominator."""

    group: GroupResult
    than: Case
    """What all are divided by."""
    cells: Mapping[Choice, Cell]
    """All but the denominator."""
    standings: Mapping[Choice, float]
    """The times of those that give the full answer and are valid, over that of the denominator."""
    leaders: Mapping[Choice, Verdict]
    """The fastest of them, then those that are not behind it: equivalent to it, or inconclusive."""

    @property
    def rivals(self) -> int:
        """Return how many there are to choose from."""
        return len(self.standings)

    @property
    def is_open(self) -> bool:
        """Say whether no rival can be told from the fastest."""
        return len(self.leaders) == self.rivals

    @property
    def fastest(self) -> Choice:
        """Return the choice that took the least time."""
        return next(iter(self.leaders))

    @property
    def beside(self) -> str:
        """Return how many are not behind the fastest, `1 equivalent, 2 not told apart`; empty where it leads alone."""
        return standings.beside(list(self.leaders.values())[1:])

    @property
    def is_shown(self) -> bool:
        """Say whether it was shown that nobody is faster: each of the others is slower or equivalent."""
        return Verdict.INCONCLUSIVE not in self.leaders.values()

    @property
    def title(self) -> str:
        """Return which case is the fastest, as the title of the figure."""
        if self.is_open:
            return "No combination of variant and driver is clearly the fastest"
        variant, driver = self.fastest
        cell = self.cells.get(self.fastest)
        said = f" at {labels.ratio(cell.ratio.estimate)}" if cell and cell.ratio else ""
        if not self.is_shown or len(self.leaders) - 1 > MOST_BESIDE:
            return f"Lowest of {self.rivals}: {variant} with {driver}{said}, with {self.beside}"
        others = f"; {self.beside}" if self.beside else ""
        return f"Fastest: {variant} with {driver}{said}{others}"

    @property
    def reference(self) -> str:
        """Return what all are divided by, in words."""
        return f"{self.than.variant} with {self.than.driver}"


def is_worth_drawing(group: GroupResult) -> bool:
    """Say whether there are enough variants and drivers for a heat map."""
    return len(group.variants) >= FEWEST_VARIANTS and len(group.drivers) >= FEWEST_DRIVERS


def driver_map(analysis: Analysis, group: GroupResult) -> DriverMap | None:
    """Return the map of a group, or None where it has fewer than two valid full answers, the baseline among them."""
    baselines = [group.result(group.used.baseline, driver) for driver in group.drivers]
    than = next((each.case for each in baselines if each and not each.void), None)
    if than is None:
        return None
    others = [each for each in group.cases.values() if not each.case.twin and each.case != than]
    cells = {_choice(cell.case): cell for cell in _cells(analysis, group, than, others)}
    stand = _standings(group, than, cells)
    verdicts = {**group.verdicts, **{frozenset((cell.case, than)): cell.verdict for cell in cells.values()}}
    leaders = standings.leaders(analysis.run, stand, verdicts)
    found = DriverMap(
        group,
        than,
        cells,
        {_choice(case): time for case, time in stand.items()},
        {_choice(case): said for case, said in leaders.items()},
    )
    return found if found.rivals >= FEWEST_RIVALS else None


def _choice(case: Case) -> Choice:
    return case.variant, case.driver


def _cells(analysis: Analysis, group: GroupResult, than: Case, others: list[CaseResult]) -> Iterator[Cell]:
    """Yield every case over the common one.

    What the group compares already keeps the verdict that it has there. Holm's family of the others is all of them with
    that of the group: a verdict is never easier to come by here than there.
    """
    known = {each.contrast.numerator: each for each in group.findings if each.contrast.denominator == than}
    ratios = {each.case: ratio_of(analysis.run, each.case, than) for each in others}
    new = [(case, ratio) for case, ratio in ratios.items() if ratio and case not in known]
    family = [each.ratio.p_value for each in group.findings if each.ratio and not each.contrast.numerator.twin]
    adjusted = holm([*(ratio.p_value for _, ratio in new), *family])[: len(new)]
    corrected = {case: p_value for (case, _), p_value in zip(new, adjusted, strict=True)}
    for case, ratio in ratios.items():
        if case in known:
            yield Cell(case, known[case].ratio, known[case].verdict)
        elif ratio is None:
            yield Cell(case, None, Verdict.NOT_VALID)
        else:
            twins = [group.floors[name] for name in sorted({case.driver, than.driver}) if name in group.floors]
            yield Cell(case, ratio, verdict(ratio, corrected[case], noise_floor(twins) if twins else None))


def _standings(group: GroupResult, than: Case, cells: Mapping[Choice, Cell]) -> dict[Case, float]:
    """Return how the full answers stand."""
    for_scale = {variant.name for variant in group.variants if variant.is_for_scale}
    stand = {than: 1.0}
    for cell in cells.values():
        if cell.ratio and cell.case.variant not in for_scale:
            stand[cell.case] = cell.ratio.estimate
    return stand
