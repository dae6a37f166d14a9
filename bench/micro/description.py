"""Describe a plan as plain data for run.json, so that a report needs no scenario file."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from bench.core.cases import Group, parameters_id
from bench.core.claims import Claim, DriverFaster, Faster, Parameters, Raises, Statements
from bench.core.contract import Scenario, Variant
from bench.core.discovery import discover_sayings
from bench.core.drivers import Driver
from bench.core.experiments import Saying
from bench.measure.proofs import Outcomes, Proof
from bench.micro.plan import Plan


def scenario_data(scenario: Scenario, outcomes: Outcomes) -> dict[str, Any]:
    """Return question, variants with their sources, and claims."""
    every = list(scenario.combinations())
    sayings = {saying.id: saying for saying in discover_sayings()}
    return {
        "name": scenario.name,
        "question": scenario.question,
        "about": scenario.documentation.partition("\n")[2].strip(),
        "baseline": scenario.baseline,
        "compares_layers": scenario.compares_layers,
        "parameters": {name: list(values) for name, values in scenario.parameters.items()},
        "variants": [_variant_data(variant) for variant in scenario.variants],
        "claims": [
            _claim_data(scenario, claim, every, outcomes) | {"saying": _saying_data(sayings.get(claim.id))}
            for claim in scenario.claims
        ],
    }


def groups_data(plan: Plan) -> list[dict[str, Any]]:
    """Return the timed groups with their cases."""
    return [_group_data(plan.by_id[group_id]) | {"cases": [case.as_data() for case in cases]}
            for group_id, cases in plan.timed.items()]  # fmt: skip


def proof_data(proof: Proof) -> dict[str, Any]:
    """Return counts and failures."""
    return {
        "counts": [asdict(counts) for counts in proof.counts],
        "failures": [asdict(failure) for failure in proof.failures],
    }


def drivers_data(drivers: Iterable[Driver]) -> list[dict[str, Any]]:
    """Return the drivers of a backend with the versions that were measured."""
    return [
        {"name": driver.name, "mode": str(driver.mode), "library": driver.library, "version": driver.installed_version}
        for driver in drivers
    ]


def _group_data(group: Group) -> dict[str, Any]:
    return {
        "id": group.id,
        "scenario": group.scenario.name,
        "parameters": dict(group.all_parameters),
        "backend": group.backend,
        "baseline": group.scenario.baseline,
        "conditions": {
            variant.name: differences
            for variant in group.scenario.variants
            if (differences := group.scenario.surroundings(variant.name, group.parameters).differences())
        },
    }


def _variant_data(variant: Variant) -> dict[str, Any]:
    return {
        "name": variant.name,
        "label": variant.label,
        "answers": variant.answers,
        "divergence": variant.divergence.reason if variant.divergence else None,
        **dict(zip(("source", "source_async"), sources(variant), strict=True)),
    }


def sources(variant: Variant) -> tuple[str, str]:
    """Return the text of both bodies."""
    text, text_async = (
        textwrap.dedent(inspect.getsource(each)).rstrip() for each in (variant.body, variant.body_async)
    )
    return text, text_async


def _claim_data(scenario: Scenario, claim: Claim, every: list[Parameters], outcomes: Outcomes) -> dict[str, Any]:
    place = (scenario.name, claim.id)
    return {
        "id": claim.id,
        "text": claim.text,
        "advice": claim.advice,
        "expected": claim.expected,
        "explained": claim.explained,
        "check": _check_data(claim, every, outcomes.get(place, {})),
    }


def _saying_data(saying: Saying | None) -> dict[str, Any] | None:
    """Return what people say and who says it; None for a claim that the catalogue does not have."""
    return asdict(saying) if saying else None


def _check_data(claim: Claim, every: list[Parameters], found: Mapping[str, str | None]) -> dict[str, Any]:
    check = claim.check
    concerned = [parameters for parameters in every if check.where(parameters)]
    match check:
        case Statements():
            expected = {parameters_id(each): check.expected_for(each) for each in concerned}
            return {"kind": "statements", "variant": check.variant, "expected": expected}
        case Faster():
            where = [parameters_id(each) for each in concerned]
            sides = {"variant": check.variant, "than": check.than, "times": check.times}
            return {"kind": "faster", **sides, "where": where, "drivers": list(check.drivers)}
        case DriverFaster():
            where = [parameters_id(each) for each in concerned]
            sides = {"variant": check.variant, "pairs": dict(check.pairs), "times": check.times}
            return {"kind": "driver faster", **sides, "where": where}
        case Raises():
            return {"kind": "raises", "exception": check.exception, "outcomes": dict(found)}
