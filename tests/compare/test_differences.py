"""What differs around two runs, and what keeps them apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import twice

from bench.core.errors import UsageError
from bench.report.comparing.comparison import compare


def said(folder: Path, edit: twice.Edit, **plan: Any) -> list[str]:  # noqa: ANN401 - the fields of a Plan
    """Return the differences of two runs, the second edited, in lines."""
    return [each.said for each in twice.compared(folder, edit=edit, **plan).differences]


def test_runs_of_one_machine_and_plan_differ_in_nothing(tmp_path: Path) -> None:
    """Times, noise and moment are no difference."""
    assert said(tmp_path, lambda record: record.update(started="2027-01-01T00:00:00Z")) == []


UNLIKE: dict[str, tuple[twice.Edit, str]] = {
    "cpu": (lambda record: record["environment"].update(cpu="Other CPU"), "CPU: Example CPU @ 2.80GHz, then Other CPU"),
    "cores": (lambda record: record["environment"].update(cores=8), "cores: 2, then 8"),
    "kernel": (lambda record: record["environment"].update(kernel="6.2.0"), "kernel: 6.1.0, then 6.2.0"),
    "python": (lambda record: record["environment"].update(python="3.13.1"), "Python: 3.11.7, then 3.13.1"),
    "profile": (lambda record: record["profile"].update(name="full"), "profile: quick, then full"),
    "size": (lambda record: record["profile"].update(size="medium"), "size of the datasets: small, then medium"),
    "backend": (
        lambda record: record["backends"][0].update(version="17.2"),
        "backend postgresql: PostgreSQL 18.6, then PostgreSQL 17.2",
    ),
}


@pytest.mark.parametrize("name", UNLIKE)
def test_unlike_machines_are_refused_unless_forced(tmp_path: Path, name: str) -> None:
    """Other processor, cores, kernel, Python, profile or server version: one line names it, --force goes on."""
    edit, line = UNLIKE[name]
    base, new = twice.run(tmp_path, "base", twice.BASE_SEED), twice.run(tmp_path, "new", twice.NEW_SEED, edit=edit)
    with pytest.raises(UsageError) as refused:
        compare(twice.read(base), twice.read(new))
    assert line in str(refused.value)
    assert "--force" in str(refused.value)
    [difference] = compare(twice.read(base), twice.read(new), force=True).differences
    assert (difference.said, difference.unlike) == (line, True)


def test_all_that_is_unlike_is_named_at_once(tmp_path: Path) -> None:
    """Nobody mends one difference only to hear of the next; what is merely different is not in the refusal."""

    def edit(record: dict[str, Any]) -> None:
        record["environment"].update(cores=8, python="3.13.1")
        record["environment"]["packages"]["SQLAlchemy"] = "2.0.44"

    base, new = twice.run(tmp_path, "base", twice.BASE_SEED), twice.run(tmp_path, "new", twice.NEW_SEED, edit=edit)
    with pytest.raises(UsageError) as refused:
        compare(twice.read(base), twice.read(new))
    assert "(Python: 3.11.7, then 3.13.1; cores: 2, then 8)" in str(refused.value)


LIKE: dict[str, tuple[twice.Edit, list[str]]] = {
    "package": (
        lambda record: record["environment"].update(packages={"SQLAlchemy": "2.0.44", "greenlet": "3.5"}),
        ["SQLAlchemy: 2.1.9, then 2.0.44", "uvloop: 0.22.1, then none", "greenlet: none, then 3.5"],
    ),
    "seed": (lambda record: record.update(seed=7), ["seed: 1, then 7"]),
    "event loop": (
        lambda record: record["environment"].update(loop="asyncio"),
        ["event loop: uvloop 0.22.1, then asyncio"],
    ),
    "pool": (
        lambda record: record["environment"].update(pool={"pool_size": 9}),
        ["connection pool, pool_size: none, then 9"],
    ),
    "setting": (
        lambda record: record["backends"][0]["settings"].update(fsync="off", jit="on"),
        ["setting fsync of postgresql: on, then off", "setting jit of postgresql: none, then on"],
    ),
    "origin": (
        lambda record: record["backends"][0].update(origin="given"),
        ["origin of postgresql: private, then given"],
    ),
    "rows": (
        lambda record: record["backends"][0]["datasets"][0].update(rows=99),
        ["dataset shop on postgresql: 10,123 rows, then 99 rows"],
    ),
    "conditions": (
        lambda record: record["groups"][0].update(conditions={"joined": {"in_flight": 4}}),
        ["conditions of [joined] in loading/parents=20@postgresql: none, then in_flight 4"],
    ),
}


@pytest.mark.parametrize("name", LIKE)
def test_other_differences_are_named_and_compared(tmp_path: Path, name: str) -> None:
    """A package whose version differs is what people compare; seeds, settings, rows and conditions are told."""
    edit, lines = LIKE[name]
    base, new = twice.run(tmp_path, "base", twice.BASE_SEED), twice.run(tmp_path, "new", twice.NEW_SEED, edit=edit)
    assert [each.said for each in compare(twice.read(base), twice.read(new)).differences] == lines


def test_a_variant_whose_code_changed_is_named(tmp_path: Path) -> None:
    """The digest of both twins tells that it is no longer the same text."""

    def edit(record: dict[str, Any]) -> None:
        record["scenarios"][0]["variants"][1]["source_async"] += "    # another\n"

    [line] = said(tmp_path, edit)
    assert line.startswith("code of loading [joined]: ")


def test_delays_are_held_to_what_was_measured(tmp_path: Path) -> None:
    """A delay that one run lacks is named, and one that came to more than 3 % more; a little is not."""
    delays: dict[str, Any] = {"parameters": {"delay_ms": [0.0, 1.0]}, "passes": 2}
    base = twice.run(tmp_path, "base", twice.BASE_SEED, **delays)
    new = twice.run(tmp_path, "new", twice.NEW_SEED, **{**delays, "parameters": {"delay_ms": [1.0, 5.0]}})
    lines = [each.said for each in compare(twice.read(base), twice.read(new)).differences]
    assert lines == [
        "delay of 0 ms on postgresql, SELECT 1 in ms: 0.150, then none",
        "delay of 5 ms on postgresql, SELECT 1 in ms: none, then 10.2",
    ]
