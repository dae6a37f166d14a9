"""What the generator can send at most: a stage against an endpoint that does nothing, and wrk beside it."""

from __future__ import annotations

import re
import shutil
import subprocess

from bench.core.load_plan import Stage, Subject
from bench.load.reading.readings import StageReading
from bench.load.schedule import Timing, closed_windows

USER_CLASS = "NullEndpoint"
PATH = "/health/live"
USERS = 16
"""Enough to keep one process of the generator busy, few enough that none waits long."""
MOST_S, MOST_WINDOWS = 2, 2
"""How long it is measured at most: in seconds, and in windows of the run, which say how exact a figure is to be."""
_SLACK_S = 15.0
_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")


def ceiling_stage(host: str, workers: int, window_s: float, seed: int) -> Stage:
    """Return the stage that finds the ceiling, with the generator as the others have it."""
    subject = Subject(id="ceiling", pair="null", side="-", user_class=USER_CLASS, host=host)
    timing = Timing(rounds=1, discard_s=0.5, measure_s=min(MOST_S, MOST_WINDOWS * window_s), seed=seed)
    windows = closed_windows([subject], [USERS * workers], timing)
    return Stage(name="ceiling", subjects=(subject,), windows=windows, workers=workers)


def ceiling_per_s(reading: StageReading) -> float:
    """Return the requests per second that the generator came to; the application's own limit where that is lower."""
    return max((each.throughput_per_s for each in reading.windows), default=0.0)


def wrk_per_s(host: str, window_s: float) -> float | None:
    """Return what one thread of wrk comes to on the same endpoint; None where there is no wrk, or it says nothing."""
    program = shutil.which("wrk")
    if program is None:
        return None
    # It takes whole seconds.
    seconds = max(1, int(min(MOST_S, MOST_WINDOWS * window_s)))
    shape = ["--threads", "1", "--connections", str(USERS), "--duration", f"{seconds}s"]
    try:
        command = [program, *shape, f"{host}{PATH}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds + _SLACK_S)
    except subprocess.TimeoutExpired:
        return None
    found = _RATE.search(done.stdout)
    return float(found[1]) if found else None
