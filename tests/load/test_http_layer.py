"""The layer HTTP of a run: which runs have it, and a real one on SQLite that is stopped and goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bench.core.errors import OrmbenchError
from bench.core.store import FORMAT, RunFolder, create_run
from bench.load.http_layer import measuring as http_layer
from bench.load.http_layer.measuring import add_http_layer
from bench.load.http_layer.plan import EFFORTS, Effort, plan_of
from bench.load.record import failures_of

DRIVERS = {
    "sqlite": ("pysqlite", "aiosqlite"),
    "postgresql": ("psycopg", "psycopg_async", "psycopg2", "asyncpg"),
    "mariadb": ("pymysql", "aiomysql"),
}
OWN = "postgresql://me@db.example/one"


def a_group(label: str, names: tuple[str, ...], **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - of JSON
    """Return a group of the scenario as far as the layer HTTP looks at it."""
    cases = [{"driver": name} for name in names]
    return {"scenario": "layers", "backend": label, "parameters": parameters, "cases": cases}


def a_run(*kinds: str, profile: str = "quick", passes: int = 8, **request: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a run.json as far as the layer HTTP looks at it; every kind has a private server."""
    return {
        "format": FORMAT,
        "profile": {"name": profile, "passes": passes},
        "seed": 1,
        "request": {"urls": []} | request,
        "backends": [{"label": kind, "kind": kind, "origin": "private"} for kind in kinds],
        "groups": [a_group(kind, DRIVERS[kind], work="get") for kind in kinds],
    }


def with_own(run: dict[str, Any], *labels: str) -> dict[str, Any]:
    """Return a run that measured servers of the user's own, too."""
    backends = [{"label": label, "kind": "postgresql", "origin": "given"} for label in labels]
    groups = [a_group(label, DRIVERS["postgresql"], work="get") for label in labels]
    return run | {"backends": [*run["backends"], *backends], "groups": [*run["groups"], *groups]}


@pytest.mark.parametrize(
    ("run", "label"),
    [
        (a_run("sqlite", "postgresql", "mariadb"), "postgresql"),
        (a_run("mariadb", "sqlite"), "mariadb"),
        (with_own(a_run("postgresql", urls=[OWN]), "postgresql-2"), "postgresql-2"),
        (with_own(a_run("sqlite", urls=[OWN, OWN]), "postgresql"), "sqlite"),
        (a_run("sqlite", profile="smoke"), None),
        (a_run("sqlite", files=["mine.py"]), None),
        (a_run("sqlite", delays_ms=[0.0]), None),
        (a_run("sqlite", against=["sqlalchemy==2.0.*"]), None),
        (a_run("sqlite") | {"groups": []}, None),
        (a_run("sqlite") | {"groups": [a_group("sqlite", ("pysqlite",))]}, None),
    ],
)
def test_a_run_that_measured_the_layers_in_both_modes_has_http(run: dict[str, Any], label: str | None) -> None:
    """On one backend: the user's own, if it is known which that is, else PostgreSQL, else the first one."""
    plan = plan_of(run, [])
    assert (plan and plan.backend) == label


def test_the_users_own_server_is_asked_as_it_was_given() -> None:
    """The run keeps its URL without the password, so the one of this call counts, where there is one."""
    run = with_own(a_run(urls=["postgresql://me:***@db.example/one"]), "postgresql")
    given = plan_of(run, ["postgresql://me:secret@db.example/one"])
    assert given is not None
    assert (given.kind, given.url) == (None, "postgresql://me:secret@db.example/one")
    kept = plan_of(with_own(a_run(urls=[OWN]), "postgresql"), [])
    assert kept is not None
    assert kept.url == OWN


def test_both_pairs_are_asked_for_everything_that_was_measured() -> None:
    """One library in two modes and two stacks, under all parameters; never more passes than the run has."""
    run = a_run("postgresql", profile="full", passes=3)
    run["groups"].append(a_group("postgresql", DRIVERS["postgresql"], work="page"))
    plan = plan_of(run, [])
    assert plan is not None
    assert plan.pairs == (("psycopg", "psycopg_async"), ("psycopg2", "asyncpg"))
    assert plan.parameters == ({"work": "get"}, {"work": "page"})
    assert plan.effort == Effort(3, EFFORTS["full"].rounds)


