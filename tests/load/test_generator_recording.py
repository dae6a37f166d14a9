"""What a generator records of requests: where they belong, what is counted, and that nothing is lost on the way."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import pytest

from bench.core.histograms import Histogram
from bench.core.load_plan import Model, Stage, Window
from bench.load.generator.recording import Recorder, Report, endpoint_name, error_name
from bench.load.generator.stage_files import StageFiles
from bench.load.reading.readings import StageReading
from bench.load.reading.stage_folder import read_stage
from tests.load.scripted_load import side

BEGAN = 1_795_000_000.0
START_S = 50.0
"""On the clock of the recorder; discarded is what starts before second 2, measured what starts before second 6."""
GET, USER = "GET", "/sync/users/{user_id}"


@dataclass
class Sender:
    """Who sends a request of an open window."""

    moment_s: float | None


class Scripted:
    """A recorder in one process whose clock is set by hand."""

    def __init__(self, model: Model, worker: str = "local") -> None:
        self.now_s, self.cpu_s = START_S, 0.0
        self.sender: Sender | None = None
        self.recorder = Recorder(lambda: self.sender, lambda: self.now_s, lambda: self.cpu_s)
        self.recorder.worker = worker
        self.window = Window(number=3, round=0, subject="s", model=model, rate_per_s=10, discard_s=2, measure_s=4)
        self.recorder.begin(self.window, BEGAN, START_S)

    def ended(self, at_s: float, took_ms: float, due_s: float | None = None, error: Exception | None = None) -> None:
        """Let a request end so long after the beginning of the window."""
        self.now_s = START_S + at_s
        self.sender = None if due_s is None else Sender(due_s)
        if due_s is not None:
            # As the arrival does when it begins: here it is sent at once.
            self.now_s = START_S + at_s - took_ms / 1e3
            self.recorder.arrive(due_s)
            self.now_s = START_S + at_s
        self.recorder.on_request(GET, USER, took_ms, exception=error)


def counts(report: Report) -> dict[tuple[float, str], int]:
    """Return good answers by second since the beginning and part."""
    found: Counter[tuple[float, str]] = Counter()
    for line in map(json.loads, report["seconds"].splitlines()):
        for each in line["counts"]:
            found[line["second"] - BEGAN, each["part"]] += each["ok"]
    return dict(found)


def tags(report: Report) -> list[str]:
    """Return the names of the intervals."""
    return [line.partition(",")[0].removeprefix("Tag=") for line in report["intervals"].splitlines()]


def test_a_request_of_a_closed_window_belongs_to_where_it_was_sent() -> None:
    """Whenever it ended: one that was sent before the measured part is discarded, one that ended after it counts."""
    scripted = Scripted(Model.CLOSED)
    for at_s, took_ms in ((1.0, 10), (2.1, 200), (2.1, 50), (7.5, 1_700), (7.5, 100)):
        scripted.ended(at_s, took_ms)
    scripted.now_s = START_S + 8
    report = scripted.recorder.cut()
    assert counts(report) == {(0, "discarded"): 1, (1, "discarded"): 1, (2, "measured"): 1, (5, "measured"): 1,
                              (7, "discarded"): 1}  # fmt: skip
    assert set(tags(report)) == {"service 3 measured GET /users/{user_id}", "service 3 discarded GET /users/{user_id}"}


def test_a_request_of_an_open_window_belongs_to_where_it_was_meant_to_start() -> None:
    """One that was due in the discarded part and sent in the measured one is discarded."""
    scripted = Scripted(Model.OPEN)
    scripted.ended(2.3, 200, due_s=1.9)
    scripted.ended(2.4, 100, due_s=2.0)
    scripted.now_s = START_S + 3
    report = scripted.recorder.cut()
    assert counts(report) == {(1, "discarded"): 1, (2, "measured"): 1}
    assert "lag 3 measured -" in tags(report)
    assert "response 3 measured GET /users/{user_id}" in tags(report)


def test_response_time_counts_from_the_intended_start(tmp_path: Path) -> None:
    """Service time from the send; the second request of one arrival was meant to start when it was sent."""
    scripted = Scripted(Model.OPEN)
    scripted.ended(3.5, 100, due_s=3.0)
    scripted.now_s += 0.2
    scripted.recorder.on_request(GET, USER, 200)
    [window] = read_back(tmp_path, scripted.window, [scripted.recorder.end()]).windows
    assert window.total.service.highest_ns == pytest.approx(200e6, rel=1e-3)
    assert window.total.response.highest_ns == pytest.approx(500e6, rel=1e-3)
    assert window.total.response.total == 2
    assert window.lag is not None
    assert (window.lag.total, window.late) == (1, 1)


def test_drops_and_late_arrivals_are_those_of_the_measured_part() -> None:
    """An arrival is late from 5 ms on, and each is told once."""
    scripted = Scripted(Model.OPEN)
    for due_s in (1.0, 3.0, 5.9, 6.1):
        scripted.recorder.drop(due_s)
    for at_s, due_s in ((1.9, 1.0), (3.004, 3.0), (3.106, 3.1)):
        scripted.ended(at_s, 0.0, due_s=due_s)
    lines = [json.loads(line) for line in scripted.recorder.cut()["seconds"].splitlines()]
    assert [sum(line[kind].get("3", 0) for line in lines) for kind in ("dropped", "late")] == [2, 1]
    scripted.now_s += 1
    again = [json.loads(line) for line in scripted.recorder.cut()["seconds"].splitlines()]
    assert [(line["dropped"], line["late"]) for line in again] == [({}, {})]


def test_errors_are_counted_by_what_they_were() -> None:
    """An answer by its status, and where there was none the exception by its name."""

    class Answer:
        status_code = 503

    class NoAnswer:
        status_code = 0

    assert error_name(RuntimeError(), Answer()) == "503"
    assert error_name(ConnectionRefusedError(), NoAnswer()) == "ConnectionRefusedError"
    assert error_name(TimeoutError(), None) == "TimeoutError"
    exceeded = ConnectionError("retries")
    exceeded.original = TimeoutError()  # type: ignore[attr-defined]  # as geventhttpclient has it
    assert error_name(exceeded, NoAnswer()) == "TimeoutError"
    scripted = Scripted(Model.CLOSED)
    scripted.ended(3, 1, error=TimeoutError())
    scripted.ended(3, 1)
    found = [each for line in scripted.recorder.cut()["seconds"].splitlines() for each in json.loads(line)["counts"]]
    assert [(each["ok"], each["errors"]) for each in found] == [(1, {"TimeoutError": 1})]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("/sync/users/{id}", "GET /users/{id}"),
        ("/async/users/{id}", "GET /users/{id}"),
        ("/users/sync/1", "GET /users/sync/1"),
        ("login", "GET login"),
        ("/sync/cars;colour=red\n,blue", "GET /cars,colour=red ,blue"),
    ],
)
def test_both_sides_of_an_endpoint_have_one_name(name: str, shown: str) -> None:
    """The prefix of the mode is left out, and nothing else but what a log of histograms cannot hold."""
    assert endpoint_name("GET", name) == shown


def test_nothing_is_recorded_between_windows() -> None:
    """Requests before the first window and after the end of one are nobody's; what was recorded is given out once."""
    scripted = Scripted(Model.CLOSED)
    scripted.ended(3, 1)
    assert tags(scripted.recorder.end())
    scripted.ended(4, 1)
    assert scripted.recorder.cut() == {}


