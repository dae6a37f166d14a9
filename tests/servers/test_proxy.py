"""The proxy passes on every byte and every ending, counts the turns, and pauses, cuts and refuses when told to."""

import random
import select
import socket
import struct
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from bench.core.traffic import Traffic
from bench.servers.delaying import DelayProxy

DELAYS_MS = (0, 0.4)
LIMIT_S = 60.0
"""How long a test waits for bytes that must come, before it fails."""
QUIET_S = 1.0
"""How long a socket takes no more bytes before its sender counts as kept waiting."""
MOST_HELD_BYTES = 96 * 2**20
"""More than the proxy's window and all that the kernel may buffer for the four sockets of a connection."""

Pair = tuple[socket.socket, socket.socket]


class Line:
    """A server of the test's own with a proxy in front: both ends of every connection are in the test's hands."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        self._listener.settimeout(LIMIT_S)
        self.proxy = stack.enter_context(DelayProxy("127.0.0.1", self._listener.getsockname()[1], DELAYS_MS))

    def client(self, delay_ms: float = 0) -> socket.socket:
        """Connect to the proxy."""
        address = ("127.0.0.1", self.proxy.port(delay_ms))
        return self._stack.enter_context(socket.create_connection(address, timeout=LIMIT_S))

    def accepted(self) -> socket.socket:
        """Accept what the proxy connects."""
        server, _ = self._listener.accept()
        server.settimeout(LIMIT_S)
        return self._stack.enter_context(server)

    def pair(self, delay_ms: float = 0) -> Pair:
        """Return the two ends of a new connection."""
        return self.client(delay_ms), self.accepted()

    def stop(self) -> None:
        """Let the server be gone."""
        self._listener.close()


@pytest.fixture
def line() -> Iterator[Line]:
    """Return a proxy in front of a server of the test's own."""
    with ExitStack() as stack:
        yield Line(stack)


@pytest.fixture(params=DELAYS_MS)
def delay_ms(request: pytest.FixtureRequest) -> float:
    """Return each delay."""
    return float(request.param)


def received(sock: socket.socket, size: int) -> bytes:
    """Return so many bytes, or fewer where the stream ends before."""
    parts = bytearray()
    while len(parts) < size and (part := sock.recv(min(size - len(parts), 2**20))):
        parts += part
    return bytes(parts)


def ask(asker: socket.socket, answerer: socket.socket) -> None:
    """Send, and answer what has arrived."""
    asker.sendall(b"ping")
    assert received(answerer, 4) == b"ping"
    answerer.sendall(b"pong")
    assert received(asker, 4) == b"pong"


def await_sent(proxy: DelayProxy, size_bytes: int) -> None:
    """Return when the proxy has read so much from the clients without delay."""
    deadline = time.monotonic() + LIMIT_S
    while proxy.traffic(0).sent_bytes < size_bytes:
        assert time.monotonic() < deadline, "the proxy has not read what was sent"


@pytest.mark.parametrize(("connections", "size"), [(1, 5_000_000), (40, 125_000)])
def test_bytes_sent_both_ways_at_once_arrive_unchanged(
    line: Line, delay_ms: float, connections: int, size: int
) -> None:
    """Send 5 MB of random bytes each way at the same time, on one or many connections: all arrive and are counted."""
    dice = random.Random(1)
    pairs = [line.pair(delay_ms) for _ in range(connections)]
    ways = [way for client, server in pairs for way in ((client, server), (server, client))]
    contents = [dice.randbytes(size) for _ in ways]
    with ThreadPoolExecutor(2 * len(ways)) as pool:
        for (sender, _), content in zip(ways, contents, strict=True):
            pool.submit(sender.sendall, content)
        arrivals = [pool.submit(received, receiver, size) for _, receiver in ways]
    assert [arrival.result() for arrival in arrivals] == contents
    traffic = line.proxy.traffic(delay_ms)
    assert (traffic.connections, traffic.sent_bytes, traffic.received_bytes) == (
        connections,
        connections * size,
        connections * size,
    )


def test_a_half_close_is_passed_on_and_the_answer_comes_back(line: Line, delay_ms: float) -> None:
    """Let the client end its stream: the server reads to the end and can still answer, and end in turn."""
    client, server = line.pair(delay_ms)
    client.sendall(b"question")
    client.shutdown(socket.SHUT_WR)
    assert received(server, 100) == b"question"
    server.sendall(b"answer")
    server.close()
    assert received(client, 100) == b"answer"


def test_a_reset_is_passed_on(line: Line, delay_ms: float) -> None:
    """Let the client drop its connection: the server is reset too, not told of a good end."""
    client, server = line.pair(delay_ms)
    ask(client, server)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    with pytest.raises(ConnectionResetError):
        server.recv(1)


def test_a_server_that_is_not_there_resets_the_client(line: Line, delay_ms: float) -> None:
    """Connect while the server is gone: the connection is dropped."""
    line.stop()
    with pytest.raises(ConnectionResetError):  # while it connects or afterwards, whichever the client sees first
        line.client(delay_ms).recv(1)


