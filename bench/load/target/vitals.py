"""The pulse of a stage: once a second, how busy the machine is, and what the applications say of themselves."""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import IO, Any, Self

import psutil

from bench.load.target.health import Health

INTERVAL_S = 1.0


@dataclass(frozen=True)
class Watched:
    """Whose processes are looked at, and who is asked for pools and event loop."""

    roots: Mapping[str, Sequence[int]]
    """By role, the processes that the others of the role descend from: `app`, `database`, `generator`."""
    hosts: Sequence[str]
    """Base URLs of applications of ours."""


class VitalsLog(AbstractContextManager["VitalsLog"]):
    """Appends a line a second to a file for as long as the block lasts, in a thread of its own."""

    def __init__(self, file: Path, watched: Watched) -> None:
        self._file = file
        self._watched = watched
        self._over = Event()
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        asked = [Health(host) for host in self._watched.hosts]
        before = cpu_seconds(self._watched.roots)
        last_s = time.monotonic()
        # A full disk ends the log; the generator, which writes more, then ends the stage with the reason.
        with suppress(OSError), self._file.open("w", encoding="utf-8") as file:
            while not self._over.wait(INTERVAL_S):
                after, now_s = cpu_seconds(self._watched.roots), time.monotonic()
                cpu = shares(before, after, now_s - last_s)
                _write(file, cpu=cpu, pools=_answers(asked, Health.pools), loops=_answers(asked, Health.loop))
                before, last_s = after, now_s
            # The wakes of the last windows; shares of so short a time would be none.
            _write(file, loops=_answers(asked, Health.loop))


def _write(file: IO[str], **taken: Mapping[str, Any]) -> None:
    line = {"time": round(time.time(), 3), "load1": os.getloadavg()[0], **taken}
    file.write(json.dumps(line) + "\n")
    file.flush()


def _answers(asked: Sequence[Health], ask: Callable[[Health], dict[str, Any] | None]) -> dict[str, dict[str, Any]]:
    """Return by host what those say who answer."""
    return {each.host: answer for each in asked if (answer := ask(each)) is not None}


CpuSeconds = Mapping[str, Mapping[int, float]]
"""By role and process, what it has used of the processors since it began."""


def shares(before: CpuSeconds, after: CpuSeconds, elapsed_s: float) -> dict[str, float]:
    """Return the share of one core that each role used: 2 for two cores that were busy all the time.

    A process that ended in between is left out, with what it used.
    """
    return {
        role: round(sum(used - before.get(role, {}).get(pid, 0.0) for pid, used in now.items()) / elapsed_s, 3)
        for role, now in after.items()
    }


def cpu_seconds(roots: Mapping[str, Collection[int]]) -> dict[str, dict[int, float]]:
    """Return what the processes of each role and their descendants have used."""
    children: defaultdict[int, list[int]] = defaultdict(list)
    used_s: dict[int, float] = {}
    for process in psutil.process_iter(["ppid", "cpu_times"]):
        children[process.info["ppid"] or 0].append(process.pid)
        times = process.info["cpu_times"]
        used_s[process.pid] = times.user + times.system if times is not None else 0.0
    return {role: _used(list(pids), children, used_s) for role, pids in roots.items() if pids}


def listeners(port: int | None) -> list[int]:
    """Return the processes of this machine that listen at a port of 127.0.0.1, and that we may look at."""
    found: list[int] = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if any(
                each.status == psutil.CONN_LISTEN and each.laddr.port == port for each in process.net_connections("tcp")
            ):
                found.append(process.pid)
    return found


def _used(pids: list[int], children: Mapping[int, list[int]], used_s: Mapping[int, float]) -> dict[int, float]:
    found: dict[int, float] = {}
    while pids:
        pid = pids.pop()
        if pid in used_s and pid not in found:
            found[pid] = used_s[pid]
            pids += children.get(pid, [])
    return found
