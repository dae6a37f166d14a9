"""What is asked of an application once a second, and that no wake of its event loop is lost or counted twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from bench.load.reading.readings import LoopReading
from bench.load.target.health import Health

ANSWERS: list[tuple[int, dict[str, Any]]] = [
    (200, {"until": 1_795_000_001.5, "lags_ms": [0.5]}),
    (503, {"title": "unavailable"}),
    (200, {"until": None, "lags_ms": []}),
    (200, {"until": 1_795_000_004.25, "lags_ms": [2_000.0]}),
]


@contextmanager
def answering() -> Iterator[tuple[str, list[str]]]:
    """Serve the answers one after the other, and yield the base URL and what was asked for."""
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, content = ANSWERS[len(asked)]
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


def test_an_answer_goes_on_where_the_last_one_ended() -> None:
    """A question without an answer is made good by the next one: nothing that happened in between is lost."""
    with answering() as (host, asked):
        health = Health(host)
        answers = [health.loop() for _ in ANSWERS]
    assert [None if each is None else each["until"] for each in answers] == [
        ANSWERS[0][1]["until"],
        None,
        None,
        ANSWERS[3][1]["until"],
    ]
    assert answers[1] is None
    assert answers[2] is not None
    assert asked[1:] == ["/health/loop?since=1795000001.500000"] * 3


def test_who_is_not_there_has_no_answer() -> None:
    """The pulse goes on without it."""
    assert Health("http://127.0.0.1:1").pools() is None


def test_wakes_are_placed_in_time() -> None:
    """Backwards from the last one: each came one interval and its lag after the one before."""
    reading = LoopReading(100.0, 0.05, (0.0, 0.2, 0.01))
    assert [moment for moment, _ in reading.wakes()] == pytest.approx([100.0, 99.94, 99.69])
    assert [lag_s for _, lag_s in reading.wakes()] == [0.01, 0.2, 0.0]
    assert list(LoopReading(None, 0.05, ()).wakes()) == []
