"""`Server-Timing`: where the time of one request went, for clients that ask with `X-Server-Timing`.

The header is the W3C's (https://www.w3.org/TR/server-timing/), with durations in milliseconds:

- `pool`: waiting for a connection, or opening one;
- `sql`: executing statements, and how many there were;
- `serialisation`: from the moment the connection went back until the response began, which is building the response
  models, validating and encoding them;
- `total`: everything between the first byte of the request and the first byte of the response.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter_ns
from typing import Any

from sqlalchemy import Connection, Engine, event
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ASKED_BY = "X-Server-Timing"
_START_NS = "statement_start_ns"


@dataclass(slots=True)
class Spent:
    """The time that one request has spent so far, in ns."""

    start_ns: int = field(default_factory=perf_counter_ns)
    pool_ns: int = 0
    sql_ns: int = 0
    statements: int = 0
    returned_ns: int | None = None
    """When a connection last went back to its pool."""

    def header(self) -> str:
        """Return the value of the header at this moment."""
        now_ns = perf_counter_ns()
        parts = [f"pool;dur={_ms(self.pool_ns)}", f'sql;dur={_ms(self.sql_ns)};desc="{self.statements} statements"']
        if self.returned_ns is not None:
            parts.append(f"serialisation;dur={_ms(now_ns - self.returned_ns)}")
        return ", ".join([*parts, f"total;dur={_ms(now_ns - self.start_ns)}"])


_SPENT: ContextVar[Spent | None] = ContextVar("spent", default=None)
# A thread of the pool works in a copy of the request's context, and so on the same object.


def current() -> Spent | None:
    """Return what the request at hand has spent, or None where nobody asked."""
    return _SPENT.get()


def time_statements(engine: Engine) -> None:
    """Count the statements of an engine, and the returns of its connections, for requests that ask."""

    # The start is kept with the connection: tasks of one request may use several at a time.
    def before(connection: Connection, *_: Any) -> None:  # noqa: ANN401 - SQLAlchemy's event signature
        if current() is not None:
            connection.info[_START_NS] = perf_counter_ns()

    def after(connection: Connection, *_: Any) -> None:  # noqa: ANN401 - see before
        if (spent := current()) is not None:
            spent.sql_ns += perf_counter_ns() - connection.info[_START_NS]
            spent.statements += 1

    def returned(*_: Any) -> None:  # noqa: ANN401 - see before
        if (spent := current()) is not None:
            spent.returned_ns = perf_counter_ns()

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    event.listen(engine.pool, "checkin", returned)


class ServerTiming:
    """ASGI middleware that adds the header where it was asked for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http" or ASKED_BY not in Headers(scope=scope):
            await self._app(scope, receive, send)
            return
        spent = Spent()

        async def send_timed(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("Server-Timing", spent.header())
            await send(message)

        token = _SPENT.set(spent)
        try:
            await self._app(scope, receive, send_timed)
        finally:
            _SPENT.reset(token)


def _ms(nanoseconds: int) -> str:
    return f"{nanoseconds / 1e6:.3f}"
