"""What people say about a scenario, written down before measuring, and how each saying is tested."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

Value = str | int | float | bool
Parameters = Mapping[str, Value]


@dataclass(frozen=True)
class Statements:
    """The variant sends exactly this many statements for one operation.

    `expected` is a number, or a function of the parameters where the saying names a rule. `where` restricts
    the test to the parameters that the saying is about.
    """

    variant: str
    expected: int | Callable[[Parameters], int]
    where: Callable[[Parameters], bool] = lambda _: True

    def expected_for(self, parameters: Parameters) -> int:
        """Return the number of statements that the claim predicts under these parameters."""
        return self.expected if isinstance(self.expected, int) else self.expected(parameters)


@dataclass(frozen=True)
class Faster:
    """The variant takes at most `1 / times` of the time of another variant on the same driver."""

    variant: str
    than: str
    times: float = 1.0
    where: Callable[[Parameters], bool] = lambda _: True


@dataclass(frozen=True)
class DriverFaster:
    """One driver takes at most `1 / times` of the time of another, doing the same variant on the same backend.

    `pairs` maps the driver that the claim is about to the one it is compared with; see `ASYNC_OVER_SYNC`.
    """

    variant: str
    pairs: Mapping[str, str]
    times: float = 1.0
    where: Callable[[Parameters], bool] = lambda _: True


ASYNC_OVER_SYNC: Mapping[str, str] = MappingProxyType(
    {"aiosqlite": "pysqlite", "psycopg_async": "psycopg", "aiomysql": "pymysql"}
)
"""The controlled pairs for "is async faster?": one library in both modes."""
SYNC_OVER_ASYNC: Mapping[str, str] = MappingProxyType({than: driver for driver, than in ASYNC_OVER_SYNC.items()})
"""The same pairs for "is sync faster?"."""


@dataclass(frozen=True)
class Raises:
    """An operation that must end in an exception of this class (by name, as users meet it)."""

    exception: str
    body: Callable[..., Any]
    body_async: Callable[..., Any]
    where: Callable[[Parameters], bool] = lambda _: True


Check = Statements | Faster | DriverFaster | Raises


@dataclass(frozen=True)
class Claim:
    """A statement that people repeat, with its id in the catalogue of claims and the test that decides it."""

    id: str
    text: str
    check: Check
    advice: str = ""
    """What an engineer should do about it, in one sentence that holds whatever the verdict."""
