"""Doubts: each reason to trust a run less appears where its limit is passed, and only there."""

from __future__ import annotations

from typing import Any

import pytest

from bench.core.doubts import Doubt, core_doubts, growth_doubts, machine_doubts, pass_doubts, with_core_doubts

QUIET: dict[str, Any] = {"cores": 8, "governor": "performance", "cgroup_cpu_quota": None}


def codes(load: float = 0.0, **changes: Any) -> list[str]:  # noqa: ANN401 - any entry
    """Return the doubts about a quiet machine but for the changes."""
    return [doubt.code for doubt in machine_doubts(QUIET | changes, load)]


def test_a_quiet_machine_raises_no_doubt() -> None:
    """Eight idle cores at full clock are as good as it gets."""
    assert codes() == []


def shared(cores: int | None, *, server_here: bool = True) -> list[str]:
    """Return the doubts that follow from the cores."""
    return [doubt.code for doubt in core_doubts({"cores": cores}, server_here=server_here)]


@pytest.mark.parametrize(("cores", "expected"), [(1, ["shared-cores"]), (3, ["shared-cores"]), (4, [])])
def test_few_cores_are_shared_with_the_database(cores: int, expected: list[str]) -> None:
    """Below four cores the client and the server take time from each other, where the server is here."""
    assert shared(cores) == expected
    assert shared(cores, server_here=False) == []


def test_an_unknown_number_of_cores_counts_as_one() -> None:
    """Where the system does not tell, the worst is assumed."""
    assert shared(None) == ["shared-cores"]


def test_a_run_has_the_doubt_about_cores_once_and_only_with_a_server_here() -> None:
    """A resumed run finds out anew where its servers are; what else is told stays."""
    other = {"code": "busy-machine"}
    record = {"environment": {"cores": 2}, "doubts": [other]}
    found = with_core_doubts(record, server_here=True)
    assert [doubt["code"] for doubt in found] == ["shared-cores", "busy-machine"]
    assert with_core_doubts(record | {"doubts": found}, server_here=True) == found
    assert with_core_doubts(record | {"doubts": found}, server_here=False) == [other]


@pytest.mark.parametrize(("load", "expected"), [(4.0, []), (4.1, ["busy-machine"])])
def test_load_is_judged_per_core(load: float, expected: list[str]) -> None:
    """A load of 4 on 8 cores is half of the machine: the limit."""
    assert codes(load) == expected


@pytest.mark.parametrize(("governor", "expected"), [(None, []), ("performance", []), ("powersave", ["cpu-governor"])])
def test_a_clock_that_follows_the_load_is_a_doubt(governor: str | None, expected: list[str]) -> None:
    """Only the performance governor keeps the clock; a virtual machine that shows none is not accused."""
    assert codes(governor=governor) == expected


@pytest.mark.parametrize(("quota", "expected"), [(None, []), (8.0, []), (7.5, ["cpu-quota"])])
def test_a_quota_below_the_cores_pauses_the_process(quota: float | None, expected: list[str]) -> None:
    """A quota of all cores limits nothing."""
    assert codes(cgroup_cpu_quota=quota) == expected


def test_doubts_add_up() -> None:
    """Each reason is told by itself."""
    found = codes(9.0, cores=2, governor="ondemand", cgroup_cpu_quota=1.0)
    assert found == ["busy-machine", "cpu-governor", "cpu-quota"]


@pytest.mark.parametrize(("shares", "expected"), [([], []), ([0.0, 0.01], []), ([0.0, 0.02, 0.011], ["stolen-time"])])
def test_the_worst_pass_decides_about_stolen_time(shares: list[float], expected: list[str]) -> None:
    """One per cent in one pass is allowed; more is told once, with the worst share."""
    doubts = list(pass_doubts(shares))
    assert [doubt.code for doubt in doubts] == expected
    assert all("2.0%" in doubt.text for doubt in doubts)


def test_every_doubt_says_what_mends_it() -> None:
    """A doubt is of use only with its remedy; it travels as plain data."""
    slow = QUIET | {"cores": 2, "governor": "powersave"}
    doubts = [*core_doubts(slow, server_here=True), *machine_doubts(slow, 9.0), *pass_doubts([0.5])]
    assert all(doubt.text and doubt.remedy and doubt.grade_cost > 0 for doubt in doubts)
    assert [Doubt(**doubt.as_data()) for doubt in doubts] == doubts


def test_memory_that_grew_is_told_by_its_worst_group() -> None:
    """Over all passes; where none grew there is no doubt."""
    [doubt] = growth_doubts([{"a": 20 * 2**20, "b": 40 * 2**20}, {}, {"a": 90 * 2**20}])
    assert (doubt.code, doubt.grade_cost) == ("memory-growth", 0)
    assert (
        "grew by 90 MiB in the second half of the rounds of a, and 1 more groups grew too, and no case alone"
        in doubt.text
    )
    assert list(growth_doubts([{}, {}])) == []
