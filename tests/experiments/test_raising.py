"""What the themes about faults tell of an exception: every clause that catches it, and whether it was foreseen."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bench.core.caught import NOTHING
from scenarios.experiments.raising import Raised, caught_by, fact, raised_facts, told_as

VIOLATION = IntegrityError("INSERT", {}, ValueError("twice"))


def told(error: Exception) -> list[str]:
    """Return the clauses that catch an exception."""
    with Raised() as raised:
        raise error
    clauses: list[str] = raised.facts["caught_by"]
    return clauses


@pytest.mark.parametrize(
    ("error", "clauses"),
    [
        (VIOLATION, ["IntegrityError", "DBAPIError", "SQLAlchemyError", "Exception"]),
        (PoolTimeoutError("full"), ["sqlalchemy.exc.TimeoutError", "SQLAlchemyError", "Exception"]),
        (TimeoutError(), ["TimeoutError", "OSError", "Exception"]),
        (ConnectionRefusedError(), ["OSError", "Exception"]),
        (RuntimeError(), ["RuntimeError", "Exception"]),
        (ValueError(), ["Exception"]),
    ],
)
def test_every_clause_that_catches_it_is_told(error: Exception, clauses: list[str]) -> None:
    """From the narrowest to the widest."""
    assert told(error) == clauses


def test_it_stands_beside_an_asynchronous_context() -> None:
    """What is raised in such a block is told as in a plain one."""

    async def work() -> list[str]:
        async with Raised() as raised, nullcontext():
            raise VIOLATION
        return list(raised.facts["caught_by"])

    assert asyncio.run(work()) == told(VIOLATION)


def test_a_cancellation_passes() -> None:
    """It is no `Exception`, and what was cancelled has to end."""
    with pytest.raises(asyncio.CancelledError), Raised():
        raise asyncio.CancelledError
    found = raised_facts(asyncio.CancelledError())
    assert found == {"exception": "CancelledError", "caught_by": ["asyncio.CancelledError"]}


def outcome(**changes: object) -> dict[str, Any]:
    """Return the outcome of two faults, of which the second one is as the changes say."""
    usual = {"raised": {"exception": "DBAPIError", "caught_by": ["DBAPIError"]}, "next": NOTHING}
    return {"first": usual, "second": {**usual, **changes}}


def test_a_prediction_is_about_all_faults() -> None:
    """One fault that is told otherwise is enough to make it wrong."""
    other = {"exception": "RuntimeError", "caught_by": ["Exception"]}
    assert told_as("DBAPIError", "InterfaceError", next=NOTHING).holds(outcome())
    assert not told_as("DBAPIError", next=NOTHING).holds(outcome(next="TimeoutError"))
    assert not told_as("DBAPIError").holds(outcome(raised=other))
    assert [caught_by("DBAPIError").holds(found) for found in (outcome(), outcome(raised=other))] == [True, False]
    assert [fact("next", NOTHING).holds(found) for found in (outcome(), outcome(next="x"))] == [True, False]


def test_nothing_raised_is_caught_by_no_clause() -> None:
    """A fault that does no harm does not uphold what is said about its exception."""
    assert not caught_by("Exception").holds({"fault": {"raised": {"exception": NOTHING}}})
