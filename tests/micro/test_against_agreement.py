"""The second side of a run: what both sides have in common, and how they take turns."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from bench.core.cases import Case
from bench.core.connections import Connection, Routes
from bench.core.drivers import drivers_of
from bench.core.errors import OrmbenchError
from bench.core.profiles import PROFILES
from bench.core.traffic import Traffic
from bench.measure.proofs import Counts, Failure, Proof
from bench.micro.against.agreement import NOT_THERE, ONLY_THERE, Agreement, agree, refuse_nothing
from bench.micro.against.second import Second
from bench.micro.against.turns import in_turn, second_begins
from bench.micro.against.witness import Told
from bench.micro.plan import Backend, make_plan
from bench.micro.side import HERE
from bench.micro.unit import Unit
from tests.micro.shelf import SCENARIO

SQLITE = {"sqlite": Backend("sqlite", drivers_of("sqlite"))}
PLAN = make_plan([SCENARIO], SQLITE, replace(PROFILES["quick"], size="small"))
GROUP = next(iter(PLAN.timed))
WAY = Connection("pysqlite", "sqlite+pysqlite:///shelf.sqlite")
OTHER_WAY = Connection("aiosqlite", "sqlite+aiosqlite:///shelf.sqlite")


def counts(case: Case, digest: str = "same") -> Counts:
    """Return what a case did."""
    return Counts(case, 1, (("SELECT 1", 1),), 1, 1, digest, Traffic(0, 1, 10, 20))


def cases(*variants: str) -> list[Case]:
    """Return the cases of the one timed group on both drivers."""
    [group] = PLAN.timed
    return [case for case in PLAN.timed[group] if case.variant in variants and not case.twin]


def told(group: str, found: list[Case], **changes: object) -> dict[str, object]:
    """Return what a witness reports of a group in which nothing is wrong."""
    usual = {"reason": None, "cases": [case.as_data() for case in found], "failures": []}
    counted = [asdict(counts(case)) for case in found]
    return {"event": Told.PROVED, "group": group, "counts": counted, **usual, **changes}


def agreed(*events: dict[str, object], proof: Proof | None = None, selected: bool = False) -> Agreement:
    """Return what both sides have in common; the first one has proved everything."""
    everything = Proof([counts(case) for case in cases("get", "again")])
    return agree(events, PLAN, proof or everything, {SCENARIO.name}, selected=selected)


def timed(found: Agreement) -> list[str]:
    """Return the ids of what is timed on the second side."""
    [all_cases] = PLAN.timed.values()
    return [case.id for case in found.valid(all_cases)]


def test_what_both_sides_have_is_timed_with_its_twins() -> None:
    """Where nothing differs the second side measures what the first one does."""
    found = agreed(
        {"event": Told.VERSIONS, "python": "3.11.7", "packages": {"sqlalchemy": "2.0.58"}},
        {"event": Told.SCENARIOS, "names": [SCENARIO.name]},
        told(GROUP, cases("get", "again")),
    )
    assert timed(found) == [case.id for case in PLAN.timed[GROUP]]
    assert (found.python, found.packages, found.left_out) == ("3.11.7", {"sqlalchemy": "2.0.58"}, [])
    assert found.proof.counts[0] == counts(cases("get")[0])


def test_what_one_side_has_is_left_out_with_the_reason() -> None:
    """A case, a scenario or a group; of what only the second side has nothing is said where SELECT picked."""
    [fresh] = [replace(case, variant="fresh") for case in cases("get") if case.driver == "pysqlite"]
    events = {"event": Told.SCENARIOS, "names": [SCENARIO.name, "older"]}, told(GROUP, [*cases("get"), fresh])
    missing = [{"what": case.id, "reason": NOT_THERE} for case in cases("again")]
    found = agreed(*events)
    only_there = [{"what": "older", "reason": ONLY_THERE}, {"what": fresh.id, "reason": ONLY_THERE}]
    assert found.left_out == [only_there[0], *missing, only_there[1]]
    assert agreed(*events, selected=True).left_out == missing
    assert {Case("shelf", "shelf=1", "again", "sqlite", "pysqlite").id} & set(timed(found)) == set()


def test_a_group_that_the_second_side_lacks_is_left_out_once() -> None:
    """The run goes on with what is left, and ends where nothing is."""
    found = agreed(told(GROUP, [], reason="no such scenario"))
    assert found.left_out == [{"what": GROUP, "reason": "no such scenario"}]
    with pytest.raises(
        OrmbenchError, match=f"nothing can be compared with it: {GROUP}: no such scenario".replace("/", ".")
    ):
        refuse_nothing(Second(HERE, "same", "it"), found, PLAN)


def test_another_answer_and_a_failed_proof_void_the_case_on_the_second_side() -> None:
    """The proofs hold for each side, and between the sides."""
    get, again = cases("get"), cases("again")
    other = [asdict(counts(case, "other")) for case in get]
    failure = asdict(Failure(again[0].id, "operation", "AttributeError: no such method"))
    event = told(GROUP, [*get, *again], counts=[*other, asdict(counts(again[1]))], failures=[failure])
    found = agreed(event)
    assert timed(found) == [again[1].id]
    assert [(each.case, each.stage) for each in found.proof.failures] == [
        (get[0].id, "same answer"),
        (get[1].id, "same answer"),
        (again[0].id, "operation"),
    ]


def test_what_is_void_on_the_first_side_is_not_compared() -> None:
    """It is no failure of the second side and nothing that is left out."""
    get, again = cases("get"), cases("again")
    proof = Proof([counts(case) for case in get], [Failure(case.id, "operation", "worn out") for case in again])
    found = agreed(told(GROUP, [*get, *again]), proof=proof)
    assert (found.left_out, found.proof.failures) == ([], [])
    assert {name.partition("[")[2][:3] for name in timed(found)} == {"get"}


def unit() -> Unit:
    """Return the unit of the first side."""
    routes = {"shelf": Routes(WAY, (WAY, OTHER_WAY), {0.5: (WAY, OTHER_WAY)})}
    groups = [("shelf", {"shelf": 1}, None, PLAN.timed[GROUP])]
    return Unit(1, "sqlite", 3, 6.0, (4, 40), 6.0, "small", ["mine.py"], groups, routes)


def test_each_side_begins_in_one_of_every_two_passes() -> None:
    """The order is drawn, is the same for the same seed, and no side is first more often."""
    for seed in range(20):
        first = [second_begins(seed, number, "sqlite") for number in range(1, 9)]
        assert [first[at] + first[at + 1] for at in range(0, 8, 2)] == [1, 1, 1, 1]
    orders = {tuple(second_begins(seed, number, "sqlite") for number in range(1, 9)) for seed in range(20)}
    assert len(orders) > 8


def test_the_units_of_a_pass_differ_in_their_side_alone() -> None:
    """Same seeds, groups, rounds and length of blocks; name and files are the second side's."""
    both = {
        each.against: each
        for each in in_turn(unit(), HERE, [Path("/mine.py")], agreed(told(GROUP, cases("get", "again"))))
    }
    assert both[False] == unit()
    assert both[True] == replace(unit(), against=True, files=["/mine.py"])
    assert both[True].name == f"{both[False].name}-against" == "pass01-sqlite-against"
    assert (both[True].order_seed, both[True].hash_seed) == (unit().order_seed, unit().hash_seed)


def test_a_second_side_with_less_has_less_time_and_fewer_drivers() -> None:
    """Its budget is in proportion to its cases; a driver that it lacks is not connected."""
    [only] = [case for case in cases("get") if case.driver == "pysqlite"]
    [second] = [each for each in in_turn(unit(), HERE, [], agreed(told(GROUP, [only]))) if each.against]
    assert [case.id for *_, found in second.groups for case in found] == [only.id, replace(only, twin=True).id]
    assert second.budget_s == pytest.approx(6.0 * 2 / 6)
    assert second.routes == {"shelf": Routes(WAY, (WAY,), {0.5: (WAY,)})}
    assert [each.against for each in in_turn(unit(), HERE, [], agreed(told(GROUP, [])))] == [False]
