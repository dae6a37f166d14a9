"""Put the unit of the second side beside that of the first: same pass, same seeds, either of them first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bench.core.cases import Case
from bench.core.connections import Routes
from bench.micro.against.agreement import Agreement
from bench.micro.side import Side
from bench.micro.unit import Unit, UnitGroup, derived_seed


def in_turn(unit: Unit, side: Side, files: Sequence[Path], found: Agreement) -> Iterator[Unit]:
    """Yield the unit and that of the second side, in the order of their pass.

    The second one has the cases that both sides have, and the same groups, seeds and length of blocks. Its budget is
    less where it has fewer cases.
    """
    groups: list[UnitGroup] = [
        (scenario, parameters, delay_ms, cases)
        for scenario, parameters, delay_ms, every in unit.groups
        if (cases := found.valid(every))
    ]
    mine, theirs = _cases(unit.groups), _cases(groups)
    if not theirs:
        yield unit
        return
    second = replace(
        unit,
        against=True,
        files=side.files(files),
        groups=groups,
        routes=routes_for(unit.routes, theirs),
        budget_s=unit.budget_s * len(theirs) / len(mine),
    )
    yield from (second, unit) if second_begins(unit.seed, unit.pass_number, unit.backend) else (unit, second)


def second_begins(seed: int, pass_number: int, backend: str) -> bool:
    """Say whether the second side is measured first in a pass: in one of every two passes, drawn by the run's seed.

    Drawn freely, one side would be first in seven of eight passes or more in one run of fourteen (18 / 256), and
    whatever grows in the course of a pair would be taken for its effect.
    """
    couple, place = divmod(pass_number - 1, 2)
    return (derived_seed(seed, "turns", couple, backend) + place) % 2 == 1


def _cases(groups: Sequence[UnitGroup]) -> list[Case]:
    return [case for *_, cases in groups for case in cases]


def routes_for(routes: Mapping[str, Routes], cases: Sequence[Case]) -> dict[str, Routes]:
    """Return the ways through the drivers of these cases: the second side may lack others."""
    wanted = {case.driver for case in cases}
    return {
        dataset: replace(
            each,
            direct=tuple(way for way in each.direct if way.driver_name in wanted),
            delayed={
                delay_ms: tuple(way for way in ways if way.driver_name in wanted)
                for delay_ms, ways in each.delayed.items()
            },
        )
        for dataset, each in routes.items()
    }
