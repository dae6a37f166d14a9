"""A client that costs no more than a blocking socket: what a request takes is the application and the way to it."""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from time import perf_counter_ns
from typing import NoReturn
from urllib.parse import urlsplit

from bench.core.errors import OrmbenchError

LIMIT_S = 30.0
"""For any part of an answer to come."""
_CHUNK_BYTES = 2**18
_MOST_SHOWN = 200
"""Characters of an answer that an error shows."""
_GOOD = b"HTTP/1.1 200 "
_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_OPERATION_MS = re.compile(rb"\r\nserver-timing:[^\r]*\boperation;dur=(\d+\.\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request with its answer, in ns."""

    total_ns: int
    """From the moment it was sent until all of the answer was here."""
    operation_ns: int
    """Of the scenario's operation alone, as the application told with `Server-Timing`."""


def exchanges(base_url: str, paths: Sequence[str]) -> list[Exchange]:
    """Ask for paths one after the other, over one connection that is kept alive, and return what each took.

    The first one is asked once more beforehand, and that counts for nothing: with it the application accepts the
    connection.

    Raises:
        OrmbenchError: The application is not there or hangs, an answer is not 200 or has no length, or does not tell
            how long the operation took.
    """
    requests = [_request(base_url, path) for path in paths]
    try:
        with closing(_connected(base_url)) as connection:
            for request in requests[:1]:
                _exchange(connection, request)
            return [_exchange(connection, request) for request in requests]
    except OSError as error:
        message = f"the application at {base_url} gave no answer: {error.strerror or error}"
        raise OrmbenchError(message) from None


def _request(base_url: str, path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: {urlsplit(base_url).netloc}\r\nX-Server-Timing: 1\r\n\r\n".encode("ascii")


def _connected(base_url: str) -> socket.socket:
    parts = urlsplit(base_url)
    connection = socket.create_connection((parts.hostname or "", parts.port or 80), LIMIT_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _exchange(connection: socket.socket, request: bytes) -> Exchange:
    start_ns = perf_counter_ns()
    connection.sendall(request)
    answer, head_bytes = _received(connection)
    total_ns = perf_counter_ns() - start_ns
    if not answer.startswith(_GOOD):
        _reject(answer, "is none of 200")
    told = _OPERATION_MS.search(answer, 0, head_bytes)
    if told is None:
        _reject(answer, "does not tell how long the operation took")
    return Exchange(total_ns, round(float(told[1]) * 1e6))


def _received(connection: socket.socket) -> tuple[bytearray, int]:
    """Return an answer as soon as all of it is here, and how many bytes of it are its head."""
    answer = bytearray()
    while (end := answer.find(_END_OF_HEAD)) < 0:
        answer += _more(connection)
    length = _LENGTH.search(answer, 0, end)
    if length is None:
        _reject(answer, "has no length")
    whole = end + len(_END_OF_HEAD) + int(length[1])
    while len(answer) < whole:
        answer += _more(connection)
    return answer, end


def _more(connection: socket.socket) -> bytes:
    chunk = connection.recv(_CHUNK_BYTES)
    if not chunk:
        message = "it closed the connection"
        raise ConnectionError(message)
    return chunk


def _reject(answer: bytearray, what: str) -> NoReturn:
    head, _, body = bytes(answer).partition(_END_OF_HEAD)
    shown = b" ".join([*head.split(b"\r\n")[:1], *body.split()]).decode(errors="replace")[:_MOST_SHOWN]
    message = f"an answer of the application {what}: {shown}"
    raise OrmbenchError(message)
