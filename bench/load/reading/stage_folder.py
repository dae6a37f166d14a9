"""Read what a stage of load came to from its folder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path
from statistics import fmean
from typing import Any, TypeVar

from bench.core.histograms import Histogram, Interval
from bench.core.load_plan import Subject, Window
from bench.load.reading.raw_files import (
    INTERVALS,
    MEASURED,
    VITALS,
    WINDOWS,
    Tally,
    json_lines,
    read_plan,
    read_tallies,
    whole,
)
from bench.load.reading.readings import (
    ALL,
    EndpointReading,
    LoopReading,
    SecondReading,
    StageReading,
    VitalReading,
    WindowReading,
    merged,
)

Key = TypeVar("Key", bound=Hashable)


def read_stage(folder: Path) -> StageReading:
    """Return what the stage in this folder came to, as far as it was measured.

    Raises:
        UsageError: The folder holds no stage, or a file of it is damaged.
    """
    stage = read_plan(folder)
    with whole(folder / WINDOWS):
        lines = {line["number"]: line for line in json_lines(folder / WINDOWS)}
        spans = {number: (line["measured_from"], line["measured_until"]) for number, line in lines.items()}
        over = [each for each in stage.windows if each.number in lines]
    tallies = read_tallies(folder, spans)
    with whole(folder / INTERVALS):
        windows = tuple(
            _window(each, stage.subject(each.subject), lines[each.number], tallies[each.number]) for each in over
        )
    with whole(folder / VITALS):
        vitals = tuple(_vital(line) for line in json_lines(folder / VITALS))
    return StageReading(stage, windows, vitals)


def _window(window: Window, subject: Subject, line: Mapping[str, Any], tally: Tally) -> WindowReading:
    service = _by_endpoint(tally, "service")
    response = _by_endpoint(tally, "response") or service
    endpoints = tuple(
        EndpointReading(name, tally.ok[name], dict(tally.errors[name]), _packed(service, name), _packed(response, name))
        for name in sorted({*tally.ok, *tally.errors, *service})
    )
    return WindowReading(
        window=window,
        subject=subject,
        began=line["began"],
        measured_from=line["measured_from"],
        measured_until=line["measured_until"],
        users=line.get("users", 0),
        endpoints=endpoints,
        total=merged(ALL, endpoints),
        scheduled=line.get("scheduled", 0),
        dropped=tally.dropped,
        late=tally.late,
        lag=_by_endpoint(tally, "lag").get("-"),
        generator_cpu=max(map(fmean, tally.cpu.values()), default=0.0),
        lost_workers=tuple(line.get("lost", ())),
        seconds=_seconds(tally),
    )


def _vital(line: Mapping[str, Any]) -> VitalReading:
    loops = {host: _loop(answer) for host, answer in line.get("loops", {}).items()}
    return VitalReading(line["time"], line["load1"], line.get("cpu", {}), line.get("pools", {}), loops)


def _loop(answer: Mapping[str, Any]) -> LoopReading:
    lags_s = tuple(lag_ms / 1e3 for lag_ms in answer["lags_ms"])
    return LoopReading(answer["until"], answer["interval_ms"] / 1e3, lags_s)


def _seconds(tally: Tally) -> tuple[SecondReading, ...]:
    """Return the seconds in which requests began or were counted."""
    intervals: list[tuple[str, str, Interval]] = tally.times["response"] or tally.times["service"]
    times = _added_up(((interval.start_s, part), interval.packed) for part, _, interval in intervals)
    silent = Histogram()
    return tuple(
        SecondReading(
            second=second,
            part=part,
            ok=tally.second_ok[second, part],
            errors=tally.second_failed[second, part],
            p50_ns=times.get((second, part), silent).percentile_ns(50),
            p99_ns=times.get((second, part), silent).percentile_ns(99),
            highest_ns=times.get((second, part), silent).highest_ns,
        )
        for second, part in sorted({*times, *tally.second_ok})
    )


def _by_endpoint(tally: Tally, kind: str) -> dict[str, Histogram]:
    return _added_up((name, interval.packed) for part, name, interval in tally.times[kind] if part == MEASURED)


def _added_up(packed: Iterable[tuple[Key, bytes]]) -> dict[Key, Histogram]:
    added: defaultdict[Key, Histogram] = defaultdict(Histogram)
    for key, histogram in packed:
        added[key].add_encoded(histogram)
    return dict(added)


def _packed(histograms: Mapping[str, Histogram], name: str) -> bytes:
    return histograms.get(name, Histogram()).encode()
