"""What goes on at a pool: how many ask for a connection at this moment, and how long a request waited for its own."""

from __future__ import annotations

from collections import deque
from time import perf_counter_ns

from sqlalchemy import Pool, QueuePool

from target_app.timing import current


class PoolWatch:
    """Watches the checkouts of one pool; calling it gives the context of one checkout."""

    def __init__(self) -> None:
        # One entry for each. What a deque appends and pops needs no lock, however many threads do so.
        self._asking: deque[None] = deque()

    def __call__(self) -> _Checkout:
        """Return the context of one checkout."""
        return _Checkout(self._asking)

    @property
    def waiting(self) -> int:
        """Return how many requests asked for a connection and have none yet: they wait, or theirs is being opened."""
        return len(self._asking)


class _Checkout:
    __slots__ = ("_asking", "_start_ns")

    def __init__(self, asking: deque[None]) -> None:
        self._asking = asking

    def __enter__(self) -> None:
        self._asking.append(None)
        self._start_ns = perf_counter_ns()

    def __exit__(self, *_: object) -> None:
        spent = current()
        if spent is not None:
            spent.pool_ns += perf_counter_ns() - self._start_ns
        self._asking.pop()


def state_of(pool: Pool) -> dict[str, int]:
    """Return what a pool holds: its size, connections checked in and out, those beyond its size, and who waits."""
    if not isinstance(pool, QueuePool):
        return {}
    watch = getattr(pool, "watch", None)
    return {
        "size": pool.size(),
        "checked_in": pool.checkedin(),
        "checked_out": pool.checkedout(),
        # SQLAlchemy counts from -size up while the pool is not yet full.
        "overflow": max(0, pool.overflow()),
        "waiting": watch.waiting if isinstance(watch, PoolWatch) else 0,
    }