class Stopped(NamedTuple):
    """A run whose second pass failed, and what it kept then."""

    folder: RunFolder
    kept: dict[str, Any]
    failures: list[str]


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stopped]:
    """Measure as little as can be measured on SQLite; the service goes away in the second pass."""
    one_pass = http_layer._one_pass

    def failing(plan: Any, number: int, server: Any) -> Any:  # noqa: ANN401 - passed on
        if number > 1:
            message = "the target app ended: worn out"
            raise OrmbenchError(message)
        return one_pass(plan, number, server)

    folder = create_run(tmp_path_factory.mktemp("results"), "quick")
    folder.write(a_run("sqlite", passes=2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(EFFORTS, "quick", Effort(2, 2))
        patch.setattr(http_layer, "BLOCK_MS", 0.0)
        patch.setattr(http_layer, "WARM_UP_REQUESTS", 2)
        with pytest.MonkeyPatch.context() as twice:
            twice.setattr(http_layer, "_one_pass", failing)
            add_http_layer(folder, [], lambda _: None)
        yield Stopped(folder, the_record(folder), failures_of(folder.http_layer))


def the_record(folder: RunFolder) -> dict[str, Any]:
    """Return what a run keeps of the layer HTTP."""
    return dict(json.loads(folder.http_layer.read_text(encoding="utf-8")))


def test_a_pass_keeps_requests_and_the_operations_in_them(stopped: Stopped) -> None:
    """In both modes, block by block; an operation is a part of its request, and each of them took some time."""
    [kept] = stopped.kept["passes"]
    assert (stopped.kept["backend"], kept["number"]) == ("sqlite", 1)
    assert [(each["driver"], each["parameters"]) for each in kept["series"]] == [
        ("pysqlite", {"work": "get"}),
        ("aiosqlite", {"work": "get"}),
    ]
    for each in kept["series"]:
        assert each["requests"] == http_layer.LEAST_REQUESTS
        assert len(each["total_ns"]) == len(each["operation_ns"]) == 2
        blocks = zip(each["operation_ns"], each["total_ns"], strict=True)
        assert all(0 < operation_ns < total_ns for operation_ns, total_ns in blocks)


def test_what_goes_wrong_is_kept_as_a_failure(stopped: Stopped) -> None:
    """Nothing is raised, and the pass that was complete stays."""
    assert stopped.failures == ["the target app ended: worn out"]
    assert not stopped.kept["finished"]


def test_only_what_is_missing_is_measured(stopped: Stopped) -> None:
    """The pass that is there stays as it is; what is complete is left alone."""
    add_http_layer(stopped.folder, [], lambda _: None)
    record = the_record(stopped.folder)
    assert record["passes"][0] == stopped.kept["passes"][0]
    assert [each["number"] for each in record["passes"]] == [1, 2]
    assert (record["finished"], failures_of(stopped.folder.http_layer)) == (True, [])
    said: list[str] = []
    add_http_layer(stopped.folder, [], said.append)
    assert said == []
    assert the_record(stopped.folder) == record


def test_a_server_that_is_not_there_takes_nothing_from_the_cases(tmp_path: Path) -> None:
    """The reason is kept without the password; a run without the layer has no failure."""
    folder = create_run(tmp_path, "quick")
    folder.write(with_own(a_run(urls=["postgresql://me:***@127.0.0.1:1/db"]), "postgresql"))
    assert failures_of(folder.http_layer) == []
    add_http_layer(folder, ["postgresql://me:secret@127.0.0.1:1/db"], lambda _: None)
    [failure] = failures_of(folder.http_layer)
    assert "Connection refused" in failure
    assert "secret" not in folder.http_layer.read_text(encoding="utf-8")
