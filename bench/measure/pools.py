"""Connection pools that can tell how long each checkout had to wait."""

from __future__ import annotations

from time import perf_counter_ns
from typing import TYPE_CHECKING

from sqlalchemy import AsyncAdaptedQueuePool, PoolProxiedConnection, QueuePool

if TYPE_CHECKING:
    _Base = QueuePool
else:
    _Base = object


class _Timed(_Base):
    """Adds the nanoseconds of every checkout to `waits_ns`, for as long as that is a list.

    A checkout is waiting for a free connection, opening one, and the ping or replacement that the pool is set to.
    """

    waits_ns: list[int] | None = None

    def connect(self) -> PoolProxiedConnection:
        """Check a connection out."""
        if self.waits_ns is None:
            return super().connect()
        start_ns = perf_counter_ns()
        try:
            return super().connect()
        finally:
            self.waits_ns.append(perf_counter_ns() - start_ns)


class BlockingPool(_Timed, QueuePool):
    """The pool of an engine that blocks."""


class AwaitedPool(_Timed, AsyncAdaptedQueuePool):
    """The pool of an engine that is awaited."""
