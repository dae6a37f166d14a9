"""The applications of a run of load: one for each setting, all up at once on one database, or the user's own."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from urllib.parse import urlsplit

import psutil
from sqlalchemy import URL

from bench.core.errors import OrmbenchError, UsageError
from bench.load.request import LoadRequest
from bench.load.target.factors import Setting
from bench.load.target.prepared import driver_pair, seeded_server
from bench.load.target.process import Target, running
from bench.load.target.vitals import listeners
from bench.servers.delaying import DelayProxy
from bench.servers.server import Server

MODES = 2
"""Each of them has a pool of its own in every worker."""
SPARE_CONNECTIONS = 5
"""For the harness, which holds its namespaces and looks at the server, and for what a server keeps for its owner."""
ASK_LIMIT_S = 3.0
REFUSALS = 3
"""An application that refuses connections so many times in a row is gone; one that is slow to accept is not."""
_BETWEEN_REFUSALS_S = 0.5
LOCAL = ("127.0.0.1", "localhost")
_PORTS = {"http": 80, "https": 443}


class Required(Protocol):
    """What must live for as long as it is asked."""

    def require(self) -> None:
        """Make sure that it lives.

        Raises:
            OrmbenchError: It does not.
        """


@dataclass(frozen=True)
class Application:
    """One served application of a run."""

    base_url: str
    process: Required
    pid: int | None = None
    """None for the user's own: it may run anywhere."""
    levels: Mapping[str, str | float] = field(default_factory=dict)
    """What sets it apart from the others."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """How it is served, for people to read."""


@dataclass(frozen=True)
class Applications:
    """All of them, and the server behind them."""

    every: tuple[Application, ...]
    server: Server | None
    """None for the user's own application: what is behind it is not known."""
    database: Required | None = None
    """The same server as a process, where it is one of this machine."""

    def require(self) -> None:
        """Make sure that all of them live, and the database behind them.

        Raises:
            OrmbenchError: One has ended.
        """
        if self.database is not None:
            self.database.require()
        for each in self.every:
            each.process.require()


class LocalDatabase:
    """A database server of this machine, watched without a connection: that would take its time from the load."""

    def __init__(self, server: Server, processes: Sequence[int]) -> None:
        self._label = server.label
        self._processes = [psutil.Process(each) for each in processes]

    def require(self) -> None:
        """Make sure that the process that accepts connections lives.

        Raises:
            OrmbenchError: It does not.
        """
        if self._processes and not any(each.is_running() for each in self._processes):
            message = f"{self._label} went away while it was used"
            raise OrmbenchError(message)


@contextmanager
def served(request: LoadRequest, say: Callable[[str], None], *, scenarios: bool) -> Iterator[Applications]:
    """Bring up the applications that were asked for, and end them whatever way the block ends.

    Raises:
        UsageError: A server or a driver is missing or wrong, the pools together are too large, or an application
            refuses its settings.
        OrmbenchError: A server or an application did not start, or the user's own gives no answer.
    """
    if request.app_url is not None:
        own = OwnApplication(request.app_url)
        own.require()
        yield Applications((Application(request.app_url.rstrip("/"), own),), None)
        return
    target = request.target
    say(f"Preparing the database with the {target.size} data")
    with (
        seeded_server(request.backend, request.database, target.size, request.seed, scenarios=scenarios) as server,
        ExitStack() as stack,
    ):
        settings = [_with_drivers(each, server) for each in request.settings]
        refuse_too_many(settings, server)
        ways = _ways(server, [each.delay_ms for each in settings], stack)
        say(f"Starting {len(settings)} application{'s' * (len(settings) > 1)} on {server.kind} {server.version}")
        every = []
        for each in settings:
            options = replace(each.options, scenarios=scenarios, port=0)
            process = stack.enter_context(running(ways[each.delay_ms], server.kind, options))
            every.append(_application(each, process))
        database = LocalDatabase(server, local_processes(server))
        yield Applications(tuple(every), server, database)


def local_processes(server: Server) -> list[int]:
    """Return the processes of this machine that accept the server's connections; none of a library or elsewhere."""
    if server.address is None or server.address[0] not in LOCAL:
        return []
    return listeners(server.address[1])


def refuse_too_many(settings: Sequence[Setting], server: Server) -> None:
    """Refuse pools that together may open more connections than the server has.

    Raises:
        UsageError: They may; the message says what would fit.
    """
    allowed = server.most_connections
    wanted = sum(
        each.options.workers * MODES * (each.options.pool_size + each.options.max_overflow) for each in settings
    )
    if allowed is not None and wanted + SPARE_CONNECTIONS > allowed:
        message = (
            f"all applications together may open {wanted} connections, the server allows {allowed} "
            f"(max_connections): sweep fewer or smaller values, take fewer --app-workers, or raise the limit"
        )
        raise UsageError(message)


class OwnApplication:
    """The user's own application, which nobody here started: it lives as long as it takes connections."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._refusals = 0
        self._asked_s = 0.0

    def require(self) -> None:
        """Ask for a connection from time to time; nothing is sent when that was once answered.

        Raises:
            OrmbenchError: It refused several times in a row.
        """
        if time.monotonic() - self._asked_s < _BETWEEN_REFUSALS_S:
            return
        first = self._asked_s == 0
        self._asked_s = time.monotonic()
        try:
            self._connect()
        except TimeoutError:
            # Its backlog may be full: that is load, not its end.
            if first:
                self._fail("takes no connection")
        except OSError as error:
            self._refusals += 1
            if first or self._refusals >= REFUSALS:
                self._fail(f"takes no connection: {error.strerror or error}")
        else:
            self._refusals = 0

    def _connect(self) -> None:
        parts = urlsplit(self._base_url)
        place = (parts.hostname or "", parts.port or _PORTS[parts.scheme])
        # Whose certificate it shows is no matter of ours.
        socket.create_connection(place, ASK_LIMIT_S).close()

    def _fail(self, what: str) -> None:
        message = f"the application at {self._base_url} {what}; see whether it runs"
        raise OrmbenchError(message)


def _with_drivers(setting: Setting, server: Server) -> Setting:
    names = setting.options.drivers or server.drivers
    return replace(setting, options=replace(setting.options, drivers=driver_pair(server.kind, names)))


def _ways(server: Server, delays_ms: Sequence[float], stack: ExitStack) -> dict[float, URL]:
    """Return the URL of the server behind each delay; where any is compared, none is behind the same proxy."""
    every = sorted(set(delays_ms))
    if every == [0]:
        return {0: server.url}
    if server.address is None:
        message = "a delay cannot be put before this server: its URL names no host, or asks for an encrypted way"
        raise UsageError(message)
    proxy = stack.enter_context(DelayProxy(*server.address, every))
    return {each: server.url.set(host="127.0.0.1", port=proxy.port(each)) for each in every}


def _application(setting: Setting, process: Target) -> Application:
    options = setting.options
    settings = {
        "drivers": " and ".join(options.drivers),
        "pool size": options.pool_size,
        "max overflow": options.max_overflow,
        "threads": options.thread_tokens or options.pool_size + options.max_overflow,
        "workers": options.workers,
        "event loop": options.loop,
        "delay ms": setting.delay_ms,
    }
    return Application(process.base_url, process, process.pid, setting.levels, settings)
