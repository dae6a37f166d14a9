"""What surrounds an operation and can be varied for its own sake: in flight, pool, engine, connection, process."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any

from bench.core.errors import UsageError


class Loop(StrEnum):
    """The event loop that awaited bodies run in."""

    BEST = "best"
    """uvloop where it installs, else asyncio's own."""
    ASYNCIO = "asyncio"


class Collector(StrEnum):
    """What Python's garbage collector does while a block is timed."""

    OFF = "off"
    """Off; what a block leaves behind is collected after its clock has stopped."""
    ON = "on"
    """On, with the thresholds that Python starts with. What comes in a block are collections of young generations.

    Every block begins with nothing counted, and none makes the tens of thousands of objects that call for a full
    collection: what that costs, and what `gc.freeze()` saves of it, is not seen.
    """


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """Everything around the bodies of a variant, the same in both modes.

    Every field is set in full on every engine, so that no default of a driver or a mode can differ.

    Raises:
        UsageError: A value makes no sense.
    """

    in_flight: int = 1
    """Operations under way at a time: so many threads, or tasks in one event loop, take the keys of a block in turn."""
    connections: int = 1
    """Connections that one operation uses at a time; as many as the pool keeps are open before the clock starts."""
    pool_size: int = 5
    max_overflow: int = 0
    pool_timeout_s: float = 30.0
    pre_ping: bool = False
    recycle_s: float = -1
    """Age at which a connection is replaced; -1 for never."""
    lifo: bool = False
    """Whether the connection that came back last is given out first."""
    pooled: bool = True
    """False: a connection is opened for every use and closed behind it (`NullPool`)."""
    isolation_level: str | None = None
    """None for the server's own."""
    durable: bool = True
    """Whether a commit waits for the disk; False is possible where a connection can ask for it."""
    echo: bool = False
    """Whether SQLAlchemy logs every statement; the lines are formatted and thrown away."""
    compiled_cache: int = 500
    """Statements whose compiled form an engine keeps; 0 for none (`query_cache_size`)."""
    statement_cache: int | None = None
    """Prepared statements that a connection keeps; 0 for none, None for the driver's own number."""
    loop: Loop = Loop.BEST
    collector: Collector = Collector.OFF

    def __post_init__(self) -> None:
        least = {
            **dict.fromkeys(("in_flight", "connections", "pool_size"), 1),
            **dict.fromkeys(("max_overflow", "pool_timeout_s", "compiled_cache"), 0),
        }
        for name, lowest in least.items():
            if getattr(self, name) < lowest:
                _reject(f"{name}={getattr(self, name)} makes no sense; give {lowest} or more")
        if self.statement_cache is not None and self.statement_cache < 0:
            _reject(f"statement_cache={self.statement_cache} makes no sense; give 0 or more")
        if not self.pooled and (self.pre_ping or self.lifo or self.recycle_s >= 0):
            _reject("pre_ping, lifo and recycle_s mean nothing without a pool; leave them out or set pooled=True")

    @property
    def of_engine(self) -> Conditions:
        """Return these conditions with what is no matter of an engine at its default: equal ones share an engine.

        Of the operations in flight it matters how many connections they keep: a pool gives these out in turn, so that
        a single operation would meet the cold ones that a crowd left behind.
        """
        kept = min(self._wanted_connections, self.pool_size)
        return replace(self, in_flight=kept, connections=1, collector=Collector.OFF)

    @property
    def alone(self) -> Conditions:
        """Return these conditions with one operation under way at a time."""
        return replace(self, in_flight=1)

    @property
    def first_connections(self) -> int:
        """Return how many connections are opened before a clock starts: what the pool keeps of those in use."""
        return min(self._wanted_connections, self.pool_size) if self.pooled else 1

    @property
    def most_connections(self) -> int:
        """Return how many connections can be open at a time."""
        wanted = self._wanted_connections
        return min(wanted, self.pool_size + self.max_overflow) if self.pooled else wanted

    def as_data(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)

    def differences(self) -> dict[str, Any]:
        """Return the fields that are not at their default."""
        plain = Conditions()
        return {
            each.name: getattr(self, each.name)
            for each in fields(self)
            if getattr(self, each.name) != getattr(plain, each.name)
        }

    @property
    def _wanted_connections(self) -> int:
        return self.in_flight * self.connections


def _reject(message: str) -> None:
    raise UsageError(message)
