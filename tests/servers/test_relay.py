"""A connection makes its sender wait before much is held, and counts turns as the client experiences them."""

import socket
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from bench.servers.delay_line import DelayLine
from bench.servers.relay import WINDOW_BYTES, ClientEnd, End, Link

CHUNK = bytes(64 * 1024)


class FakeTransport:
    """A transport that keeps what is written and whether it may read."""

    def __init__(self) -> None:
        self.reading = True
        self.closing = False
        self.written: list[bytes] = []
        self.options: list[tuple[Any, ...]] = []

    def get_extra_info(self, _: str) -> SimpleNamespace:
        """Return what takes socket options."""
        return SimpleNamespace(setsockopt=lambda *option: self.options.append(option))

    def resume_reading(self) -> None:
        """Read."""
        self.reading = True

    def pause_reading(self) -> None:
        """Do not read."""
        self.reading = False

    def is_closing(self) -> bool:
        """Return whether it was closed."""
        return self.closing

    def write(self, data: bytes) -> None:
        """Keep what is written."""
        self.written.append(data)

    def write_eof(self) -> None:
        """Keep the end."""
        self.written.append(b"")

    def close(self) -> None:
        """Close."""
        self.closing = True

    abort = close


class FakeAlarm:
    """An alarm that rings when the test says so."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self.ring = ring

    def set(self, due_ns: int) -> None:
        """Leave the ringing to the test."""


class ScriptedLink(Link):
    """A link whose delay passes, and whose server is reached, when the test says so."""

    def __init__(self) -> None:
        self.now_ns = 0
        self.alarms: list[FakeAlarm] = []

        def alarm_of(ring: Callable[[], None]) -> FakeAlarm:
            self.alarms.append(FakeAlarm(ring))
            return self.alarms[-1]

        super().__init__("", 0, DelayLine(10, lambda: self.now_ns, alarm_of))

    def open(self, client: ClientEnd) -> None:
        """Reach no server."""

    def pass_time(self, span_ns: int = 10) -> None:
        """Let as much time pass, and the alarm ring."""
        self.now_ns += span_ns
        self.alarms[0].ring()


class Scripted:
    """A connection on fake transports."""

    def __init__(self, *, connected: bool = True) -> None:
        self.link = ScriptedLink()
        self.client = ClientEnd(self.link)
        self.client_side, self.server_side = FakeTransport(), FakeTransport()
        self.client.connection_made(self.client_side)  # type: ignore[arg-type]
        if connected:
            self.connect()

    @property
    def server(self) -> End:
        """Return the end towards the server."""
        return self.client.peer

    def connect(self) -> None:
        """Reach the server."""
        self.server.connection_made(self.server_side)  # type: ignore[arg-type]


@pytest.fixture
def pair() -> Scripted:
    """Return an open connection with a delay of 10 ns."""
    return Scripted()


def test_a_sender_waits_once_a_window_is_under_way(pair: Scripted) -> None:
    """Read up to the window: reading stops exactly there, and goes on when the bytes have arrived."""
    for _ in range(WINDOW_BYTES // len(CHUNK) - 1):
        pair.client.data_received(CHUNK)
    assert pair.client_side.reading
    pair.client.data_received(CHUNK)
    assert not pair.client_side.reading
    assert pair.server_side.reading
    pair.link.pass_time()
    assert pair.client_side.reading
    assert sum(map(len, pair.server_side.written)) == WINDOW_BYTES


def test_a_sender_waits_while_its_receiver_takes_no_more(pair: Scripted) -> None:
    """Let the server's socket be full: the client is not read from until it has room; the other way stays open."""
    pair.server.pause_writing()
    assert not pair.client_side.reading
    assert pair.server_side.reading
    pair.client.data_received(CHUNK)
    pair.link.pass_time()
    assert not pair.client_side.reading
    pair.server.resume_writing()
    assert pair.client_side.reading


def test_a_sender_that_has_ended_is_not_read_from_again(pair: Scripted) -> None:
    """Let the last bytes arrive after the end was read: reading is not resumed, or the end would be read twice."""
    pair.client_side.reading = False
    pair.client.data_received(b"last")
    pair.client_side.reading = False
    pair.client.eof_received()
    pair.link.pass_time()
    assert pair.server_side.written == [b"last", b""]
    assert not pair.client_side.reading


def test_a_window_is_kept_while_the_server_is_not_reached_yet() -> None:
    """Send before the server is reached: no more than a window is read, and all of it is written on connection."""
    pair = Scripted(connected=False)
    while pair.client_side.reading:
        pair.client.data_received(CHUNK)
    pair.client.eof_received()
    pair.link.pass_time()
    assert not pair.client_side.reading
    pair.connect()
    assert pair.server_side.written == [CHUNK] * (WINDOW_BYTES // len(CHUNK)) + [b""]


def test_both_sides_close_when_both_have_ended(pair: Scripted) -> None:
    """End the client, then the server: neither socket closes before it has read and written an end."""
    pair.client.eof_received()
    pair.link.pass_time()
    assert (pair.client_side.closing, pair.server_side.closing) == (False, False)
    pair.server.eof_received()
    assert (pair.client_side.closing, pair.server_side.closing) == (False, True)
    pair.link.pass_time()
    assert (pair.client_side.closing, pair.server_side.closing) == (True, True)
    assert pair.client_side.written == [b""]


def test_a_lost_connection_resets_the_other_side_behind_the_last_bytes(pair: Scripted) -> None:
    """Lose the server after it sent: the client gets the bytes, then a reset, both one delay later."""
    pair.server.data_received(b"last words")
    pair.server.connection_lost(ConnectionResetError())
    assert not pair.client_side.closing
    pair.link.pass_time()
    assert pair.client_side.written == [b"last words"]
    assert pair.client_side.closing
    assert pair.client_side.options[-1][:2] == (socket.SOL_SOCKET, socket.SO_LINGER)


def test_a_clean_close_resets_nobody(pair: Scripted) -> None:
    """End both ways and let the server's socket close: the client's is not reset."""
    pair.client.eof_received()
    pair.link.pass_time()
    pair.server.eof_received()
    pair.server.connection_lost(None)
    pair.link.pass_time()
    assert all(option[1] != socket.SO_LINGER for option in pair.client_side.options)


def test_both_sockets_send_small_pieces_at_once(pair: Scripted) -> None:
    """Look at the options of both sockets: Nagle's algorithm is off, which would add delays of its own."""
    for side in (pair.client_side, pair.server_side):
        assert side.options == [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]


def test_a_turn_begins_when_the_client_has_heard_not_when_the_server_has_spoken(pair: Scripted) -> None:
    """Send again while the answer is under way: the same round trip; after it has arrived: another one."""
    pair.client.data_received(b"one")
    pair.link.pass_time()
    pair.server.data_received(b"answer")
    pair.client.data_received(b"more")
    assert pair.link.counts.round_trips == 1
    pair.link.pass_time()
    pair.client.data_received(b"two")
    assert pair.link.counts.round_trips == 2


def test_an_end_is_no_turn(pair: Scripted) -> None:
    """Let both sides end without a byte: no round trip, one connection."""
    pair.server.eof_received()
    pair.link.pass_time()
    pair.client.eof_received()
    assert (pair.link.counts.connections, pair.link.counts.round_trips) == (1, 0)