def test_each_direction_takes_at_least_its_delay(line: Line) -> None:
    """Ask and answer 20 times: each round trip takes at least twice the delay, which no rounding may shorten."""
    client, server = line.pair(0.4)
    start_ns = time.perf_counter_ns()
    for _ in range(20):
        ask(client, server)
    assert time.perf_counter_ns() - start_ns >= 20 * 2 * 400_000


def test_a_question_and_its_answer_are_one_round_trip(line: Line, delay_ms: float) -> None:
    """Ask and answer seven times: seven round trips on one connection, none on the other listener."""
    client, server = line.pair(delay_ms)
    for _ in range(7):
        ask(client, server)
    assert line.proxy.traffic(delay_ms) == Traffic(connections=1, round_trips=7, sent_bytes=28, received_bytes=28)
    [other] = set(DELAYS_MS) - {delay_ms}
    assert line.proxy.traffic(other) == Traffic(connections=0, round_trips=0, sent_bytes=0, received_bytes=0)


def test_questions_that_wait_for_no_answer_are_one_round_trip(line: Line, delay_ms: float) -> None:
    """Send three pieces, each read by the server before the next, then answer in two: one round trip."""
    client, server = line.pair(delay_ms)
    for _ in range(3):
        client.sendall(b"ping")
        assert received(server, 4) == b"ping"
    for _ in range(2):
        server.sendall(b"pong")
        assert received(client, 4) == b"pong"
    assert line.proxy.traffic(delay_ms).round_trips == 1
    ask(client, server)
    assert line.proxy.traffic(delay_ms).round_trips == 2


def test_turns_are_counted_for_each_connection_by_itself(line: Line) -> None:
    """Let two clients ask before either is answered: two round trips."""
    pairs = [line.pair(), line.pair()]
    for client, server in pairs:
        client.sendall(b"ping")
        assert received(server, 4) == b"ping"
    assert line.proxy.traffic(0).round_trips == 2


def test_a_greeting_of_the_server_is_no_round_trip(line: Line, delay_ms: float) -> None:
    """Let the server speak first: the client's reply to it begins the first round trip."""
    client, server = line.pair(delay_ms)
    server.sendall(b"hello")
    assert received(client, 5) == b"hello"
    assert line.proxy.traffic(delay_ms).round_trips == 0
    ask(client, server)
    assert line.proxy.traffic(delay_ms).round_trips == 1


def test_a_pause_holds_bytes_and_new_connections_until_resume(line: Line) -> None:
    """Send while it pauses, on an open and on a new connection: nothing arrives before `resume`, all of it after."""
    client, server = line.pair()
    line.proxy.pause()
    client.sendall(b"held")
    newcomer = line.client()
    newcomer.sendall(b"held too")
    newcomer.shutdown(socket.SHUT_WR)
    newcomers_server = line.accepted()
    await_sent(line.proxy, len(b"held" + b"held too"))
    assert select.select([server, newcomers_server], [], [], 0) == ([], [], [])
    line.proxy.resume()
    assert received(server, 4) == b"held"
    assert received(newcomers_server, 100) == b"held too"


def test_a_cut_resets_both_sides_and_leaves_the_listener(line: Line, delay_ms: float) -> None:
    """Cut: client and server are reset, what was under way is lost, and a new connection works."""
    pairs = [line.pair(delay_ms), line.pair(delay_ms)]
    for pair in pairs:
        ask(*pair)
    line.proxy.cut()
    for end in (end for pair in pairs for end in pair):
        with pytest.raises(ConnectionResetError):
            end.recv(1)
    ask(*line.pair(delay_ms))
    assert line.proxy.traffic(delay_ms).connections == 3


def test_what_was_held_when_a_pause_is_cut_never_arrives(line: Line) -> None:
    """Cut during a pause and resume: the server sees a reset, not the bytes."""
    client, server = line.pair()
    line.proxy.pause()
    client.sendall(b"held")
    await_sent(line.proxy, 4)
    line.proxy.cut()
    line.proxy.resume()
    with pytest.raises(ConnectionResetError):
        server.recv(1)
    ask(*line.pair())


def test_a_refusal_turns_new_connections_away_until_they_are_accepted_again(line: Line, delay_ms: float) -> None:
    """Refuse, even twice: a new connection fails and the open one works; accept: the same port works again."""
    pair, port = line.pair(delay_ms), line.proxy.port(delay_ms)
    line.proxy.refuse()
    line.proxy.refuse()
    with pytest.raises(ConnectionRefusedError):
        line.client(delay_ms)
    ask(*pair)
    line.proxy.accept()
    line.proxy.accept()
    assert line.proxy.port(delay_ms) == port
    ask(*line.pair(delay_ms))


def test_a_sender_is_kept_waiting_for_a_receiver_that_does_not_read(line: Line, delay_ms: float) -> None:
    """Send to a server that reads nothing: the client must wait before much is held, and nothing of it is lost."""
    client, server = line.pair(delay_ms)
    client.settimeout(0)
    block, sent = random.Random(1).randbytes(2**20), 0
    while select.select([], [client], [], QUIET_S)[1]:
        sent += client.send(block[sent % len(block) :])
        assert sent < MOST_HELD_BYTES
    client.shutdown(socket.SHUT_WR)
    expected = (block * (sent // len(block) + 1))[:sent]
    assert received(server, sent + 1) == expected
