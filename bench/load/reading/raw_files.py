"""The raw files of a stage: where they lie in its folder, and what they hold for each window."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.core.errors import UsageError
from bench.core.histograms import Interval, read_intervals
from bench.core.load_plan import Stage

PLAN = "plan.json"
WINDOWS = "windows.jsonl"
INTERVALS = "intervals.hlog"
SECONDS = "seconds.jsonl"
VITALS = "vitals.jsonl"

MEASURED = "measured"
"""The part of a window that is reported; the other one is `discarded`."""

_DAMAGE = (ValueError, LookupError, TypeError, AttributeError, OSError)
"""What reading a damaged file raises; those of JSON, base64 and histograms are ValueErrors."""


@dataclass
class Tally:
    """What the raw files hold for one window, added up over workers and flushes."""

    ok: Counter[str] = field(default_factory=Counter)
    """Good answers of the measured part by endpoint."""
    errors: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Errors of the measured part by endpoint and kind."""
    second_ok: Counter[tuple[float, str]] = field(default_factory=Counter)
    """Good answers by second and part."""
    second_failed: Counter[tuple[float, str]] = field(default_factory=Counter)
    dropped: int = 0
    late: int = 0
    cpu: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Of each worker in the measured part."""
    times: defaultdict[str, list[tuple[str, str, Interval]]] = field(default_factory=lambda: defaultdict(list))
    """By kind: part, endpoint and packed histogram of a second."""

    def count(self, second: float, counts: Mapping[str, Any]) -> None:
        """Add what a worker counted for one endpoint."""
        name, part = counts["name"], counts["part"]
        self.second_ok[second, part] += counts["ok"]
        self.second_failed[second, part] += sum(counts["errors"].values())
        if part == MEASURED:
            self.ok[name] += counts["ok"]
            self.errors[name].update(counts["errors"])


@contextmanager
def whole(file: Path) -> Iterator[None]:
    """Turn what reading a damaged file raises into one line that names it.

    Raises:
        UsageError: The file is damaged or cannot be read.
    """
    try:
        yield
    except _DAMAGE as error:
        message = f"{file} is damaged ({type(error).__name__}: {error}); restore it or measure the stage again"
        raise UsageError(message) from None


def read_plan(folder: Path) -> Stage:
    """Return the stage of a folder.

    Raises:
        UsageError: There is none, or its plan is damaged.
    """
    file = folder / PLAN
    if not file.is_file():
        message = f"{folder} holds no stage of load (there is no {PLAN})"
        raise UsageError(message)
    with whole(file):
        return Stage.read(file)


def json_lines(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of a file that processes append to; one that does not exist has none.

    A last line without an end is left out: its writer was ended in the middle of it.

    Raises:
        UsageError: The file is damaged.
    """
    if not file.is_file():
        return
    with whole(file), file.open(encoding="utf-8") as lines:
        for line in lines:
            if line.endswith("\n"):
                yield json.loads(line)


def read_tallies(folder: Path, spans: Mapping[int, tuple[float, float]]) -> dict[int, Tally]:
    """Return what the raw files hold for each of these windows, given the beginnings and ends of their measured parts.

    Raises:
        UsageError: A file is damaged.
    """
    tallies = {number: Tally() for number in spans}
    with whole(folder / SECONDS):
        for line in json_lines(folder / SECONDS):
            _add_second(tallies, spans, line)
    with whole(folder / INTERVALS):
        for interval in read_intervals(folder / INTERVALS) if spans else ():
            kind, number, part, name = interval.name.split(" ", 3)
            if int(number) in tallies:
                tallies[int(number)].times[kind].append((part, name, interval))
    return tallies


def _add_second(
    tallies: Mapping[int, Tally], spans: Mapping[int, tuple[float, float]], line: Mapping[str, Any]
) -> None:
    for counts in line["counts"]:
        if counts["window"] in tallies:
            tallies[counts["window"]].count(line["second"], counts)
    for number, tally in tallies.items():
        began, ended = spans[number]
        # Older stages have a share on every line, each of another stretch of time; it is counted where the line lies.
        if "cpu" in line and began <= line["second"] < ended:
            tally.cpu[line["worker"]].append(line["cpu"])
        tally.dropped += line["dropped"].get(str(number), 0)
        tally.late += line["late"].get(str(number), 0)
