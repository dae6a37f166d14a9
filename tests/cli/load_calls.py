"""Calls of `ormbench load` that are watched until a moment in their middle, and applications of a user's own."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from tests.cli.command import LIMIT_S, Ormbench

MINE = """
from locust import FastHttpUser, task, constant

class Old(FastHttpUser):
    wait_time = constant(0.01)

    @task
    def read(self):
        self.client.get("/old")

class New(FastHttpUser):
    wait_time = constant(0.01)

    @task
    def read(self):
        self.client.get("/new")
"""
"""A locustfile. Tasks are inherited: a class below another would send what that one sends as well."""


@contextmanager
def own_app() -> Iterator[str]:
    """Serve a user's own application, which answers everything alike, and yield its URL."""

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@contextmanager
def started(ormbench: Ormbench, *words: object) -> Iterator[subprocess.Popen[str]]:
    """Call the command; it ends with the block at the latest."""
    process = ormbench.start(*words)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def the_load(ormbench: Ormbench) -> dict[str, Any]:
    """Return load.json of the one run there is."""
    [file] = ormbench.results.glob("*/load/load.json")
    return dict(json.loads(file.read_text(encoding="utf-8")))


def wait_for_window(ormbench: Ormbench, process: subprocess.Popen[str], stage: str, earlier_ns: int = 0) -> None:
    """Wait until the first window of a stage is over, in an attempt behind the one that wrote its last one then."""
    deadline = time.monotonic() + LIMIT_S
    while last_window_ns(ormbench, stage) <= earlier_ns:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def last_window_ns(ormbench: Ormbench, stage: str) -> int:
    """Return when the last window of a stage was written, as the file system says it; 0 where none is over."""
    # What an earlier attempt left is removed when the stage begins again.
    with suppress(FileNotFoundError):
        found = [file.stat() for file in ormbench.results.glob(f"*/load/{stage}/windows.jsonl")]
        return max((each.st_mtime_ns for each in found if each.st_size), default=0)
    return 0
