"""What becomes of requests: times and counts by window, part, endpoint and second, given out again and again."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import StringIO
from time import perf_counter, process_time
from typing import Any, Protocol

from bench.core.histograms import Histogram, write_interval
from bench.core.load_plan import Model, Window

LATE_S = 0.005
"""An arrival that is begun longer than this after its intended start is late, and the generator part of its figure."""
LAG = "-"
"""Stands for the endpoint where the time is no endpoint's."""

Report = dict[str, str]
"""Lines to be appended to the files of a stage, by kind; text, so that it travels from a worker as it is written."""

Place = tuple[int, bool, str]
"""A second since the beginning of the window, whether it is in the measured part, and an endpoint."""


class Arrival(Protocol):
    """Whoever sends a request of an open window."""

    moment_s: float | None
    """When its next request was meant to start, from the beginning of the window; None where it has sent that one."""


@dataclass(slots=True)
class Cell:
    """What was recorded of one endpoint in one second, since it was last given out."""

    service_ns: list[float] = field(default_factory=list)
    response_ns: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)


class Recorder:
    """The listener of one process for all requests of the window that is on.

    Between two cuts it keeps a number for each request and nothing else, so its memory is that of a second of load.
    """

    def __init__(
        self,
        sender: Callable[[], Arrival | None],
        clock_s: Callable[[], float] = perf_counter,
        cpu_s: Callable[[], float] = process_time,
    ) -> None:
        self.worker = "local"
        """How this process is called in the files."""
        self._sender, self._clock_s, self._cpu_s = sender, clock_s, cpu_s
        self._window: Window | None = None
        self._is_open = False
        self._began = self._start_s = 0.0
        self._cells: defaultdict[Place, Cell] = defaultdict(Cell)
        self._lags_ns: defaultdict[tuple[int, bool], list[float]] = defaultdict(list)
        self._dropped = self._late = 0
        self._names: dict[tuple[str, str], str] = {}
        self._edges: list[tuple[float, float]] = []

    def begin(self, window: Window, began: float, start_s: float) -> None:
        """Record a window from now on.

        Args:
            window: What is asked.
            began: When it begins, in seconds since the epoch on the clock of the master.
            start_s: The same moment on our own clock.
        """
        self._window, self._began, self._start_s = window, began, start_s
        self._is_open = window.model is Model.OPEN
        self._edges = []

    def mark_edge(self, window: Window) -> None:
        """Note how busy the process was until now; to be called when the measured part begins, and when it ends.

        Who calls may be late, when the window is over: nothing is noted then, least of all for the next one.
        """
        if window is self._window:
            self._edges.append((self._clock_s(), self._cpu_s()))

    def end(self) -> Report:
        """Record no more, and return what was not given out, and with it the share of the CPU."""
        window, report = self._window, self.cut()
        self._window = None
        if window is None or not self._edges:
            return report
        return {**report, "seconds": report["seconds"] + self._busy(window)}

    def on_request(
        self,
        request_type: str,
        name: str,
        response_time: float,
        exception: BaseException | None = None,
        response: object = None,
        **_: Any,  # noqa: ANN401 - and it tells more
    ) -> None:
        """Record a request that has ended just now; a listener of Locust's `request` event.

        Its window and part are those in which it was meant to start: sent, in a closed window.
        """
        window = self._window
        if window is None:
            return
        ended_s = self._clock_s()
        arrival = self._sender() if self._is_open else None
        # Further requests of one arrival have no intended start of their own: they follow when the last was answered.
        meant = None if arrival is None else arrival.moment_s
        moment_s = ended_s - response_time / 1e3 - self._start_s if meant is None else meant
        second, measured = _place(window, moment_s)
        named = self._names.get((request_type, name)) or self._name(request_type, name)
        cell = self._cells[second, measured, named]
        cell.service_ns.append(response_time * 1e6)
        if self._is_open:
            cell.response_ns.append((ended_s - self._start_s - moment_s) * 1e9)
        if arrival is not None:
            arrival.moment_s = None
        if exception is not None:
            cell.errors[error_name(exception, response)] += 1

    def arrive(self, moment_s: float) -> None:
        """Record how late the generator is with an arrival; waiting for a free connection comes after that."""
        if self._window is not None:
            lag_s = self._clock_s() - self._start_s - moment_s
            second, measured = _place(self._window, moment_s)
            self._lags_ns[second, measured].append(lag_s * 1e9)
            self._late += measured and lag_s > LATE_S

    def drop(self, moment_s: float) -> None:
        """Count an arrival for which there was no room; those of the measured part are told."""
        if self._window is not None:
            self._dropped += _place(self._window, moment_s)[1]

    def cut(self) -> Report:
        """Return what was recorded since the last cut, and begin anew."""
        window = self._window
        if window is None:
            return {}
        cells, self._cells = self._cells, defaultdict(Cell)
        lags_ns, self._lags_ns = self._lags_ns, defaultdict(list)
        counts: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
        counts[int((self._clock_s() - self._start_s) // 1)] = []
        for (second, measured, name), cell in sorted(cells.items()):
            counted = {"window": window.number, "part": part(measured=measured), "name": name}
            ok = len(cell.service_ns) - cell.errors.total()
            counts[second].append({**counted, "ok": ok, "errors": dict(cell.errors)})
        return {
            "intervals": "".join(self._intervals(window, cells, lags_ns)),
            "seconds": "".join(self._seconds(window, counts)),
        }

    def _intervals(
        self, window: Window, cells: dict[Place, Cell], lags_ns: dict[tuple[int, bool], list[float]]
    ) -> Iterator[str]:
        for (second, measured, name), cell in sorted(cells.items(), key=lambda each: each[0]):
            for kind, values_ns in (("service", cell.service_ns), ("response", cell.response_ns)):
                yield self._interval(window, kind, (second, measured, name), values_ns)
        for (second, measured), values_ns in sorted(lags_ns.items()):
            yield self._interval(window, "lag", (second, measured, LAG), values_ns)

    def _interval(self, window: Window, kind: str, place: Place, values_ns: list[float]) -> str:
        if not values_ns:
            return ""
        second, measured, name = place
        histogram, line = Histogram(), StringIO()
        histogram.record(values_ns)
        tag = f"{kind} {window.number} {part(measured=measured)} {name}"
        write_interval(line, tag, histogram, start_s=moment(self._began, second), length_s=1.0)
        return line.getvalue()

    def _seconds(self, window: Window, counts: dict[int, list[dict[str, Any]]]) -> Iterator[str]:
        """Yield a line for each second in which requests began, and one for the second in which they are given out."""
        for second, counted in sorted(counts.items()):
            yield self._line(window, second, counted)

    def _busy(self, window: Window) -> str:
        """Return the line with the share of the CPU in the measured part, which is not cut into whole seconds."""
        (from_s, used_s), (until_s, used_by_then_s) = [*self._edges, (self._clock_s(), self._cpu_s())][:2]
        share = (used_by_then_s - used_s) / (until_s - from_s)
        return self._line(window, window.discard_s, [], cpu=share)

    def _line(self, window: Window, second: float, counted: list[dict[str, Any]], **more: float) -> str:
        line = {"second": moment(self._began, second), "worker": self.worker, **more, "counts": counted}
        return json.dumps({**line, **self._arrivals(window)}) + "\n"

    def _arrivals(self, window: Window) -> dict[str, dict[str, int]]:
        told = {"dropped": self._dropped, "late": self._late}
        self._dropped = self._late = 0
        return {name: {str(window.number): number} if number else {} for name, number in told.items()}

    def _name(self, request_type: str, name: str) -> str:
        found = self._names[request_type, name] = endpoint_name(request_type, name)
        return found


def _place(window: Window, moment_s: float) -> tuple[int, bool]:
    # Reckoned as the schedule does it, so that an arrival at the very edge is on the same side for both.
    return int(moment_s // 1), window.discard_s <= moment_s < window.discard_s + window.measure_s


def part(*, measured: bool) -> str:
    """Return what a part of a window is called in the files."""
    return "measured" if measured else "discarded"


def moment(began: float, passed_s: float) -> float:
    """Return a time since the epoch in whole milliseconds, so that the same moment is the same number in every file."""
    return round(began + passed_s, 3)


def endpoint_name(request_type: str, name: str) -> str:
    """Return the name of an endpoint, the same for both modes: `GET /users/{user_id}` for `/sync/users/{user_id}`.

    It is one that a log of histograms can hold: on one line, and with commas for semicolons, which it has for commas.
    """
    plain = " ".join(name.split()).replace(";", ",")
    for mode in ("/sync/", "/async/"):
        if plain.startswith(mode):
            return f"{request_type} /{plain.removeprefix(mode)}"
    return f"{request_type} {plain}"


def error_name(exception: BaseException, response: object) -> str:
    """Return how an error is counted: by its status, or by the name of the exception where nothing was answered."""
    status = getattr(response, "status_code", 0) or 0
    if status >= 400:  # noqa: PLR2004 - where statuses of errors begin
        return str(status)
    # The client of FastHttpUser says of a time-out that retries are exceeded, though none was asked for.
    original = getattr(exception, "original", None)
    return type(original if isinstance(original, BaseException) else exception).__name__
