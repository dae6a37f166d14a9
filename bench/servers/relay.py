"""Relay the connections of one listener to the server, byte for byte, and count what passes.

Each connection is a pair of ends, one for each socket. What an end reads goes into the delay line and comes out at the
other end, which writes it. The end of a stream and the loss of a connection travel the same way, behind the last byte.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast

from bench.servers.delay_line import Chunk, DelayLine

WINDOW_BYTES = 4 * 2**20
"""How much of one direction of one connection may be under way before its sender has to wait.

It stands for TCP's receive window, which can grow to some MiB too (tcp(7), `tcp_rmem`). With a delay of 10 ms it leaves
400 MB/s to a connection.
"""

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""socket(7), SO_LINGER with no time: closing drops what is unsent and answers with RST."""


@dataclass
class Counts:
    """What passed since the start."""

    connections: int = 0
    round_trips: int = 0
    sent_bytes: int = 0
    received_bytes: int = 0


@dataclass
class Link:
    """What the connections of one listener have in common."""

    host: str
    port: int
    line: DelayLine
    counts: Counts = field(default_factory=Counts)
    ends: set[End] = field(default_factory=set)
    opening: set[asyncio.Task[None]] = field(default_factory=set)

    def open(self, client: ClientEnd) -> None:
        """Connect to the server for a client that was accepted."""
        task = asyncio.get_running_loop().create_task(self._connect(client))
        self.opening.add(task)
        task.add_done_callback(self.opening.discard)

    def cut(self) -> None:
        """Reset every connection, on both sides, at once; one that is being opened, as soon as it is open."""
        for end in tuple(self.ends):
            end.reset()

    async def _connect(self, client: ClientEnd) -> None:
        try:
            await asyncio.get_running_loop().create_connection(lambda: client.peer, self.host, self.port)
        except OSError:
            client.reset()


class End(asyncio.Protocol):
    """One of the two sockets of a connection."""

    peer: End

    def __init__(self, link: Link) -> None:
        self.link = link
        self._transport: asyncio.Transport | None = None
        self._early: list[Chunk] = []
        """What was due before this end was connected."""
        self._under_way_bytes = 0
        """Read here and not yet written by the peer."""
        self.congested = False
        self._read_all = False
        self._wrote_all = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Write what was due already."""
        self._transport = cast("asyncio.Transport", transport)
        self._socket_option(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.link.ends.add(self)
        # The peer is not kept from reading until then: uvloop ignores `pause_reading` in `connection_made`.
        for chunk in self._early:
            self.take(chunk)
        self._early.clear()

    def connection_lost(self, _: Exception | None) -> None:
        """Let the peer know, behind the bytes that came before."""
        self.link.ends.discard(self)
        self.link.line.put(self.peer, None)  # without effect where the peer closes because both ways have ended

    def data_received(self, data: bytes) -> None:
        """Send the bytes on their way."""
        self._under_way_bytes += len(data)
        self.note_read(len(data))
        self.link.line.put(self.peer, data)
        self.regulate()

    def eof_received(self) -> bool:
        """Pass the half-close on; the other direction stays open."""
        self._read_all = True
        self.link.line.put(self.peer, b"")
        self._close_if_over()
        return True

    def pause_writing(self) -> None:
        """Keep the peer from reading while this socket takes no more."""
        self.congested = True
        self.peer.regulate()

    def resume_writing(self) -> None:
        """Let the peer read again."""
        self.congested = False
        self.peer.regulate()

    def take(self, chunk: Chunk) -> None:
        """Write what the peer has read; its delay is over."""
        if self._transport is None:
            self._early.append(chunk)
            return
        if chunk:
            self.peer.arrived(len(chunk))
        if self._transport.is_closing():
            return
        if chunk is None:
            self.reset()
        elif chunk:
            self.note_written()
            self._transport.write(chunk)
        else:
            self._wrote_all = True
            with suppress(OSError):  # reset by the other side a moment ago: `connection_lost` follows
                self._transport.write_eof()
            self._close_if_over()

    def reset(self) -> None:
        """Close at once, with RST, and drop what is unsent."""
        if self._transport is not None:
            self._socket_option(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            self._transport.abort()

    def note_read(self, size_bytes: int) -> None:
        """Count bytes that were read."""
        raise NotImplementedError

    def note_written(self) -> None:
        """Notice that bytes are written to this side."""

    def arrived(self, size_bytes: int) -> None:
        """Strike off bytes that were read here; the peer has them."""
        self._under_way_bytes -= size_bytes
        self.regulate()

    def regulate(self) -> None:
        """Read on, or let the sender wait: too much is under way, or the peer's socket takes no more."""
        if self._transport is None or self._read_all:  # reading on would find the end of the stream again
            return
        if self._under_way_bytes < WINDOW_BYTES and not self.peer.congested:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    def _close_if_over(self) -> None:
        if self._read_all and self._wrote_all and self._transport is not None:
            self._transport.close()

    def _socket_option(self, level: int, option: int, value: int | bytes) -> None:
        if self._transport is not None:
            self._transport.get_extra_info("socket").setsockopt(level, option, value)


class ClientEnd(End):
    """The accepted socket; making it makes its peer.

    A round trip begins with the bytes that the client sends first of all, or after bytes of the server have reached it.
    What it sends on top of that, without having heard, belongs to the same round trip.
    """

    def __init__(self, link: Link) -> None:
        super().__init__(link)
        self._heard = True
        self.peer = ServerEnd(link, self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connect to the server."""
        super().connection_made(transport)
        self.link.counts.connections += 1
        self.link.open(self)

    def note_read(self, size_bytes: int) -> None:
        """Count bytes that were read, and the turn."""
        self.link.counts.sent_bytes += size_bytes
        if self._heard:
            self.link.counts.round_trips += 1
            self._heard = False

    def note_written(self) -> None:
        """Remember that the client hears of the server."""
        self._heard = True


class ServerEnd(End):
    """The socket to the server."""

    def __init__(self, link: Link, client: ClientEnd) -> None:
        super().__init__(link)
        self.peer = client

    def note_read(self, size_bytes: int) -> None:
        """Count bytes that were read."""
        self.link.counts.received_bytes += size_bytes
