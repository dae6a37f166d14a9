"""Decide each claim, driver by driver, from exact counts, intervals and exceptions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bench.report import labels
from bench.report.analysis import Analysis
from bench.report.checks import ClaimUsed, DriverFasterCheck, FasterCheck
from bench.report.outcomes import Decision, Outcome, asked, limit, outcomes
from bench.report.records import ScenarioUsed

MOST_EVIDENCE = 4
"""Outcomes on one driver that are all told; of more, one of each kind is."""
NOT_MEASURED = "not measured"
"""The evidence where a claim was not put to the test on a driver: it cannot run there, or was not asked for."""


@dataclass(frozen=True)
class DriverDecision:
    """What became of a claim on one driver, and by what evidence."""

    backend: str
    driver: str
    outcomes: tuple[Outcome, ...]
    """Empty where it was not put to the test."""
    claimed: str = ""
    """The limit that intervals are held against, where it is not plain `faster`."""

    @property
    def decision(self) -> Decision:
        """Return the decision over all parameters."""
        return combine(each.decision for each in self.outcomes)

    @property
    def evidence(self) -> str:
        """Return all that was found or, where it is too much to read, how often and the first of each kind."""
        texts = list(dict.fromkeys(each.text for each in self.outcomes))
        if not texts:
            return NOT_MEASURED
        if len(texts) > MOST_EVIDENCE:
            tally = Counter(each.decision for each in self.outcomes)
            firsts = {each.decision: each.text for each in reversed(self.outcomes)}
            count = len(self.outcomes)
            texts = [
                f"{decision} in {number} of {count}, as {firsts[decision]}" for decision, number in tally.most_common()
            ]
        return "; ".join([*texts, *([self.claimed] if self.claimed else [])])


@dataclass(frozen=True)
class ClaimResult:
    """A claim with its decisions."""

    scenario: str
    claim: ClaimUsed
    drivers: tuple[DriverDecision, ...]
    measured: bool = True
    """Whether the run has a group with parameters that the claim is about."""

    @property
    def decision(self) -> Decision:
        """Return the decision over everything that it was put to the test on."""
        return combine(each.decision for each in self._outcomes)

    @property
    def alike(self) -> list[tuple[str, DriverDecision]]:
        """Return the decisions with drivers of equal decision and evidence put together."""
        together: dict[tuple[str, Decision, str], list[DriverDecision]] = {}
        for each in self.drivers:
            together.setdefault((each.backend, each.decision, each.evidence), []).append(each)
        return [(", ".join(each.driver for each in members), members[0]) for members in together.values()]

    @property
    def why_open(self) -> str:
        """Return why the claim is undecided, in a sentence; empty where it is decided."""
        if self.decision is not Decision.UNDECIDED:
            return ""
        if not self._outcomes:
            reason = "no driver of this run has it" if self.measured else "this run has none of its parameters"
            return f"Not put to the test: {reason}."
        causes = Counter(each.cause for each in self._outcomes if each.cause)
        others = Counter(each.decision for each in self._outcomes if not each.cause)
        opened = ", ".join(f"{number} {cause}" for cause, number in causes.most_common())
        rest = "".join(f", {number} {decision}" for decision, number in others.most_common())
        return f"Of {labels.plural(len(self._outcomes), 'comparison')}: {opened}{rest}."

    @property
    def _outcomes(self) -> list[Outcome]:
        return [outcome for each in self.drivers for outcome in each.outcomes]


def decide(analysis: Analysis) -> list[ClaimResult]:
    """Return every claim of the run with its decision for every driver that was measured."""
    return [
        ClaimResult(
            scenario.name, claim, tuple(_drivers(analysis, scenario, claim)), _is_asked(analysis, scenario, claim)
        )
        for scenario in analysis.run.manifest.scenarios
        for claim in scenario.claims
    ]


def combine(decisions: Iterable[Decision]) -> Decision:
    """Return the decision over several conditions: one left open leaves the whole open, unless others disagree."""
    found = set(decisions)
    if Decision.DEPENDS in found or {Decision.UPHELD, Decision.REFUTED} <= found:
        return Decision.DEPENDS
    if Decision.UNDECIDED in found or not found:
        return Decision.UNDECIDED
    return found.pop()


def _drivers(analysis: Analysis, scenario: ScenarioUsed, claim: ClaimUsed) -> Iterator[DriverDecision]:
    claimed = _claimed(claim)
    for backend in analysis.run.manifest.backends:
        title = labels.backend(backend)
        for driver in backend.drivers:
            if isinstance(claim.check, DriverFasterCheck) and driver.name not in claim.check.pairs:
                continue
            found = tuple(outcomes(analysis, scenario, claim, backend, driver.name))
            yield DriverDecision(title, driver.name, found, claimed if found else "")


def _claimed(claim: ClaimUsed) -> str:
    if isinstance(claim.check, FasterCheck | DriverFasterCheck) and claim.check.times != 1:
        return f"claimed: at most {limit(claim.check)}"
    return ""


def _is_asked(analysis: Analysis, scenario: ScenarioUsed, claim: ClaimUsed) -> bool:
    """Say whether the run has parameters that the claim is about."""
    if isinstance(claim.check, FasterCheck | DriverFasterCheck):
        return any(asked(analysis, scenario, claim.check))
    return True
