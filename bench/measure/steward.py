"""The blocking connection beside the measured ones: arranges the database, reads outcomes and the server's own time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any

from sqlalchemy import MetaData, Table, func, inspect, select, text
from sqlalchemy.exc import DBAPIError

from bench.core.conditions import Conditions
from bench.core.connections import Connection
from bench.core.contract import Scenario
from bench.core.engines import open_database

_EXTENSION = text("SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'pg_stat_statements'")


class Steward(AbstractContextManager["Steward"]):
    """Works on one dataset through the first driver of the family, always directly and never while a clock runs."""

    def __init__(self, connection: Connection) -> None:
        self._engine = open_database(connection, Conditions(pool_size=1)).engine

    def __exit__(self, *_: object) -> None:
        self._engine.dispose()

    def arrange(self, scenario: Scenario, keys: Sequence[Any]) -> None:
        """Make the database ready for one operation per key."""
        if scenario.arrange is not None:
            with self._engine.begin() as connection:
                scenario.arrange(connection, keys)

    def outcome(self, scenario: Scenario, key: object) -> Any:  # noqa: ANN401 - whatever the scenario reads
        """Return what an operation left behind; None where the scenario does not say."""
        if scenario.outcome is None:
            return None
        with self._engine.begin() as connection:
            return scenario.outcome(connection, key)

    def beside(self, own: Collection[str]) -> dict[str, int]:
        """Return the tables in the place of the dataset that are none of these, with the number of their rows."""
        known = {name.casefold() for name in own}
        with self._engine.connect() as connection:
            found = [name for name in inspect(connection).get_table_names() if name.casefold() not in known]
            counts = {name: select(func.count()).select_from(Table(name, MetaData())) for name in found}
            return {name: connection.execute(count).scalar_one() for name, count in counts.items()}

    def drop(self, names: Iterable[str]) -> None:
        """Drop tables that a case made beside those of its dataset."""
        with self._engine.begin() as connection:
            for name in names:
                Table(name, MetaData()).drop(connection)

    def server_ns(self) -> float | None:
        """Return the time that the server has spent in statements of this database since it counts.

        PostgreSQL's `pg_stat_statements`: executing, with what a statement waits for inside of itself, as a lock or a
        sleep. Without planning, without waiting for the client, and without the flush of a commit, which comes after
        the statement. None where the server has no such count, or does not show it to us.
        """
        if self._statistics is None:
            return None
        with self._engine.connect() as plain:
            # A BEGIN and a ROLLBACK of our own would be a part of the next difference.
            connection = plain.execution_options(isolation_level="AUTOCOMMIT")
            total_ms = connection.execute(text(self._statistics)).scalar_one()
        return float(total_ms) * 1e6

    @property
    def knows_server_time(self) -> bool:
        """Say whether the server counts its time and shows it to us."""
        return self._statistics is not None

    @cached_property
    def _statistics(self) -> str | None:
        if self._engine.dialect.name != "postgresql":
            return None
        try:
            with self._engine.connect() as connection:
                schema = connection.execute(_EXTENSION).scalar_one_or_none()
                connection.execute(text(f"SELECT count(*) FROM {schema}.pg_stat_statements"))
        except DBAPIError:
            return None
        # Its own cost is left out: it would be a part of the next difference.
        return (
            f"SELECT coalesce(sum(total_exec_time), 0) FROM {schema}.pg_stat_statements "
            "WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            "AND query NOT LIKE '%pg_stat_statements%'"
        )
