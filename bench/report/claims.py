"""Decide each claim, driver by driver, from exact counts, intervals and exceptions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bench.core.experiments import Saying
from bench.report import labels
from bench.report.analysis import Analysis
from bench.report.checks import (
    ClaimUsed,
    DriverFasterCheck,
    ExperimentCheck,
    FasterCheck,
    RaisesCheck,
    StatementsCheck,
)
from bench.report.experiment_outcomes import outcomes_of
from bench.report.experiments import ExperimentUsed
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
    left_out: str = ""
    """Why it was not put to the test, where that is known."""

    @property
    def decision(self) -> Decision:
        """Return the decision over all parameters."""
        return combine(each.decision for each in self.outcomes)

    @property
    def evidence(self) -> str:
        """Return all that was found or, where it is too much to read, how often and the first of each kind."""
        texts = list(dict.fromkeys(each.text for each in self.outcomes))
        if not texts:
            return f"left out: {self.left_out}" if self.left_out else NOT_MEASURED
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
    """The scenario or experiment that put it to the test."""
    claim: ClaimUsed
    drivers: tuple[DriverDecision, ...]
    measured: bool = True
    """Whether the run has a group with parameters that the claim is about."""
    saying: Saying | None = None
    """What people say, of which the claim is our reading; known where the run performed experiments."""
    how: str = ""
    """How it was put to the test."""
    explained: str = ""
    """Why outcomes were other than expected."""

    @property
    def origin(self) -> str:
        """Return who says what, in a sentence; empty where that is not known."""
        if self.saying is None:
            return ""
        quoted = "" if self.saying.text == self.claim.text else f": “{self.saying.text}”"
        return f"Said by {self.saying.source}{quoted}."

    @property
    def decision(self) -> Decision:
        """Return the decision over everything that it was put to the test on."""
        return combine(each.decision for each in self._outcomes)

    @property
    def is_tested(self) -> bool:
        """Say whether it was put to the test on any driver."""
        return bool(self._outcomes)

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


def decide(analysis: Analysis) -> list[ClaimResult]:
    """Return every claim of the run, of scenarios and then of experiments, with its decision for every driver."""
    performed = analysis.run.experiments
    found = [
        ClaimResult(
            scenario.name,
            claim,
            tuple(_drivers(analysis, scenario, claim)),
            _is_asked(analysis, scenario, claim),
            performed.saying(claim.id) if performed else None,
            f"scenario {scenario.name}: {_how(claim)}" if performed else "",
        )
        for scenario in analysis.run.manifest.scenarios
        for claim in scenario.claims
    ]
    return found + [
        result for each in (performed.experiments if performed else ()) for result in _decided(analysis, each)
    ]


def unheard(analysis: Analysis) -> list[Saying]:
    """Return the sayings of the catalogue that nothing in this run put to the test."""
    performed = analysis.run.experiments
    heard = {result.claim.id for result in decide(analysis)}
    return [saying for saying in (performed.sayings if performed else ()) if saying.id not in heard]


def _decided(analysis: Analysis, experiment: ExperimentUsed) -> Iterator[ClaimResult]:
    titles = {backend.label: labels.backend(backend) for backend in analysis.run.manifest.backends}
    performed = analysis.run.experiments
    for number, said in enumerate(experiment.claims):
        drivers = tuple(
            DriverDecision(titles.get(each.backend, each.backend), each.driver, found, left_out=each.left_out or "")
            for each, found in outcomes_of(experiment, number)
        )
        yield ClaimResult(
            experiment.name,
            ClaimUsed(said.id, said.text, ExperimentCheck("experiment", experiment.name), said.advice),
            drivers,
            saying=performed.saying(said.id) if performed else None,
            how=f"experiment {experiment.name}: {experiment.how}",
            explained=experiment.explained if _is_surprising(experiment) else "",
        )


def _is_surprising(experiment: ExperimentUsed) -> bool:
    return any(result.as_expected is False for result in experiment.results)


def _how(claim: ClaimUsed) -> str:
    """Return how a scenario puts a claim to the test."""
    match claim.check:
        case StatementsCheck(variant=variant):
            return f"the statements of {variant} are counted"
        case FasterCheck(variant=variant, than=than):
            return f"the time of {variant} over that of {than}"
        case DriverFasterCheck(variant=variant, pairs=pairs):
            return f"the time of {variant}, " + ", ".join(f"{one} over {other}" for one, other in pairs.items())
        case RaisesCheck(exception=exception):
            return f"an operation is tried that must raise {exception}"
        case ExperimentCheck(experiment=experiment):
            return f"experiment {experiment}"


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
