"""What an experiment works with: databases, an observer, the wire and the server; one shape in two modes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from sqlalchemy import Executable

from bench.core.conditions import Conditions
from bench.core.connections import Connection
from bench.core.contract import Place
from bench.core.database import AsyncDatabase, Database
from bench.core.traffic import Traffic

Rows = list[tuple[Any, ...]]
TOGETHER_LIMIT_S = 10.0
"""After so long `together` waits no more: what has not returned by then counts as a TimeoutError."""


class Heard(Protocol):
    """The statements that an engine sent while somebody listened."""

    @property
    def statements(self) -> list[str]:
        """Return them in order, normalised; `executemany` counts once, BEGIN and COMMIT are none."""


class Wire(Protocol):
    """The way between the drivers and the server: counted, and where faults are allowed, disturbed."""

    def traffic(self) -> Traffic:
        """Return what has passed since the start; the difference of two is what happened in between."""

    def pause(self) -> None:
        """Forward nothing and hold everything: a black hole until `resume`."""

    def resume(self) -> None:
        """Forward again, beginning with what was held."""

    def cut(self) -> None:
        """Reset all connections; new ones are accepted."""

    def refuse(self) -> None:
        """Refuse new connections; those that are open stay."""

    def accept(self) -> None:
        """Accept new connections again."""


class ServerControl(Protocol):
    """A private server that an experiment may end and start again; port, data and accounts stay."""

    def stop(self) -> None:
        """End it as an operator does who does not wait for clients; return when it is gone."""

    def kill(self) -> None:
        """End it as the kernel does that is out of memory (SIGKILL to all of its processes)."""

    def start(self) -> None:
        """Start it again and return when it accepts connections."""


class AsyncWire(Protocol):
    """The same for awaited code: it is disturbed in a thread, while the event loop goes on as a service's."""

    def traffic(self) -> Traffic:
        """Return what has passed since the start; without `await`, for nothing goes on while it is counted."""

    async def pause(self) -> None:
        """Forward nothing and hold everything: a black hole until `resume`."""

    async def resume(self) -> None:
        """Forward again, beginning with what was held."""

    async def cut(self) -> None:
        """Reset all connections; new ones are accepted."""

    async def refuse(self) -> None:
        """Refuse new connections; those that are open stay."""

    async def accept(self) -> None:
        """Accept new connections again."""


class AsyncServerControl(Protocol):
    """The same for awaited code, in a thread: who waits for the server hears of its end while it ends."""

    async def stop(self) -> None:
        """End it as an operator does who does not wait for clients; return when it is gone."""

    async def kill(self) -> None:
        """End it as the kernel does that is out of memory (SIGKILL to all of its processes)."""

    async def start(self) -> None:
        """Start it again and return when it accepts connections."""


class _Common(Protocol):
    """What is the same in both modes."""

    @property
    def place(self) -> Place:
        """Return the kind of backend and the driver."""

    @property
    def route(self) -> Connection:
        """Return URL and arguments, for an engine that `database` cannot make; who makes one closes it."""


class Laboratory(_Common, Protocol):
    """The laboratory of a blocking driver. Whatever it opened, it closes behind the experiment."""

    @property
    def wire(self) -> Wire:
        """Return the way to the server; of experiments with `Need.WIRE` or `Need.FAULTS`."""

    @property
    def server(self) -> ServerControl:
        """Return the control of the private server; of experiments with `Need.FAULTS`."""

    @property
    def db(self) -> Database:
        """Return the database under plain conditions; nothing is connected before it is used."""

    def database(self, conditions: Conditions) -> Database:
        """Open another engine on the same rows, as `bench.core.engines` does."""

    def recorded(self, db: Database | None = None) -> AbstractContextManager[Heard]:
        """Listen to the statements of an engine, `db` where none is given, for as long as the block lasts."""

    def observe(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Rows:
        """Execute on a connection of its own, past driver, pool and wire of the experiment, and commit."""

    def connections(self) -> int:
        """Return how many connections of the experiment the server holds (for SQLite: open handles of the file)."""

    def together(self, work: Callable[[int], Any], times: int) -> list[Any]:
        """Call `work(0)` to `work(times - 1)` at the same time, and return what each returned or raised.

        A call that hangs is left alone after `TOGETHER_LIMIT_S`, as a TimeoutError.
        """

    def pause(self, seconds: float) -> None:
        """Wait."""


class AsyncLaboratory(_Common, Protocol):
    """The laboratory of an awaited driver: the same, with `await` where anything waits."""

    @property
    def wire(self) -> AsyncWire:
        """Return the way to the server; of experiments with `Need.WIRE` or `Need.FAULTS`."""

    @property
    def server(self) -> AsyncServerControl:
        """Return the control of the private server; of experiments with `Need.FAULTS`."""

    @property
    def db(self) -> AsyncDatabase:
        """Return the database under plain conditions; nothing is connected before it is used."""

    def database(self, conditions: Conditions) -> AsyncDatabase:
        """Open another engine on the same rows, as `bench.core.engines` does."""

    def recorded(self, db: AsyncDatabase | None = None) -> AbstractContextManager[Heard]:
        """Listen to the statements of an engine, `db` where none is given, for as long as the block lasts."""

    async def observe(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Rows:
        """Execute on a blocking connection in a thread, past driver, pool and wire of the experiment, and commit."""

    async def connections(self) -> int:
        """Return how many connections of the experiment the server holds (for SQLite: open handles of the file)."""

    async def together(self, work: Callable[[int], Awaitable[Any]], times: int) -> list[Any]:
        """Await `work(0)` to `work(times - 1)` at the same time, and return what each returned or raised.

        A task that hangs is cancelled after `TOGETHER_LIMIT_S`, as a TimeoutError.
        """

    async def pause(self, seconds: float) -> None:
        """Wait."""
