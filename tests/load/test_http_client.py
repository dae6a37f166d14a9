"""The client of the layer HTTP, against a server that sends what the test says, packet by packet."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from threading import Thread
from time import sleep

import pytest

from bench.core.errors import OrmbenchError
from bench.load.http_layer import client as http_client
from bench.load.http_layer.client import exchanges

Packets = Iterable[bytes]
"""One answer as it is sent."""

HEAD = (
    b"HTTP/1.1 200 OK\r\nServer-Timing: pool;dur=0.100, operation;dur=%b, total;dur=9.000\r\nContent-Length: %d\r\n\r\n"
)


def good(operation_ms: bytes = b"0.250", body: bytes = b"{}") -> bytes:
    """Return a whole answer."""
    return HEAD % (operation_ms, len(body)) + body


@contextmanager
def answering(*answers: Packets) -> Iterator[tuple[str, list[bytes]]]:
    """Answer the requests of one connection in turn, then close it; yield the base URL and what was asked."""
    asked: list[bytes] = []

    def serve(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for packets in answers:
                request = b""
                while not request.endswith(b"\r\n\r\n"):
                    if not (chunk := connection.recv(1_000)):
                        return
                    request += chunk
                asked.append(request)
                for packet in packets:
                    connection.sendall(packet)
                    # So that the client has taken it when the next one comes.
                    sleep(0.01)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=serve, args=(listening,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", asked
        thread.join()


def test_paths_are_asked_in_turn_over_one_connection() -> None:
    """The first one once more beforehand; every request asks for the times, and tells the host as a client has to."""
    with answering([good()], [good(b"1.500")], [good(b"0.001")]) as (url, asked):
        found = exchanges(url, ["/first?a=1", "/second"])
    assert [each.operation_ns for each in found] == [1_500_000, 1_000]
    assert [each.split()[1] for each in asked] == [b"/first?a=1", b"/first?a=1", b"/second"]
    host = url.removeprefix("http://").encode()
    assert asked[2] == b"GET /second HTTP/1.1\r\nHost: %b\r\nX-Server-Timing: 1\r\n\r\n" % host


@pytest.mark.parametrize("cuts", [(), (5,), (30, 60), (-16,), (-14,), (-4, -2), (-1,)])
def test_an_answer_is_taken_to_its_end_however_it_comes(cuts: tuple[int, ...]) -> None:
    """Cut in its head, between head and body and in its body: the next answer begins where this one ended."""
    answer = good(body=b'{"rows": 1000}')
    places = [0, *(cut % len(answer) for cut in cuts), len(answer)]
    packets = [answer[begin:end] for begin, end in pairwise(places)]
    with answering(packets, packets, [good(b"0.007")]) as (url, _):
        assert [each.operation_ns for each in exchanges(url, ["/", "/"])] == [250_000, 7_000]


def test_the_clock_runs_from_the_request_to_the_last_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here the clock moves on when a part of an answer is under way and the rest is about to be sent."""
    moments_ns = [0]
    monkeypatch.setattr(http_client, "perf_counter_ns", lambda: moments_ns[-1])

    def until(moment_ns: int) -> Iterator[bytes]:
        yield good()[:-1]
        moments_ns.append(moment_ns)
        yield good()[-1:]

    with answering(until(100), until(800), until(5_000)) as (url, _):
        assert [each.total_ns for each in exchanges(url, ["/", "/"])] == [700, 4_200]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 6\r\n\r\nbroken", "is none of 200: .* 500 .* broken$"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
            "does not tell how long the operation took: HTTP/1.1 200 OK",
        ),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "has no length: HTTP/1.1 200 OK$"),
        (good()[:-1], "gave no answer: it closed the connection$"),
    ],
)
def test_an_answer_that_is_no_good_ends_it_in_a_line(answer: bytes, says: str) -> None:
    """With what it was."""
    with answering([answer]) as (url, _), pytest.raises(OrmbenchError, match=says) as caught:
        exchanges(url, ["/"])
    assert "\n" not in str(caught.value)


def test_who_is_not_there_is_named() -> None:
    """The address, and the system's own words."""
    with pytest.raises(
        OrmbenchError, match=r"application at http://127\.0\.0\.1:1 gave no answer: Connection refused$"
    ):
        exchanges("http://127.0.0.1:1", ["/"])
