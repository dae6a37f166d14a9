"""The two laboratories that bodies of experiments receive, see `bench.core.laboratory`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import cached_property
from threading import Barrier, Thread
from typing import Any, TypeVar

from sqlalchemy import Executable

from bench.core.conditions import Conditions
from bench.core.connections import Connection
from bench.core.contract import Place
from bench.core.database import AsyncDatabase, Database
from bench.core.engines import open_async_database, open_database
from bench.core.laboratory import TOGETHER_LIMIT_S, AsyncServerControl, AsyncWire, Heard, Rows, ServerControl, Wire
from bench.core.traffic import Traffic
from bench.experiments.observer import Observer
from bench.measure.recorder import recorded

PLAIN = Conditions()
_Thing = TypeVar("_Thing")


@dataclass(frozen=True)
class Equipment:
    """What stands ready for one run of an experiment."""

    place: Place
    route: Connection
    observer: Observer
    wire: Wire | None = None
    server: ServerControl | None = None
    """Where there is one, the wire may be disturbed too."""

    def let_pass(self) -> None:
        """Let pass what a disturbed wire holds: engines that wait for an answer could not be closed."""
        if self.server is not None and self.wire is not None:
            self.wire.resume()


class _Laboratory:
    """What both have in common."""

    def __init__(self, equipment: Equipment) -> None:
        self._equipment = equipment
        self._opened: list[Any] = []

    @property
    def place(self) -> Place:
        return self._equipment.place

    @property
    def route(self) -> Connection:
        return self._equipment.route

    @property
    def _wire(self) -> Wire:
        return _needed(self._equipment.wire, "wire", "Need.WIRE or Need.FAULTS")

    @property
    def _server(self) -> ServerControl:
        return _needed(self._equipment.server, "server", "Need.FAULTS")


def _needed(thing: _Thing | None, name: str, need: str) -> _Thing:
    if thing is None:
        message = f"this experiment uses lab.{name}; declare needs={need}"
        raise RuntimeError(message)
    return thing


class BlockingLaboratory(_Laboratory):
    """The laboratory of a blocking driver."""

    @property
    def wire(self) -> Wire:
        """Return the way to the server."""
        return self._wire

    @property
    def server(self) -> ServerControl:
        """Return the control of the private server."""
        return self._server

    @cached_property
    def db(self) -> Database:
        """Return the database under plain conditions."""
        return self.database(PLAIN)

    def database(self, conditions: Conditions) -> Database:
        """Open an engine."""
        opened = open_database(self._equipment.route, conditions)
        self._opened.append(opened)
        return opened

    def recorded(self, db: Database | None = None) -> AbstractContextManager[Heard]:
        """Listen to an engine."""
        return recorded((db or self.db).engine)

    def observe(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Rows:
        """Execute past the experiment."""
        return self._equipment.observer.execute(statement, values)

    def connections(self) -> int:
        """Count the connections at the server."""
        return self._equipment.observer.connections()

    def together(self, work: Callable[[int], Any], times: int) -> list[Any]:
        """Call at the same time, each in a thread of its own."""
        everyone = Barrier(times)
        found: list[Any] = [TimeoutError()] * times

        def begin(number: int) -> None:
            everyone.wait()
            try:
                found[number] = work(number)
            except Exception as error:  # noqa: BLE001 - what was raised is what we want to know
                # A traceback would keep sessions and connections alive.
                found[number] = error.with_traceback(None)

        # As daemons: a thread that hangs on a broken connection must not keep the process from its end.
        threads = [Thread(target=begin, args=(number,), daemon=True) for number in range(times)]
        for thread in threads:
            thread.start()
        deadline_s = time.monotonic() + TOGETHER_LIMIT_S
        for thread in threads:
            thread.join(max(0.0, deadline_s - time.monotonic()))
        return found.copy()

    def pause(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def close(self) -> None:
        """Close every engine that was opened."""
        with ExitStack() as stack:
            for each in self._opened:
                stack.callback(each.close)


class _AwaitedWire:
    """Disturbs a wire in a thread."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def traffic(self) -> Traffic:
        return self._wire.traffic()

    async def pause(self) -> None:
        await asyncio.to_thread(self._wire.pause)

    async def resume(self) -> None:
        await asyncio.to_thread(self._wire.resume)

    async def cut(self) -> None:
        await asyncio.to_thread(self._wire.cut)

    async def refuse(self) -> None:
        await asyncio.to_thread(self._wire.refuse)

    async def accept(self) -> None:
        await asyncio.to_thread(self._wire.accept)


class _AwaitedServerControl:
    """Ends and starts a server in a thread."""

    def __init__(self, server: ServerControl) -> None:
        self._server = server

    async def stop(self) -> None:
        await asyncio.to_thread(self._server.stop)

    async def kill(self) -> None:
        await asyncio.to_thread(self._server.kill)

    async def start(self) -> None:
        await asyncio.to_thread(self._server.start)


class AwaitedLaboratory(_Laboratory):
    """The laboratory of an awaited driver."""

    @property
    def wire(self) -> AsyncWire:
        """Return the way to the server."""
        return _AwaitedWire(self._wire)

    @property
    def server(self) -> AsyncServerControl:
        """Return the control of the private server."""
        return _AwaitedServerControl(self._server)

    @cached_property
    def db(self) -> AsyncDatabase:
        """Return the database under plain conditions."""
        return self.database(PLAIN)

    def database(self, conditions: Conditions) -> AsyncDatabase:
        """Open an engine."""
        opened = open_async_database(self._equipment.route, conditions)
        self._opened.append(opened)
        return opened

    def recorded(self, db: AsyncDatabase | None = None) -> AbstractContextManager[Heard]:
        """Listen to an engine."""
        return recorded((db or self.db).engine.sync_engine)

    async def observe(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Rows:
        """Execute past the experiment, in a thread: the loop goes on."""
        return await asyncio.to_thread(self._equipment.observer.execute, statement, values)

    async def connections(self) -> int:
        """Count the connections at the server."""
        return await asyncio.to_thread(self._equipment.observer.connections)

    async def together(self, work: Callable[[int], Awaitable[Any]], times: int) -> list[Any]:
        """Await at the same time, each in a task of its own."""
        tasks = (asyncio.wait_for(work(number), TOGETHER_LIMIT_S) for number in range(times))
        found = await asyncio.gather(*tasks, return_exceptions=True)
        return [each.with_traceback(None) if isinstance(each, BaseException) else each for each in found]

    async def pause(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    async def close(self) -> None:
        """Close every engine that was opened."""
        for each in self._opened:
            await each.close()
