"""Count the connections that an engine has open."""

from __future__ import annotations

from sqlalchemy import Engine, event


class OpenConnections:
    """How many connections of an engine are open now: those that are being opened are not counted yet."""

    def __init__(self, engine: Engine) -> None:
        self.number = 0
        event.listen(engine, "connect", self._opened)
        event.listen(engine, "close", self._closed)

    def _opened(self, *_: object) -> None:
        self.number += 1

    def _closed(self, *_: object) -> None:
        self.number -= 1
