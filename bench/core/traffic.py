"""What went over the wire between a client and its server, counted exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Traffic:
    """Cumulative counts; the difference of two of them is what happened in between."""

    connections: int
    round_trips: int
    """Turns: the client sent after bytes of the server had reached it, or for the first time on a connection."""
    sent_bytes: int
    """From the client to the server."""
    received_bytes: int

    def __sub__(self, earlier: Self) -> Self:
        return type(self)(
            self.connections - earlier.connections,
            self.round_trips - earlier.round_trips,
            self.sent_bytes - earlier.sent_bytes,
            self.received_bytes - earlier.received_bytes,
        )
