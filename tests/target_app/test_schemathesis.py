"""Whatever fits the description of the shop is answered as described, and nothing that a client sends breaks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from schemathesis import GenerationMode

from tests.target_app.described import DOCUMENT, Operation, check
from tests.target_app.serving import Served, served
from tests.target_app.shops import Shop

WAITING = ("/sync/wait", "/async/wait", "/async/blocking")
"""Left out: they would wait for up to ten seconds each; other tests ask them for less."""
SHOP: list[Operation] = [
    (method, path)
    for path, methods in DOCUMENT["paths"].items()
    for method in methods
    if "/scenarios/" not in path and path not in WAITING
]
WITH_INPUT = [each for each in SHOP if each[1].startswith(("/sync/", "/async/"))]
WRITING = [each for each in WITH_INPUT if each[0] != "get"]


@pytest.fixture(scope="module")
def on_sqlite(fresh: Callable[[str], Shop]) -> Iterator[Served]:
    """Return the app over a shop in a file."""
    with served(fresh("sqlite").settings(pool_timeout_s=30)) as started:
        yield started


@pytest.fixture(scope="module")
def on_postgresql(fresh: Callable[[str], Shop]) -> Iterator[Served]:
    """Return the app over a shop on PostgreSQL, through the pair of drivers that shares no library."""
    with served(fresh("postgresql").settings("psycopg2", "asyncpg", pool_timeout_s=30)) as started:
        yield started


@pytest.fixture(scope="module")
def examples(slow: bool) -> int:  # noqa: FBT001 - a fixture
    """Return how many requests an operation is sent: the first ones are always the same."""
    return 12 if slow else 4


@pytest.mark.parametrize("operation", SHOP, ids=" ".join)
def test_what_fits_is_answered_as_described(on_sqlite: Served, examples: int, operation: Operation) -> None:
    """No 5xx; status, headers and body are those of the description."""
    check(on_sqlite, operation, examples)


@pytest.mark.parametrize("operation", WITH_INPUT, ids=" ".join)
def test_what_does_not_fit_breaks_nothing(on_sqlite: Served, examples: int, operation: Operation) -> None:
    """No 5xx for texts as ids, for bodies of the wrong form, for values out of every bound."""
    check(on_sqlite, operation, examples, GenerationMode.NEGATIVE)


@pytest.mark.parametrize("operation", WRITING, ids=" ".join)
def test_what_fits_can_be_stored(on_postgresql: Served, examples: int, operation: Operation) -> None:
    """PostgreSQL is stricter than SQLite: an integer has four bytes, a text no NUL and a length."""
    check(on_postgresql, operation, examples)