@pytest.mark.parametrize("told_of_its_end", [True, False])
def test_the_share_of_the_processor_is_that_of_the_measured_part(tmp_path: Path, *, told_of_its_end: bool) -> None:
    """Neither the warm-up nor the wait for the last answers is in it, however the reports are cut."""
    scripted = Scripted(Model.CLOSED)
    window = replace(scripted.window, discard_s=2.5, measure_s=0.4)
    scripted.recorder.begin(window, BEGAN, START_S)
    reports = []
    for at_s, cpu_s, is_edge in ((1.2, 0.1, False), (2.5, 0.2, True), (2.9, 0.5, told_of_its_end)):
        scripted.now_s, scripted.cpu_s = START_S + at_s, cpu_s
        if is_edge:
            scripted.recorder.mark_edge(window)
        reports.append(scripted.recorder.cut())
    scripted.now_s += 2.0 * told_of_its_end
    reports.append(scripted.recorder.end())
    [read] = read_back(tmp_path, window, reports).windows
    assert read.generator_cpu == pytest.approx(0.75)


def test_an_edge_that_is_marked_too_late_is_not_one_of_the_next_window(tmp_path: Path) -> None:
    """The share of a window is over its own measured part, whatever the one before it still marks."""
    scripted = Scripted(Model.CLOSED)
    before, window = scripted.window, replace(scripted.window)
    scripted.recorder.end()
    scripted.recorder.mark_edge(before)
    scripted.recorder.begin(window, BEGAN, START_S)
    for at_s, cpu_s, marked in ((0.5, 0.0, before), (2.0, 1.0, window), (6.0, 2.0, window)):
        scripted.now_s, scripted.cpu_s = START_S + at_s, cpu_s
        scripted.recorder.mark_edge(marked)
    [read] = read_back(tmp_path, window, [scripted.recorder.end()]).windows
    assert read.generator_cpu == pytest.approx(0.25)


