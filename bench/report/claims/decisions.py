"""What became of a claim, driver by driver and in all, with the evidence in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from bench.core.experiments import Saying
from bench.report import labels
from bench.report.claims.outcomes import Cause, Decision, Outcome
from bench.report.reading.checks import ClaimUsed, DriverFasterCheck, ExperimentCheck, FasterCheck, StatementsCheck

MOST_EVIDENCE = 4
"""Outcomes on one driver that are all told; of more, one of each kind is."""
NOT_MEASURED = "not measured"
"""The evidence where a claim was not put to the test on a driver: it cannot run there, or was not asked for."""


def combine(decisions: Iterable[Decision]) -> Decision:
    """Return the decision over several conditions: one left open leaves the whole open, unless others disagree."""
    found = set(decisions)
    if Decision.DEPENDS in found or {Decision.UPHELD, Decision.REFUTED} <= found:
        return Decision.DEPENDS
    if Decision.UNDECIDED in found or not found:
        return Decision.UNDECIDED
    return found.pop()


@dataclass(frozen=True)
class DriverDecision:
    """What became of a claim on one driver, and by what evidence."""

    backend: str
    driver: str
    outcomes: tuple[Outcome, ...]
    """Empty where it was not put to the test."""
    left_out: str = ""
    """Why it was not put to the test, where that is known."""
    is_explained: bool = False
    """Whether an experiment found what was not expected here, and the explanation of its claim is about that."""

    @property
    def decision(self) -> Decision:
        """Return the decision over all parameters."""
        return combine(each.decision for each in self.outcomes)

    @property
    def evidence(self) -> str:
        """Return all that was found and how often, where it differs; one of each kind where it is too much to read."""
        if not self.outcomes:
            return f"left out: {self.left_out}" if self.left_out else NOT_MEASURED
        by_decision: dict[Decision, list[Outcome]] = {}
        for each in self.outcomes:
            by_decision.setdefault(each.decision, []).append(each)
        if len(by_decision) == 1 and len(self.outcomes) <= MOST_EVIDENCE:
            told = [each.text for each in self.outcomes]
        else:
            often = sorted(by_decision.items(), key=lambda item: -sets(item[1]))
            told = [self._told(decision, alike) for decision, alike in often]
        return "; ".join(told)

    def _told(self, decision: Decision, alike: list[Outcome]) -> str:
        often = f"{decision} at {sets(alike)} of {sets(self.outcomes)}"
        if len(self.outcomes) > MOST_EVIDENCE:
            return f"{often}, as {alike[0].text}"
        return f"{often}: {'; '.join(each.text for each in alike)}"


def sets(outcomes: Iterable[Outcome]) -> int:
    """Return how many sets of parameters, each under one delay, came to these outcomes."""
    return sum(len(each.parameters) or 1 for each in outcomes)


@dataclass(frozen=True)
class ClaimResult:
    """A claim with its decisions."""

    scenario: str
    """The scenario or experiment that put it to the test."""
    claim: ClaimUsed
    drivers: tuple[DriverDecision, ...]
    measured: bool = True
    """Whether the run has a group with parameters that the claim is about."""
    saying: Saying | None = None
    """What people say, of which the claim is our reading, where that is known."""
    how: str = ""
    """How it was put to the test."""

    @property
    def origin(self) -> str:
        """Return who says what, in a sentence; empty where that is not known."""
        if self.saying is None:
            return ""
        quoted = "" if self.saying.text == self.claim.text else f": “{self.saying.text}”"
        return f"Said by {self.saying.source}{quoted}."

    @property
    def decision(self) -> Decision:
        """Return the decision over all drivers that it was put to the test on.

        What was seen with some of them and, in a few repetitions, not with others depends on the driver.
        """
        found = {each.decision for each in self.drivers if each.outcomes}
        if Decision.UPHELD in found and any(each.cause is Cause.NOT_SEEN for each in self._outcomes):
            return Decision.DEPENDS
        return combine(found)

    @property
    def is_tested(self) -> bool:
        """Say whether it was put to the test on any driver."""
        return bool(self._outcomes)

    @property
    def scope(self) -> str:
        """Return at how many of its sets of parameters it was tested, in brackets; empty where at all or none."""
        return self._scope_of(self._outcomes)

    def scope_on(self, driver: DriverDecision) -> str:
        """Return the same of one driver; empty where it is that of all of them."""
        own = self._scope_of(driver.outcomes)
        return "" if own == self.scope else own

    @property
    def explained(self) -> str:
        """Return why it came out other than expected, where it did and that is known."""
        return self.claim.explained if self._is_surprising or any(each.is_explained for each in self.drivers) else ""

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
            known = f"; {self.saying.untested}" if self.saying and self.saying.untested else ""
            return f"Not put to the test: {reason}{known}."
        causes = Counter(each.cause for each in self._outcomes if each.cause)
        others = Counter(each.decision for each in self._outcomes if not each.cause)
        opened = ", ".join(f"{number} {cause}" for cause, number in causes.most_common())
        rest = "".join(f", {number} {decision}" for decision, number in others.most_common())
        what = "driver" if isinstance(self.claim.check, ExperimentCheck) else "comparison"
        return f"Of {labels.plural(len(self._outcomes), what)}: {opened}{rest}."

    @property
    def _outcomes(self) -> list[Outcome]:
        return [outcome for each in self.drivers for outcome in each.outcomes]

    def _scope_of(self, outcomes: Iterable[Outcome]) -> str:
        about, tested = self._about, {name for each in outcomes for name in each.parameters}
        return f"(tested at {len(tested)} of {about} parameter sets)" if 0 < len(tested) < about else ""

    @property
    def _about(self) -> int:
        """Return the number of sets of parameters that the claim is about, in all profiles; 0 where it has none."""
        check = self.claim.check
        if isinstance(check, StatementsCheck):
            return len(check.expected)
        return len(check.where) if isinstance(check, FasterCheck | DriverFasterCheck) else 0

    @property
    def _is_surprising(self) -> bool:
        """Say whether it was decided otherwise than expected: on any driver or, where drivers may differ, in all."""
        expected = self.claim.expected
        found = [self.decision] if expected == Decision.DEPENDS else [each.decision for each in self.drivers]
        return bool(expected) and any(each not in (expected, Decision.UNDECIDED) for each in found)
