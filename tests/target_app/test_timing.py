"""`Server-Timing` says where the time of a request went, to those who ask and to nobody else."""

from __future__ import annotations

import re
from dataclasses import dataclass

import httpx
import pytest

from target_app import timing
from target_app.timing import ASKED_BY, Spent, timed_operation
from tests.target_app.serving import MODES, Called

ENTRY = re.compile(r'(?P<name>\w+);dur=(?P<ms>\d+\.\d{3})(?:;desc="(?P<statements>\d+) statements")?')


@dataclass(frozen=True)
class Told:
    """What the header of one answer says."""

    ms: dict[str, float]
    statements: int


def told_by(answer: httpx.Response) -> Told:
    """Read the header of an answer, all of which must be understood."""
    entries = [ENTRY.fullmatch(entry) for entry in answer.headers["Server-Timing"].split(", ")]
    found = {entry["name"]: entry for entry in entries if entry is not None}
    assert len(found) == len(entries)
    return Told({name: float(entry["ms"]) for name, entry in found.items()}, int(found["sql"]["statements"]))


def asked(app: Called, method: str, path: str) -> httpx.Response:
    """Send a request that asks for the header."""
    return app(method, path, headers={ASKED_BY: "1"})


@pytest.mark.parametrize("mode", MODES)
def test_the_header_comes_only_where_it_was_asked_for(app: Called, mode: str) -> None:
    """It costs a client that does not ask nothing, and tells it nothing."""
    path = f"/{mode}/users/1"
    assert "Server-Timing" not in app("GET", path).headers
    assert "Server-Timing" in asked(app, "GET", path).headers
    assert "Server-Timing" not in app("GET", path).headers


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("path", "status", "statements"),
    [
        ("/users/1", 200, 1),
        ("/users/999999", 404, 1),
        ("/users/one-by-one?ids=1&ids=2&ids=3", 200, 3),
        ("/users/1101/orders?strategy=selectin", 200, 2),
        ("/users/1101/orders?strategy=joined", 200, 1),
        ("/users/1101/orders?strategy=select", 200, 2),
    ],
)
def test_the_statements_of_a_request_are_counted(
    app: Called, mode: str, path: str, status: int, statements: int
) -> None:
    """Each that the driver executed, and none of another request, whether the answer is good or not."""
    for _ in range(2):
        answer = asked(app, "GET", f"/{mode}{path}")
        assert answer.status_code == status
        assert told_by(answer).statements == statements


@pytest.mark.parametrize("mode", MODES)
def test_the_parts_are_named_and_fit_into_the_whole(app: Called, mode: str) -> None:
    """Waiting for a connection, statements and building the answer follow each other within the total."""
    told = told_by(asked(app, "GET", f"/{mode}/users?limit=100"))
    assert set(told.ms) == {"pool", "sql", "serialisation", "total"}
    rounding_ms = 0.002
    assert told.ms["pool"] + told.ms["sql"] + told.ms["serialisation"] <= told.ms["total"] + rounding_ms
    assert told.ms["sql"] > 0


@pytest.mark.parametrize("mode", MODES)
def test_waiting_in_the_database_is_time_of_sql(app: Called, mode: str) -> None:
    """What the database takes is put down to it, in the thread or task that waits for it."""
    told = told_by(asked(app, "GET", f"/{mode}/wait?ms=50"))
    assert told.ms["sql"] >= 50


@pytest.mark.parametrize("mode", MODES)
def test_a_statement_that_fails_is_counted(app: Called, mode: str) -> None:
    """It has cost its time: the second of two equal users is refused by the INSERT itself."""
    user = {"name": "Twice", "email": f"twice-{mode}@example.com"}
    first, second = (app("POST", f"/{mode}/users", json=user, headers={ASKED_BY: "1"}) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 409)
    assert told_by(second).statements == told_by(first).statements >= 1
    assert told_by(second).ms["sql"] > 0


def test_a_request_without_a_database_has_no_serialisation() -> None:
    """Where no connection came back there is no moment to count from."""
    assert "serialisation" not in Spent().header()
    assert "0 statements" in Spent().header()


def test_an_operation_that_fails_has_cost_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told as it would be of one that went well; where nobody asks, nothing is kept."""
    spent = Spent()
    assert "operation" not in spent.header()
    monkeypatch.setattr(timing, "current", lambda: spent)
    with pytest.raises(ZeroDivisionError), timed_operation():
        _ = 1 / 0
    assert spent.operation_ns is not None
    assert "operation;dur=" in spent.header()
    monkeypatch.setattr(timing, "current", lambda: None)
    with timed_operation():
        pass


def test_a_refused_request_is_timed_too(app: Called) -> None:
    """The header is on an error as well: that is when one wants to know."""
    answer = asked(app, "GET", "/sync/users/0")
    assert answer.status_code == 422
    assert told_by(answer).statements == 0
