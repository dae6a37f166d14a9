"""Decide each claim, driver by driver, from exact counts, intervals and exceptions."""

from __future__ import annotations

from collections.abc import Iterator

from bench.core.experiments import Saying
from bench.report import labels
from bench.report.claims.decisions import ClaimResult, DriverDecision
from bench.report.claims.exact_outcomes import counted, raised
from bench.report.claims.experiment_outcomes import outcomes_of
from bench.report.claims.outcomes import Outcomes
from bench.report.claims.timed_outcomes import asked, how, timed
from bench.report.findings.analysis import Analysis
from bench.report.reading.checks import (
    ClaimUsed,
    DriverFasterCheck,
    ExperimentCheck,
    FasterCheck,
    RaisesCheck,
    StatementsCheck,
)
from bench.report.reading.experiments import ExperimentUsed
from bench.report.reading.records import ScenarioUsed

RULE = (
    "A comparison decides a claim on time where its ratio is on one side of what is claimed with a p-value below 5 %, "
    "corrected by Holm for all comparisons of the claim; plain “faster” is refuted by an equivalent time, too; "
    "what is neither is undecided."
)
"""How claims on time are decided, for people."""


def decide(analysis: Analysis) -> list[ClaimResult]:
    """Return every claim of the run, of scenarios and then of experiments, with its decision for every driver."""
    performed = analysis.run.experiments
    found = [
        ClaimResult(
            scenario.name,
            claim,
            tuple(_drivers(analysis, scenario, claim)),
            _is_asked(analysis, scenario, claim),
            claim.saying or (performed.saying(claim.id) if performed else None),
            f"scenario {scenario.name}: {_how(claim)}",
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
    if performed is None:
        return []
    heard = {claim.id for scenario in analysis.run.manifest.scenarios for claim in scenario.claims}
    heard |= {said.id for experiment in performed.experiments for said in experiment.claims}
    return [saying for saying in performed.sayings if saying.id not in heard]


def _decided(analysis: Analysis, experiment: ExperimentUsed) -> Iterator[ClaimResult]:
    titles = {backend.label: labels.backend(backend) for backend in analysis.run.manifest.backends}
    performed = analysis.run.experiments
    for number, said in enumerate(experiment.claims):
        drivers = tuple(
            DriverDecision(
                titles.get(each.backend, each.backend),
                each.driver,
                found,
                left_out=each.left_out or "",
                is_explained=bool(experiment.explanation(each)),
            )
            for each, found in outcomes_of(experiment, number)
        )
        yield ClaimResult(
            experiment.name,
            ClaimUsed(
                said.id,
                said.text,
                ExperimentCheck("experiment", experiment.name),
                said.advice,
                explained=experiment.explained,
            ),
            drivers,
            saying=performed.saying(said.id) if performed else None,
            how=f"experiment {experiment.name}: {experiment.how}",
        )


def _how(claim: ClaimUsed) -> str:
    """Return how a scenario puts a claim to the test."""
    match claim.check:
        case StatementsCheck(variant=variant):
            return f"the statements of {variant} are counted"
        case FasterCheck() | DriverFasterCheck():
            return how(claim.check)
        case RaisesCheck(exception=exception):
            return f"an operation is tried that must raise {exception}"
        case ExperimentCheck(experiment=experiment):
            return f"experiment {experiment}"


def _drivers(analysis: Analysis, scenario: ScenarioUsed, claim: ClaimUsed) -> Iterator[DriverDecision]:
    check, found = claim.check, _outcomes(analysis, scenario.name, claim)
    for backend in analysis.run.manifest.backends:
        title = labels.backend(backend)
        for driver in backend.drivers:
            if isinstance(check, FasterCheck | DriverFasterCheck) and not check.is_about(driver.name):
                continue
            yield DriverDecision(title, driver.name, found.get((backend.label, driver.name), ()))


def _outcomes(analysis: Analysis, scenario: str, claim: ClaimUsed) -> Outcomes:
    """Return what a claim of a scenario came to, wherever the run put it to the test."""
    match claim.check:
        case StatementsCheck():
            return counted(analysis.run.manifest.counts, scenario, claim.check)
        case FasterCheck() | DriverFasterCheck():
            return timed(analysis, scenario, claim.check)
        case RaisesCheck():
            return raised(claim.check)
        case ExperimentCheck():
            return {}  # What experiments say stands in experiments.json, see experiment_outcomes.


def _is_asked(analysis: Analysis, scenario: ScenarioUsed, claim: ClaimUsed) -> bool:
    """Say whether the run has parameters that the claim is about."""
    if isinstance(claim.check, FasterCheck | DriverFasterCheck):
        return any(asked(analysis, scenario.name, claim.check))
    return True
