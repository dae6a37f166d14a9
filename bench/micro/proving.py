"""Prove every group of a plan before anything is timed, and try what the claims say must raise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from bench.core.cases import Group
from bench.core.claims import Claim, Raises
from bench.core.connections import Connection
from bench.core.contract import Variant
from bench.measure.proofs import KEYS, Proof, References, prove_code, prove_group
from bench.measure.workbench import Workbench
from bench.micro.plan import Plan

Outcomes = dict[tuple[str, str], dict[str, str | None]]
"""What an operation raised where an exception was claimed, by scenario and claim id, and by backend and driver."""


def prove(
    plan: Plan,
    connections: Mapping[str, Mapping[str, Sequence[Connection]]],
    size: str,
    seed: int,
) -> tuple[Proof, Outcomes]:
    """Check all groups of the plan; `connections` is by backend and dataset."""
    groups = plan.groups
    whole, outcomes, references = Proof(), Outcomes(), References()
    for scenario in {group.scenario.name: group.scenario for group in groups}.values():
        whole.failures += prove_code(scenario, [group for group in groups if group.scenario.name == scenario.name])
    for backend, datasets in connections.items():
        for dataset, opened in datasets.items():
            with Workbench(opened) as bench:
                for group in groups:
                    if group.backend == backend and group.scenario.dataset.name == dataset:
                        keys = KEYS if group.id in plan.timed else 1
                        data = group.scenario.dataset.size(size)
                        proof = prove_group(group, data, seed, bench, references, keys=keys)
                        whole.counts += proof.counts
                        whole.failures += proof.failures
                        _try_claims(group, size, seed, bench, outcomes)
    return whole, outcomes


def _try_claims(group: Group, size: str, seed: int, bench: Workbench, outcomes: Outcomes) -> None:
    for claim in group.scenario.claims:
        if not isinstance(claim.check, Raises) or not claim.check.where(group.parameters):
            continue
        found = outcomes.setdefault((group.scenario.name, claim.id), {})
        for driver in group.drivers:
            place = f"{group.backend}+{driver.name}"
            if place not in found:
                found[place] = _outcome(claim, claim.check, group, driver.name, size, seed, bench)


def _outcome(  # noqa: PLR0913, PLR0917 - one operation needs its claim, its group and its place
    claim: Claim, check: Raises, group: Group, driver: str, size: str, seed: int, bench: Workbench
) -> str | None:
    key = group.scenario.key(group.parameters, group.scenario.dataset.size(size), Random(seed))
    attempt = Variant(claim.id, check.body, check.body_async)
    try:
        bench.perform(attempt, driver, key)
    except Exception as error:  # noqa: BLE001 - which exception it is, is what we want to know
        return type(error).__name__
    return None
