"""aiomysql in uvloop: a connection that was reset while it lay in the pool is told as what it is, a lost connection."""

from __future__ import annotations

from typing import Any, Self

import aiomysql
from pymysql.constants import CR


class TellingConnection(aiomysql.Connection):  # type: ignore[misc]  # aiomysql has no types
    """A connection that turns the loop's own error into the driver's.

    Where the other side resets a connection that nobody uses, uvloop closes the transport, and the next write raises a
    bare RuntimeError ("the handler is closed"). asyncio's own transport keeps silent there, and the reading fails with
    an error of a database. SQLAlchemy knows that one: it replaces the connection, and a ping before use finds it out.
    """

    async def opened(self) -> Self:
        """Return the connection, connected."""
        await self._connect()
        return self

    async def ensure_closed(self) -> None:
        """Close the connection; where nobody is left to say farewell to, at once."""
        try:
            await super().ensure_closed()
        except RuntimeError:
            self.close()

    def _write_bytes(self, data: bytes) -> None:
        try:
            super()._write_bytes(data)
        except RuntimeError as error:
            # As aiomysql does where reading fails: nothing more is written, not even a farewell.
            self.close()
            message = "Lost connection to the server while it was idle"
            raise aiomysql.OperationalError(CR.CR_SERVER_GONE_ERROR, message) from error


async def open_telling_connection(**arguments: Any) -> TellingConnection:  # noqa: ANN401 - those of aiomysql.connect
    """Return a connection that is opened like one of `aiomysql.connect`."""
    return await TellingConnection(**arguments).opened()
