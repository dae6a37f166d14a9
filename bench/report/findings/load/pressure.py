"""What holds requests up in the windows of a side: a late event loop, and waits for a connection or a thread."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from bench.core.summaries import with_missed
from bench.load.reading.readings import VitalReading, WindowReading
from bench.report import labels
from bench.report.findings.load import words
from bench.report.findings.load.analysis import Block

IN_THREADS = "sync"
"""The side whose requests need a thread of the app each."""


@dataclass(frozen=True)
class Lag:
    """How late an event loop was, over all wakes that were due."""

    mean_s: float
    worst_s: float


def wakes(window: WindowReading, vitals: Iterable[VitalReading]) -> list[tuple[float, float]]:
    """Return when the event loop of a window's app woke its task in the measured part, and how much too late, in s."""
    return sorted((moment, lag_s) for moment, lag_s, _ in _wakes(window, vitals))


def _wakes(window: WindowReading, vitals: Iterable[VitalReading]) -> Iterator[tuple[float, float, float]]:
    """Yield moment, lag and the interval in which the task asks to be woken, in s."""
    since, until = window.measured_from, window.measured_until
    for each in vitals:
        loop = each.loops.get(window.subject.host)
        if loop is not None and loop.until is not None and loop.until >= since:
            for moment, lag_s in loop.wakes():
                if moment < since:
                    break
                if moment < until:
                    yield moment, lag_s, loop.interval_s


def lag(windows: Iterable[WindowReading], vitals: Sequence[VitalReading]) -> Lag | None:
    """Return how late the event loop was in the measured parts of windows; None where nobody looked.

    A stall counts for every wake that was due in it, as it would hold up every request: the task itself asks for the
    next one only after the last.
    """
    heard = [each for window in windows for each in _wakes(window, vitals)]
    lags_s = [due_s for _, lag_s, interval_s in heard for due_s in with_missed(lag_s, interval_s)]
    return Lag(fmean(lags_s), max(lags_s)) if lags_s else None


def for_connection(vital: VitalReading, side: str) -> float | None:
    """Return how many requests of a side waited for a connection; None where it is not known."""
    return pool(vital, side, "waiting")


def for_thread(vital: VitalReading, side: str) -> float | None:
    """Return how many requests of a side waited for a thread; None where they need none, or it is not known."""
    found = [answer.get("threads", {}).get("waiting") for answer in vital.pools.values()]
    return max((float(each) for each in found if each is not None and side == IN_THREADS), default=None)


def pool(vital: VitalReading, side: str, name: str) -> float | None:
    """Return a figure of the pool of a side, of all applications the one that has most to do."""
    found = [answer.get("pools", {}).get(side, {}).get(name) for answer in vital.pools.values()]
    return max((float(each) for each in found if each is not None), default=None)


def told(block: Block) -> list[str]:
    """Return how late the event loop was on each side at the headline, and how many requests waited for what."""
    vitals = [vital for reading in block.readings for vital in reading.vitals]
    windows = {side: _windows(block, side) for side in block.sides}
    head = f"{words.condition(block.model, block.headline)}{', on all settings together' if block.has_settings else ''}"
    late = [text for side, own in windows.items() if (text := _late(side, own, vitals))]
    waited = [text for side, own in windows.items() if (text := _waited(side, own, vitals))]
    found = []
    if late:
        found.append(f"{head}, the event loop of the app was late by {', by '.join(late)}: what comes then waits.")
    if waited:
        found.append(f"{head}, looked at once a second, at most so many requests waited: {'; '.join(waited)}.")
    return found


def _windows(block: Block, side: str) -> list[WindowReading]:
    return [each for cell in block.at(block.headline) if cell.subject.side == side for each in cell.windows]


def _late(side: str, windows: Sequence[WindowReading], vitals: Sequence[VitalReading]) -> str:
    found = lag(windows, vitals)
    if found is None:
        return ""
    mean, worst = (labels.milliseconds(value_s * 1e9) for value_s in (found.mean_s, found.worst_s))
    return f"{mean} ms on average and {worst} ms at worst in {side} windows"


def _waited(side: str, windows: Sequence[WindowReading], vitals: Sequence[VitalReading]) -> str:
    during = list(_during(windows, vitals))
    parts = []
    for what, pick in (("a connection", for_connection), ("a thread", for_thread)):
        known = [count for each in during if (count := pick(each, side)) is not None]
        parts += [f"{max(known):.0f} for {what}"] if known else []
    return f"in {side} windows {' and '.join(parts)}" if parts else ""


def _during(windows: Sequence[WindowReading], vitals: Sequence[VitalReading]) -> Iterator[VitalReading]:
    for window in windows:
        yield from (each for each in vitals if window.measured_from <= each.time < window.measured_until)
