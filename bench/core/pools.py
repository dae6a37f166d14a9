"""Connection pools whose checkouts can be watched: how long each waits, how many are waiting."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from sqlalchemy import AsyncAdaptedQueuePool, PoolProxiedConnection, QueuePool

if TYPE_CHECKING:
    _Base = QueuePool
else:
    _Base = object

Watch = Callable[[], AbstractContextManager[object]]
"""Makes a context for each checkout: entered when a connection is asked for, left when there is one or none."""


class _Watched(_Base):
    """Puts every checkout into a context of `watch`, for as long as there is one.

    A checkout is waiting for a free connection, opening one, and the ping or replacement that the pool is set to.
    """

    watch: Watch | None = None

    def connect(self) -> PoolProxiedConnection:
        """Check a connection out."""
        if self.watch is None:
            return super().connect()
        with self.watch():
            return super().connect()


class BlockingPool(_Watched, QueuePool):
    """The pool of an engine that blocks."""


class AwaitedPool(_Watched, AsyncAdaptedQueuePool):
    """The pool of an engine that is awaited."""
