"""All servers of a run: which there can be, which are started, and that all of them end with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from sqlalchemy import URL

from bench.core.errors import UsageError
from bench.core.names import nearest
from bench.servers import mariadb, postgresql, scratch, sqlite
from bench.servers.given import describe, parse
from bench.servers.kept import KeptServer, kept_servers, remember
from bench.servers.launching import Launched
from bench.servers.plan import Plan
from bench.servers.server import Origin, Server

PRIVATE: Mapping[str, Callable[..., tuple[URL, Launched]]] = {
    "postgresql": postgresql.start_postgresql,
    "mariadb": mariadb.start_mariadb,
}
"""How to start a private server of each kind; SQLite needs none."""
KINDS = ("sqlite", *PRIVATE)


@dataclass(frozen=True)
class Availability:
    """Whether a kind of private backend can be had on this machine."""

    kind: str
    available: bool
    detail: str
    remedy: str = ""
    """The one line that adds what is missing."""


@dataclass(frozen=True)
class Fleet:
    """The servers of a run, and what was left out because the machine does not have it."""

    servers: Sequence[Server]
    absent: Sequence[Availability]


def availability() -> list[Availability]:
    """Return what this machine has, cheaply: nothing is started."""
    server, maria = postgresql.find_programs(), mariadb.find_programs()
    return [
        Availability("sqlite", available=True, detail=f"library {sqlite.version()}"),
        _found("postgresql", server.source if server else None, ("no postgres on the PATH", postgresql.REMEDY)),
        _found("mariadb", str(maria[0]) if maria else None, mariadb.absence()),
    ]


def _found(kind: str, place: str | None, absence: tuple[str, str]) -> Availability:
    if place is not None:
        return Availability(kind, available=True, detail=f"private server from {place}")
    reason, remedy = absence
    return Availability(kind, available=False, detail=reason, remedy=remedy)


def refuse_absent(kinds: Sequence[str]) -> None:
    """Refuse backends that cannot be had, before anything is started.

    Raises:
        UsageError: A kind is unknown, or missing on this machine.
    """
    unknown = next((kind for kind in kinds if kind not in KINDS), None)
    if unknown is not None:
        message = f"unknown backend {unknown!r}; {nearest(unknown, KINDS)}"
        raise UsageError(message)
    missing = next((each for each in availability() if each.kind in kinds and not each.available), None)
    if missing is not None:
        message = f"{missing.kind} is not on this machine: {missing.detail}; run: {missing.remedy}"
        raise UsageError(message)


@contextmanager
def open_servers(kinds: Sequence[str], urls: Sequence[str]) -> Iterator[Fleet]:
    """Bring up all servers of a run, and end those it started whatever way the run ends.

    Without kinds and URLs these are all that the machine has; with URLs only, the given ones. Kept servers are
    used where there are any.

    Raises:
        UsageError: A kind is unknown or missing, or a given server cannot be used.
        OrmbenchError: A private server did not start.
    """
    scratch.sweep()
    refuse_absent(kinds)
    present = {each.kind: each for each in availability()}
    wanted = list(dict.fromkeys(kinds)) or ([] if urls else [kind for kind in KINDS if present[kind].available])
    absent = [] if kinds or urls else [each for each in present.values() if not each.available]
    with ExitStack() as stack:
        given = [describe(*parse(url), label="") for url in urls]
        servers = [*_private_servers(wanted, stack), *given]
        yield Fleet(_labelled(servers), absent)


def _private_servers(kinds: Sequence[str], stack: ExitStack) -> list[Server]:
    kept = {server.kind: server for server in kept_servers()}
    to_start = [kind for kind in kinds if kind in PRIVATE and kind not in kept]
    started: dict[str, URL] = {}
    # All at once: each of them mostly waits for its own files.
    with ThreadPoolExecutor(max_workers=max(1, len(to_start))) as pool:
        futures = {kind: pool.submit(PRIVATE[kind]) for kind in to_start}
        failure: BaseException | None = None
        for kind, future in futures.items():
            try:
                started[kind], launched = future.result()
            except BaseException as error:  # noqa: BLE001 - the others must be closed before it goes on
                failure = error
            else:
                stack.callback(launched.close)
    if failure is not None:
        raise failure
    return [
        _sqlite_folder(stack)
        if kind == "sqlite"
        else _described(kept[kind].url, Origin.KEPT)
        if kind in kept
        else _described(started[kind], Origin.PRIVATE)
        for kind in kinds
    ]


def _described(url: URL, origin: Origin) -> Server:
    return replace(describe(url, (), label=""), origin=origin)


def _sqlite_folder(stack: ExitStack) -> Server:
    # A guardian without a server: it removes the folder when this process ends, whatever ends it.
    launched = Launched(Plan(folder=str(scratch.new_folder("sqlite")), account=None))
    stack.callback(launched.close)
    folder = launched.folder / "data"
    return Server(
        label="",
        kind="sqlite",
        url=URL.create("sqlite", database=str(folder)),
        version=sqlite.version(),
        settings=sqlite.settings(),
        origin=Origin.PRIVATE,
    )


def _labelled(servers: Sequence[Server]) -> list[Server]:
    """Name every server by its kind, with a number from the second of a kind on."""
    labelled: list[Server] = []
    for server in servers:
        earlier = sum(each.kind == server.kind for each in labelled)
        labelled.append(replace(server, label=server.kind if earlier == 0 else f"{server.kind}-{earlier + 1}"))
    return labelled


def keep(kinds: Sequence[str]) -> list[KeptServer]:
    """Start servers that outlive this process, those that are not kept already.

    Raises:
        UsageError: A kind is unknown or missing on this machine.
        OrmbenchError: A server did not start.
    """
    scratch.sweep()
    unknown = next((kind for kind in kinds if kind not in PRIVATE), None)
    if unknown is not None:
        message = f"there is no server to keep for {unknown!r}; {nearest(unknown, PRIVATE)}"
        raise UsageError(message)
    present = [each.kind for each in availability() if each.available and each.kind in PRIVATE]
    up = {server.kind for server in kept_servers()}
    for kind in kinds or present:
        if kind not in up:
            remember(kind, *PRIVATE[kind]())
    return kept_servers()
