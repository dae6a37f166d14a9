"""Stages that are walked by a real Locust, against an app that is a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from bench.core.load_plan import Model, Stage, Subject, Window
from bench.load.target.process import free_port

HERE = Path(__file__).parent
LOCUSTFILE = HERE.parents[1] / "bench" / "load" / "locustfile.py"
LIMIT_S = 60.0


@contextmanager
def small_app(**environment: str) -> Iterator[str]:
    """Serve the small app, and yield its address."""
    port = free_port("127.0.0.1", 0)
    command = [sys.executable, "-m", "uvicorn", "--app-dir", str(HERE), "small_app:app", "--port", str(port)]
    process = subprocess.Popen([*command, "--log-level", "warning"], env={**os.environ, **environment})
    try:
        deadline = time.monotonic() + LIMIT_S
        while True:
            with suppress(URLError), closing(urlopen(f"http://127.0.0.1:{port}/ready", timeout=1)):
                break
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def asked(user_class: str, host: str) -> Subject:
    """Return a user class of the small app as a subject of its own name."""
    return Subject(id=user_class, pair=user_class, side="sync", user_class=user_class, host=host)


def closed(subject: str, users: int, **kept: Any) -> Window:  # noqa: ANN401 - what a window takes
    """Return a closed window of 0.3 + 1 seconds, not numbered yet."""
    return Window(**{"number": 0, "round": 0, "subject": subject, "model": Model.CLOSED, "users": users,
                     "discard_s": 0.3, "measure_s": 1.0} | kept)  # fmt: skip


def opened(subject: str, rate_per_s: float, **kept: Any) -> Window:  # noqa: ANN401 - what a window takes
    """Return an open window of 0.3 + 1 seconds, not numbered yet."""
    return replace(closed(subject, 0), **{"model": Model.OPEN, "rate_per_s": rate_per_s} | kept)


def write_plan(folder: Path, subjects: list[Subject], windows: list[Window], **kept: Any) -> Path:  # noqa: ANN401 - of a stage
    """Write the plan of a stage with these windows in this order."""
    folder.mkdir(exist_ok=True)
    numbered = tuple(replace(window, number=number) for number, window in enumerate(windows))
    stage = Stage(name="test", subjects=tuple(subjects), windows=numbered, **kept)
    (folder / "plan.json").write_text(json.dumps(stage.as_data()), encoding="utf-8")
    return folder


def start(folder: Path, *more: str) -> subprocess.Popen[str]:
    """Start one process of Locust for a stage; its words go to generator.log, behind those of others."""
    files = f"{LOCUSTFILE},{HERE / 'small_users.py'}"
    command = [sys.executable, "-m", "locust", "-f", files, "--headless", "--only-summary", "--exit-code-on-error", "0"]
    environment = {**os.environ, "ORMBENCH_LOAD_STAGE": str(folder), "ORMBENCH_LOAD_OWN": "1"}
    with (folder / "generator.log").open("a", encoding="utf-8") as log:
        return subprocess.Popen(
            [*command, *more], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, text=True
        )


def walk(folder: Path, *more: str) -> int:
    """Walk a stage to its end, and return the exit code."""
    process = start(folder, *more)
    try:
        return process.wait(LIMIT_S)
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        process.wait()


def log_of(folder: Path) -> str:
    """Return what the generator wrote."""
    return (folder / "generator.log").read_text(encoding="utf-8")
