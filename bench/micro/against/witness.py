"""The process in which the second side says what it is and proves its cases: `python -m bench.micro.against.witness`.

It is handed a unit, as a measuring process is, and reports its versions, then each group of the unit.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from bench.core.cases import Group, parameters_id
from bench.core.connections import Connection, Routes
from bench.core.contract import Scenario
from bench.core.discovery import discover
from bench.core.drivers import DRIVERS
from bench.core.errors import UsageError
from bench.measure.proofs import Prover, prove_code
from bench.measure.steward import Steward
from bench.measure.workbench import Workbench
from bench.micro.against.environments import versions
from bench.micro.channel import Channel
from bench.micro.unit import Unit
from bench.servers.delaying import DelayProxy
from bench.servers.server import Origin, Server


class Told(StrEnum):
    """What an event is about."""

    VERSIONS = "versions"
    SCENARIOS = "scenarios"
    PROVED = "proved"


def testify(unit: Unit) -> Iterator[dict[str, Any]]:
    """Yield what this side is, and what came of each group of the unit."""
    yield {"event": Told.VERSIONS, "python": platform.python_version(), "packages": versions()}
    scenarios, reasons = _scenarios(unit)
    yield {"event": Told.SCENARIOS, "names": sorted(scenarios)}
    with ExitStack() as stack:
        provers: dict[str, Prover] = {}
        for name, parameters, _, cases in unit.groups:
            told: dict[str, Any] = {"event": Told.PROVED, "group": cases[0].group, "reason": reasons.get(name)}
            if name in scenarios:
                scenario = scenarios[name]
                told["reason"] = _lack(scenario, parameters, unit)
                if told["reason"] is None:
                    if scenario.dataset.name not in provers:
                        provers[scenario.dataset.name] = _prover(unit, scenario, stack)
                    told |= _proved(unit, scenario, parameters, provers[scenario.dataset.name])
            yield told


def _scenarios(unit: Unit) -> tuple[dict[str, Scenario], dict[str, str]]:
    """Return the scenarios of this side, and why others that the unit names are not among them."""
    names = list(dict.fromkeys(name for name, *_ in unit.groups))
    files = [path for file in unit.files if (path := Path(file)).is_file()]
    reasons = dict.fromkeys(names, "the second side has no such scenario")
    found: list[Scenario] = []
    try:
        found = discover(files) if files or not unit.files else []
    except Exception:  # noqa: BLE001 - what was written for other versions may fail in any way
        one_by_one = [([path], names) for path in files] or [([], [name]) for name in names]
        for paths, concerned in one_by_one:
            try:
                found += discover(paths, concerned)
            except Exception as error:  # noqa: BLE001 - see above
                text = str(error) if isinstance(error, UsageError) else f"{type(error).__name__}: {error}"
                reasons |= dict.fromkeys(concerned, f"the second side cannot import it: {text}")
    scenarios = {scenario.name: scenario for scenario in found}
    return scenarios, {name: reason for name, reason in reasons.items() if name not in scenarios}


def _lack(scenario: Scenario, parameters: Mapping[str, Any], unit: Unit) -> str | None:
    """Return why this side has nothing of a group, or None."""
    if dict(parameters) not in [dict(each) for each in scenario.combinations()]:
        return f"the second side has no {parameters_id(parameters) or 'case without parameters'}"
    if scenario.dataset.name not in unit.routes:
        return f"the second side reads other data, {scenario.dataset.name!r}"
    try:
        return scenario.lacks(parameters, scenario.dataset.size(unit.size))
    except UsageError as error:
        return str(error)


def _prover(unit: Unit, scenario: Scenario, stack: ExitStack) -> Prover:
    """Open the databases of a dataset, by way of a proxy that counts and cuts where one can stand before the server."""
    routes = unit.routes[scenario.dataset.name]
    ways, traffic, cut, url = _usable(routes), None, None, make_url(routes.steward.url)
    address = Server(label="", kind=url.get_backend_name(), url=url, version="", origin=Origin.GIVEN).address
    if address is not None:
        proxy = stack.enter_context(DelayProxy(*address, [0.0]))
        ways = [each.through("127.0.0.1", proxy.port(0.0)) for each in ways]
        traffic, cut = partial(proxy.traffic, 0.0), proxy.cut
    steward, bench = stack.enter_context(Steward(routes.steward)), stack.enter_context(Workbench(ways))
    return Prover(bench, steward, scenario.dataset.size(unit.size), unit.seed, {}, traffic, cut)


def _usable(routes: Routes) -> list[Connection]:
    """Return the connections through drivers that this side knows and has."""
    known = [each for each in routes.direct if each.driver_name in DRIVERS]
    return [each for each in known if each.driver.installed_version is not None]


def _proved(unit: Unit, scenario: Scenario, parameters: Mapping[str, Any], prover: Prover) -> dict[str, Any]:
    routes = unit.routes[scenario.dataset.name]
    kind = make_url(routes.steward.url).get_backend_name()
    group = Group(scenario, parameters, unit.backend, kind, [each.driver for each in _usable(routes)])
    proof = prover.prove(group)
    return {
        "cases": [case.as_data() for case in group.cases()],
        "counts": [asdict(counts) for counts in proof.counts],
        "failures": [asdict(failure) for failure in (*prove_code(scenario, [group]), *proof.failures)],
    }


def main() -> None:
    """Testify to the unit that the run hands over."""
    channel = Channel.from_environment()
    for answer in testify(channel.receive_unit()):
        channel.report(answer)


if __name__ == "__main__":
    main()
