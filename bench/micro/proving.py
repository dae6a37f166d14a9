"""Prove every group of a plan before anything is timed, and try what the claims say must raise."""

from __future__ import annotations

from bench.core.cases import Group
from bench.core.claims import Raises
from bench.measure.proofs import KEYS, OPERATION, Outcomes, Proof, Prover, References, prove_code
from bench.measure.steward import Steward
from bench.measure.workbench import Workbench
from bench.micro.preparation import Prepared
from bench.micro.watch import Watch


def prove(ready: Prepared, seed: int, watch: Watch) -> tuple[Proof, Outcomes]:
    """Check all groups of the plan on the servers that are up.

    Raises:
        OrmbenchError: A server or the proxy before it went away.
    """
    whole, outcomes, references = Proof(), Outcomes(), References()
    proved = ready.plan.groups
    for scenario in {group.scenario.name: group.scenario for group in proved}.values():
        whole.failures += prove_code(scenario, [group for group in proved if group.scenario.name == scenario.name])
    for backend, datasets in ready.routes.items():
        traffic, proxy = ready.traffic_of(backend), ready.proxies.get(backend)
        cut = proxy.cut if proxy else None
        here = [group for group in proved if group.backend == backend]
        watch.phase(f"Proving that all cases do the same work: {len(here)} groups on {backend}")
        for dataset in ready.plan.datasets_on(backend):
            routes, size = datasets[dataset.name], dataset.size(ready.size)
            with (
                ready.required(backend),
                Steward(routes.steward) as steward,
                Workbench(routes.under(0.0 if traffic else None)) as bench,
            ):
                prover = Prover(bench, steward, size, seed, references, traffic, cut)
                for group in here:
                    if group.scenario.dataset.name == dataset.name:
                        found = prover.prove(group, keys=KEYS if group.id in ready.plan.proved_well else 1)
                        if any(failure.stage == OPERATION for failure in found.failures):
                            ready.require(backend)
                        whole.counts += found.counts
                        whole.failures += found.failures
                        _try_claims(group, prover, outcomes)
    for delayed, original in ready.plan.delayed:
        whole.copy_to(delayed, original)
    return whole, outcomes


def _try_claims(group: Group, prover: Prover, outcomes: Outcomes) -> None:
    for claim in group.scenario.claims:
        if not isinstance(claim.check, Raises) or not claim.check.where(group.parameters):
            continue
        found = outcomes.setdefault((group.scenario.name, claim.id), {})
        for driver in group.drivers:
            place = f"{group.backend}+{driver.name}"
            if place not in found:
                found[place] = prover.attempt(group, claim, claim.check, driver)