def test_two_reports_in_one_moment_lose_nothing() -> None:
    """The second one has what was recorded after the first."""
    scripted = Scripted(Model.CLOSED)
    reports = []
    for _ in range(2):
        scripted.ended(3, 1)
        reports.append(scripted.recorder.cut())
    assert [counts(report) for report in reports] == [{(2, "measured"): 1}] * 2


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_workers_give_the_percentiles_of_one(workers: int, tmp_path: Path) -> None:
    """The same 20,000 requests, shared out among workers and given out every second, make the same histogram."""
    random = Random(11)
    shares = [Scripted(Model.OPEN, f"machine-{number}") for number in range(workers)]
    reports, alone = [], Histogram()
    for number in range(20_000):
        at_s, took_ms = 2 + number / 5_000, random.lognormvariate(2, 1)
        waited_ms = random.expovariate(0.2)
        scripted = shares[number % workers]
        scripted.ended(at_s + (waited_ms + took_ms) / 1e3, took_ms, due_s=at_s)
        alone.record([(waited_ms + took_ms) * 1e6])
        if number % 5_000 == 0:
            reports += [each.recorder.cut() for each in shares]
    reports += [each.recorder.end() for each in shares]
    [window] = read_back(tmp_path, shares[0].window, reports).windows
    assert (window.total.ok, window.total.response.total) == (20_000, 20_000)
    for percent in (50, 90, 99, 99.9):
        # Equal to a microsecond, to which the clocks of the script round.
        assert window.total.response.percentile_ns(percent) == pytest.approx(alone.percentile_ns(percent), rel=1e-3)
    assert window.lag is not None
    assert window.lag.total == 20_000


def read_back(folder: Path, window: Window, reports: list[Report]) -> StageReading:
    """Write reports into the folder of a stage, and read it."""
    stage = Stage(
        name="one", subjects=(side("sync"),), windows=(Window(**vars(window) | {"subject": "UserById:sync"}),)
    )
    (folder / "plan.json").write_text(json.dumps(stage.as_data()), encoding="utf-8")
    files = StageFiles(folder)
    for report in reports:
        files.add(report)
    until = BEGAN + window.discard_s + window.measure_s
    times = {"began": BEGAN, "measured_from": BEGAN + window.discard_s, "measured_until": until}
    files.end_window({"number": window.number, "scheduled": 20_000, **times})
    files.close()
    return read_stage(folder)
