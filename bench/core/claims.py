"""What people say about a scenario, written down before measuring, and how each saying is tested."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, get_args

from bench.core.drivers import DRIVERS, Mode
from bench.core.errors import UsageError
from bench.core.verdicts import MARGIN

Value = str | int | float | bool
Parameters = Mapping[str, Value]
Expected = Literal["", "upheld", "refuted", "depends"]


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


NO_SLOWER = 1 / (1 + MARGIN)
"""The `times` of a claim that something takes no longer: up to so much longer counts as no difference."""


@dataclass(frozen=True)
class Faster:
    """The variant takes at most `1 / times` of the time of another variant on the same driver.

    `times` is 1 for "faster": a difference that is too small to matter refutes it. Above 1 it is the number that is
    claimed. Below 1 the variant may take longer, see `NO_SLOWER`. `drivers` are those that the saying is about, as
    `AWAITED`; all of them where it is empty.
    """

    variant: str
    than: str
    times: float = 1.0
    where: Callable[[Parameters], bool] = lambda _: True
    drivers: Collection[str] = ()


AWAITED: Collection[str] = tuple(name for name, driver in DRIVERS.items() if driver.mode is Mode.ASYNC)
"""The drivers of a saying that is about async code alone."""


@dataclass(frozen=True)
class DriverFaster:
    """One driver takes at most `1 / times` of the time of another, doing the same variant on the same backend.

    `times` is that of `Faster`. `pairs` maps the driver that the claim is about to the one it is compared with; see
    `ASYNC_OVER_SYNC`.
    """

    variant: str
    pairs: Mapping[str, str]
    times: float = 1.0
    where: Callable[[Parameters], bool] = lambda _: True


ASYNC_OVER_SYNC: Mapping[str, str] = MappingProxyType(
    {"aiosqlite": "pysqlite", "psycopg_async": "psycopg", "aiomysql": "pymysql"}
)
"""The controlled pairs for "is async faster?": one library, or one family, in both modes."""
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
    expected: Expected = ""
    """What was expected to become of it, where anything was: like the claim itself written down before measuring."""
    explained: str = ""
    """Where it came out other than expected in a published run: what that run shows of the cause."""

    def __post_init__(self) -> None:
        if self.expected not in get_args(Expected):
            words = ", ".join(filter(None, get_args(Expected)))
            message = f"claim {self.id}: expected={self.expected!r} is no verdict; give one of {words}, or leave it out"
            raise UsageError(message)
        if self.explained and not self.expected:
            message = f"claim {self.id}: an explanation is shown with surprises; say in `expected` what was expected"
            raise UsageError(message)
