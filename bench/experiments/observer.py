"""The second pair of eyes: a connection past driver, pool and wire of an experiment, which also puts the rows back."""

from __future__ import annotations

import gc
import sqlite3
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Executable, delete, insert, text

from bench.core.conditions import Conditions
from bench.core.connections import Connection
from bench.core.dataset import Dataset
from bench.core.engines import open_database
from bench.core.laboratory import Rows

_HELD = {
    "postgresql": text(
        "SELECT pid FROM pg_stat_activity "
        "WHERE backend_type = 'client backend' AND usename = current_user AND pid <> pg_backend_pid()"
    ),
    "mysql": text(
        "SELECT id FROM information_schema.processlist "
        "WHERE user = substring_index(current_user(), '@', 1) AND id <> connection_id()"
    ),
}
"""The other connections of our account that a server holds, by dialect family."""
_SETTLING_S = 0.05
_READINGS = 40
"""A server notices within milliseconds that a client went away: it is asked until it says the same twice."""


class Observer(AbstractContextManager["Observer"]):
    """Looks at one dataset through the first driver of the family, directly."""

    def __init__(self, connection: Connection) -> None:
        self._family = connection.driver.family
        # The server may have been restarted since the last look: a ping replaces what is dead.
        self._database = open_database(connection, Conditions(pool_size=1, pre_ping=True))
        self._known: set[int] = set()

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def execute(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Rows:
        """Execute, commit, and return the rows if there are any."""
        with self._database.engine.begin() as connection:
            result = connection.execute(statement, dict(values or {}))
            return [tuple(row) for row in result] if result.returns_rows else []

    def put_back(self, dataset: Dataset, size_name: str, seed: int) -> None:
        """Make the tables hold the rows of the dataset again, and nothing else."""
        with self._database.engine.begin() as connection:
            for table in reversed(dataset.metadata.sorted_tables):
                connection.execute(delete(table))
            for table, rows in dataset.chunks(dataset.size(size_name), seed):
                names = table.columns.keys()
                connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])

    def begin_counting(self) -> None:
        """Take the connections that there are now for other people's."""
        self._known = self._held()

    def forget_others(self) -> None:
        """Take no connection for other people's any more: the server was ended, and theirs with it."""
        self._known = set()

    def connections(self) -> int:
        """Return how many connections there are beside the known ones, once the number stands still."""
        before = -1
        for _ in range(_READINGS):
            now = len(self._held() - self._known)
            if now == before:
                break
            before = now
            time.sleep(_SETTLING_S)
        return before

    def _held(self) -> set[int]:
        if self._family == "sqlite":
            # Open file descriptors would not tell: SQLite keeps those of closed connections while others hold locks.
            return {id(each) for each in gc.get_objects() if type(each) is sqlite3.Connection and _is_open(each)}
        return {int(number) for (number,) in self.execute(_HELD[self._family])}


def _is_open(connection: sqlite3.Connection) -> bool:
    try:
        connection.total_changes  # noqa: B018 - the cheapest question that a closed connection refuses
    except sqlite3.ProgrammingError:
        return False
    return True
