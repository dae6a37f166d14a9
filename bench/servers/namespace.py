"""The place of one dataset on a server: a schema, a database or a file of our own, and nothing beside it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import ClassVar, Self

from sqlalchemy.exc import DBAPIError

from bench.core.connections import Connection, connect_to, namespace_of
from bench.core.errors import OrmbenchError, UsageError
from bench.core.redaction import without_password
from bench.servers.server import Origin, Server

MARK = "ormbench:"


class Namespace(ABC):
    """A place that carries our mark, held by a lock for as long as it is open.

    What is there and does not carry the mark is somebody else's: opening refuses and changes nothing. What carries
    it and is not locked was left by a run that was killed, and is used again or replaced.
    """

    what: ClassVar[str]
    """What a namespace is on this kind of server, for messages."""

    def __init__(self, server: Server, dataset: str) -> None:
        self.server = server
        self.name = namespace_of(dataset)

    @property
    def kind(self) -> str:
        """Return the kind of backend."""
        return self.server.kind

    def __enter__(self) -> Self:
        self._lock()
        try:
            self._take()
        except BaseException:
            self._unlock()
            raise
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        try:
            if self.server.origin is Origin.GIVEN:
                self._leave()
        except (DBAPIError, UsageError) as failure:
            # Its server went away, or somebody uses what is in it: the next run knows the mark.
            message = f"{self.what} {self.name} stays on {self.server.label} until the next run ({self._why(failure)})"
            if error is None:
                raise OrmbenchError(message) from None
            error.add_note(message)
        finally:
            self._unlock()

    def _take(self) -> None:
        if not self._exists():
            self._create()
        elif self.read_fingerprint() is None:
            message = (
                f"{self.what} {self.name} on {self.server.label} exists and was not made by ormbench; nothing was "
                "changed: rename or drop it yourself, or give another --url"
            )
            raise UsageError(message)
        elif self.server.origin is Origin.GIVEN:
            self._replace()

    def _replace(self) -> None:
        try:
            self._drop()
        except DBAPIError as failure:
            message = (
                f"cannot replace {self.what} {self.name} on {self.server.label}, which an earlier run left "
                f"({self._why(failure)}); end what uses it, or drop it yourself"
            )
            raise UsageError(message) from None
        self._create()

    def _leave(self) -> None:
        """Drop the namespace at the end."""
        self._drop()

    def _why(self, failure: Exception) -> str:
        words = " ".join(str(getattr(failure, "orig", failure)).split())
        return without_password(words, self.server.url)

    def _refuse_second_run(self) -> None:
        message = f"another run of ormbench is using {self.what} {self.name} on {self.server.label}; wait for its end"
        raise UsageError(message)

    def route(self, driver: str) -> Connection:
        """Return everything that an engine in any process needs to see this namespace, and only this."""
        return connect_to(self.server.url, self.kind, driver, self.name)

    @abstractmethod
    def read_fingerprint(self) -> str | None:
        """Return the text of our mark, or None where there is no mark."""

    @abstractmethod
    def write_fingerprint(self, fingerprint: str) -> None:
        """Write the text of our mark."""

    @abstractmethod
    def _lock(self) -> None: ...

    @abstractmethod
    def _unlock(self) -> None: ...

    @abstractmethod
    def _exists(self) -> bool: ...

    @abstractmethod
    def _create(self) -> None: ...

    @abstractmethod
    def _drop(self) -> None: ...
