"""The three kinds of namespace: a PostgreSQL schema, a MySQL database, an SQLite file."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, ClassVar

from filelock import FileLock, Timeout
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from bench.core.errors import UsageError
from bench.servers.given import connected, reason
from bench.servers.namespace import MARK, Namespace
from bench.servers.server import Server

MARK_TABLE = "_ormbench_mark"

_READS_ONLY = "read-only"
"""In the words of PostgreSQL (`... in a read-only transaction`) and of MariaDB (`the --read-only option`)."""
_PARTS = ("", "-wal", "-shm", "-journal", ".lock")
"""What belongs to a file of SQLite (https://www.sqlite.org/tempfiles.html), and our lock."""
_DROP_LIMIT_S = 30
"""A session that holds a lock in a namespace is waited for no longer when that is to be dropped."""
_IDLE_LIMIT_S = 7 * 24 * 3600
"""So long a server lets the connection idle that holds the lock: the longest run is over by then."""
_DRAFT = (".draft", ".draft-journal")
"""What a run that was killed may have left of a file that it began to make; no other name than these is removed."""


def namespace(server: Server, dataset: str) -> Namespace:
    """Return the namespace of a dataset on a server, not yet opened."""
    kinds: dict[str, type[Namespace]] = {"postgresql": _Schema, "sqlite": _File}
    return kinds.get(server.kind, _Database)(server, dataset)


class _OnServer(Namespace):
    """What a schema and a database have in common: the open connection that holds the lock."""

    _connection: Connection

    def _lock(self) -> None:
        self._connection = connected(self.server.url)
        self._set_limits()
        if not self._try_lock():
            self._unlock()
            self._refuse_second_run()

    def _leave(self) -> None:
        try:
            self._drop()
        except DBAPIError as failure:
            if not failure.connection_invalidated:
                raise
            # It idled for the whole run, and something between us and the server may have dropped it.
            self._unlock()
            self._lock()
            # Without our lock others could come and go: what is there must be ours still.
            if self._exists() and self.read_fingerprint() is not None:
                self._drop()

    def _set_limits(self) -> None:
        """Let the connection idle for long, and wait for the locks of others for not so long."""
        raise NotImplementedError

    def _unlock(self) -> None:
        self._connection.close()

    def _try_lock(self) -> bool:
        raise NotImplementedError

    def _scalar(self, statement: str, **values: Any) -> Any:  # noqa: ANN401 - a value of the database
        return self._connection.execute(text(statement), values).scalar()

    def _order(self, statement: str, right: str) -> None:
        try:
            self._connection.exec_driver_sql(statement)
        except DBAPIError as error:
            words = reason(error, self.server.url)
            # A standby, a role that only reads, a server that was told so: no GRANT helps there.
            remedy = "give a server and a user that may write" if _READS_ONLY in words.lower() else f"run: {right}"
            message = f"cannot create {self.what} {self.name} on {self.server.label}: {words}; {remedy}"
            raise UsageError(message) from None


class _Schema(_OnServer):
    """A schema of PostgreSQL; the mark is its comment."""

    what: ClassVar[str] = "schema"

    def _set_limits(self) -> None:
        self._connection.exec_driver_sql(f"SET lock_timeout = '{_DROP_LIMIT_S}s'")
        # Servers before PostgreSQL 14 have none.
        self._scalar("SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'idle_session_timeout'")

    def read_fingerprint(self) -> str | None:
        comment = self._scalar(
            "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = :name", name=self.name
        )
        return str(comment).removeprefix(MARK) if comment and str(comment).startswith(MARK) else None

    def write_fingerprint(self, fingerprint: str) -> None:
        # A comment takes no bound value.
        quoted = f"{MARK}{fingerprint}".replace("'", "''")
        self._connection.exec_driver_sql(f"COMMENT ON SCHEMA {self.name} IS '{quoted}'".replace("%", "%%"))

    def _try_lock(self) -> bool:
        return bool(self._scalar("SELECT pg_try_advisory_lock(hashtext(:name))", name=self.name))

    def _exists(self) -> bool:
        return bool(self._scalar("SELECT count(*) FROM pg_namespace WHERE nspname = :name", name=self.name))

    def _create(self) -> None:
        database, user = self.server.url.database, self.server.url.username
        # With its mark in one transaction: whatever ends us, no schema of ours looks like somebody else's.
        statement = f"CREATE SCHEMA {self.name}; COMMENT ON SCHEMA {self.name} IS '{MARK}'"
        self._order(statement, f"GRANT CREATE ON DATABASE {database} TO {user}")

    def _drop(self) -> None:
        self._connection.execute(text(f"DROP SCHEMA {self.name} CASCADE"))


class _Database(_OnServer):
    """A database of MariaDB or MySQL; the mark is a table in it, and on MariaDB a comment until that is there."""

    what: ClassVar[str] = "database"

    def _set_limits(self) -> None:
        self._connection.exec_driver_sql(f"SET SESSION lock_wait_timeout = {_DROP_LIMIT_S}")
        self._connection.exec_driver_sql(f"SET SESSION wait_timeout = {_IDLE_LIMIT_S}")

    def read_fingerprint(self) -> str | None:
        found = "SELECT table_name FROM information_schema.tables WHERE table_schema = :name"
        tables = self._connection.execute(text(found), {"name": self.name}).scalars().all()
        if MARK_TABLE in tables:
            return str(self._scalar(f"SELECT fingerprint FROM {self.name}.{MARK_TABLE}") or "")
        # Made by a run that was killed before it could make the table. With tables it is in somebody else's use.
        return "" if not tables and self._is_commented() else None

    def write_fingerprint(self, fingerprint: str) -> None:
        mark = f"{self.name}.{MARK_TABLE}"
        self._connection.execute(text(f"CREATE TABLE IF NOT EXISTS {mark} (fingerprint TEXT NOT NULL)"))
        self._connection.execute(text(f"DELETE FROM {mark}"))
        self._connection.execute(text(f"INSERT INTO {mark} VALUES (:mark)"), {"mark": fingerprint})

    def _is_commented(self) -> bool:
        # MySQL and MariaDB before 10.5 have no such column. That a database looks empty would not do: an account sees
        # no routines and events that it has no right on, and a DROP takes them along.
        found = self._connection.execute(
            text("SELECT * FROM information_schema.schemata WHERE schema_name = :name"), {"name": self.name}
        )
        return str(found.mappings().one().get("SCHEMA_COMMENT")).startswith(MARK)

    def _try_lock(self) -> bool:
        return bool(self._scalar("SELECT GET_LOCK(:name, 0)", name=self.name))

    def _exists(self) -> bool:
        return bool(
            self._scalar("SELECT count(*) FROM information_schema.schemata WHERE schema_name = :n", n=self.name)
        )

    def _create(self) -> None:
        # The account as the server knows it: the name alone would mean the account of every host.
        user, _, host = str(self._scalar("SELECT current_user()")).rpartition("@")
        grant = f"GRANT ALL ON `{self.name.replace('_', chr(92) + '_')}`.* TO '{user}'@'{host}'"
        # In the same statement, which other servers read without it: https://mariadb.com/kb/en/comment-syntax/
        comment = f"/*M!100500 COMMENT '{MARK}' */"
        self._order(f"CREATE DATABASE {self.name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin {comment}", grant)
        self.write_fingerprint("")

    def _drop(self) -> None:
        self._connection.execute(text(f"DROP DATABASE {self.name}"))


class _File(Namespace):
    """A file of SQLite; the mark is a table in it."""

    what: ClassVar[str] = "file"

    @property
    def _path(self) -> Path:
        return Path(str(self.server.url.database)) / f"{self.name}.sqlite"

    def read_fingerprint(self) -> str | None:
        try:
            # Only to read: what is not ours is not even recovered from its journal.
            with closing(sqlite3.connect(f"{self._path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
                [found] = connection.execute(f"SELECT fingerprint FROM {MARK_TABLE}").fetchone()
        except (sqlite3.Error, TypeError):  # no mark, or an empty one
            return None
        return str(found)

    def write_fingerprint(self, fingerprint: str) -> None:
        _mark_file(self._path, fingerprint)

    def _lock(self) -> None:
        self._file_lock = FileLock(f"{self._path}.lock")
        try:
            self._file_lock.acquire(blocking=False)
        except Timeout:
            self._refuse_second_run()
        except OSError as error:
            message = f"cannot write to {self._path.parent}: {error.strerror}; choose another folder"
            raise UsageError(message) from None

    def _unlock(self) -> None:
        self._file_lock.release()

    def _exists(self) -> bool:
        return os.path.lexists(self._path)

    def _create(self) -> None:
        # Whole before it has its name: whatever ends us, no file of ours looks like somebody else's.
        draft, *parts = [Path(f"{self._path}{part}") for part in _DRAFT]
        for left in (draft, *parts):
            left.unlink(missing_ok=True)
        _mark_file(draft, "")
        draft.rename(self._path)

    def _drop(self) -> None:
        for part in _PARTS:
            Path(f"{self._path}{part}").unlink(missing_ok=True)


def _mark_file(path: Path, fingerprint: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TABLE IF NOT EXISTS {MARK_TABLE} (fingerprint TEXT NOT NULL)")
        connection.execute(f"DELETE FROM {MARK_TABLE}")
        connection.execute(f"INSERT INTO {MARK_TABLE} VALUES (?)", (fingerprint,))
