"""What is read from a stage's folder: counts, histograms, marks of damage."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from bench.core.errors import UsageError
from bench.core.histograms import read_intervals, read_log
from bench.core.load_plan import Model, Stage, Window
from bench.load.reading.readings import LoopReading
from bench.load.reading.stage_folder import read_stage
from tests.load.scripted_load import BEGAN, MS, Script, side, write_stage

BOTH = (side("sync"), side("async"))
GET, POST = "GET /users/{user_id}", "POST /orders"


def closed(number: int, subject: str = "UserById:sync") -> Window:
    """Return a window of four users."""
    return Window(number=number, round=0, subject=subject, model=Model.CLOSED, users=4)


def opened(number: int, subject: str = "UserById:async") -> Window:
    """Return a window of 200 arrivals a second."""
    return Window(number=number, round=0, subject=subject, model=Model.OPEN, rate_per_s=200)


def stage(*windows: Window) -> Stage:
    """Return a stage of these windows."""
    return Stage(name="sweep", subjects=BOTH, windows=windows)


def test_a_window_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Counts, errors by kind, times and shares; discarded requests, one of a minute among them, are not in it."""
    script = Script(ok={GET: 1_000, POST: 500}, errors={POST: {"503": 10, "ConnectionRefusedError": 5}}, cpu=0.25)
    (window,) = read_stage(write_stage(tmp_path / "s", stage(closed(0)), {0: script})).windows
    assert (window.began, window.measured_from, window.measured_s, window.users) == (BEGAN, BEGAN + 1, 5.0, 4)
    assert [each.name for each in window.endpoints] == [GET, POST]
    assert [(each.ok, each.failed) for each in window.endpoints] == [(1_000, 0), (500, 15)]
    assert window.total.errors == {"503": 10, "ConnectionRefusedError": 5}
    assert (window.requests, window.throughput_per_s) == (1_515, 300.0)
    assert window.error_share == pytest.approx(15 / 1_515)
    assert window.generator_cpu == pytest.approx(0.25)
    assert window.total.service.total == 1_515
    assert window.total.service.percentile_ns(99) == pytest.approx(10 * MS, rel=1e-3)


def test_a_closed_window_has_its_service_times_as_response_times(tmp_path: Path) -> None:
    """It has no intended start, so it can promise no share of its arrivals and has no lag."""
    (window,) = read_stage(write_stage(tmp_path / "s", stage(closed(0)), {0: Script()})).windows
    assert window.total.response.percentile_ns(50) == window.total.service.percentile_ns(50)
    assert window.lag is None
    assert window.achieved_share is None
    assert window.dropped_share == 0


def test_an_open_window_tells_response_from_service(tmp_path: Path) -> None:
    """Arrivals that were dropped or late are counted, and those that never became requests lower the share."""
    script = Script(ok={GET: 900}, response_ms=(10, 30), dropped=60, late=7, scheduled=1_000, lag_ms=2)
    (window,) = read_stage(write_stage(tmp_path / "s", stage(opened(0)), {0: script})).windows
    assert window.total.service.highest_ns == pytest.approx(10 * MS, rel=1e-3)
    assert window.total.response.percentile_ns(90) == pytest.approx(30 * MS, rel=1e-3)
    assert (window.scheduled, window.dropped, window.late) == (1_000, 60, 7)
    assert window.achieved_share == pytest.approx(0.9)
    assert window.dropped_share == pytest.approx(0.06)
    assert window.lag is not None
    assert window.lag.percentile_ns(50) == pytest.approx(2 * MS, rel=1e-3)


def test_many_workers_give_what_one_gives(tmp_path: Path) -> None:
    """However many share the requests, counts and percentiles of the whole are the same."""
    times = tuple(range(1, 1_001))
    one, eight = (
        read_stage(
            write_stage(
                tmp_path / str(workers), stage(opened(0)), {0: Script(service_ms=times, workers=workers, dropped=3)}
            )
        ).windows[0]
        for workers in (1, 8)
    )
    assert (one.total.ok, one.dropped) == (eight.total.ok, eight.dropped) == (1_000, 3)
    for percent in (50, 90, 95, 99):
        assert one.total.response.percentile_ns(percent) == eight.total.response.percentile_ns(percent)


def test_the_busiest_worker_counts(tmp_path: Path) -> None:
    """One process at its limit delays its share of the requests, however idle the others are."""
    folder = write_stage(tmp_path / "s", stage(closed(0)), {0: Script(cpu=0.2, workers=2)})
    lines = (folder / "seconds.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    busy = "".join(line.replace('"cpu": 0.2', '"cpu": 1.0') if "worker-1" in line else line for line in lines)
    (folder / "seconds.jsonl").write_text(busy, encoding="utf-8")
    assert read_stage(folder).windows[0].generator_cpu == pytest.approx(1.0)


def test_each_second_has_its_counts_and_times(tmp_path: Path) -> None:
    """The trace shows both parts, and a percentile only where a second bears it."""
    (window,) = read_stage(write_stage(tmp_path / "s", stage(closed(0)), {0: Script()})).windows
    first, *measured = window.seconds
    assert (first.part, first.second, first.highest_ns) == ("discarded", BEGAN, pytest.approx(6e10, rel=1e-3))
    assert [(each.part, each.ok, each.errors) for each in measured] == [("measured", 200, 0)] * 5
    assert measured[0].p50_ns == pytest.approx(10 * MS, rel=1e-3)
    assert measured[0].p99_ns is None


def test_a_window_that_was_never_over_is_missing(tmp_path: Path) -> None:
    """What was measured before the generator ended is kept, and the rest is named."""
    reading = read_stage(write_stage(tmp_path / "s", stage(closed(0), opened(1)), {0: Script(lost=["w-2"])}))
    assert [each.window.number for each in reading.windows] == [0]
    assert reading.missing == (1,)
    assert reading.lost_workers == ("w-2",)


def test_vitals_are_read(tmp_path: Path) -> None:
    """Load, the cores that everybody used, what pools and event loops said; older runs did not ask the loops."""
    host = "http://127.0.0.1:1"
    older = {"time": BEGAN, "load1": 1.5, "cpu": {"app": 0.9}, "pools": {host: {"size": 10}}}
    lags = {"process": 7, "interval_ms": 50.0, "until": BEGAN, "lags_ms": [0.2, 70.0]}
    lines = [older, {"time": BEGAN, "load1": 1.5, "loops": {host: lags}}]
    first, last = read_stage(write_stage(tmp_path / "s", stage(closed(0)), {}, lines)).vitals
    assert (first.load1, first.cpu["app"], first.pools[host]["size"], first.loops) == (1.5, 0.9, 10, {})
    assert last.loops == {host: LoopReading(BEGAN, 0.05, (0.0002, 0.07))}


def test_a_stage_that_never_began_has_no_windows(tmp_path: Path) -> None:
    """A plan alone is a stage of which everything is missing."""
    folder = write_stage(tmp_path / "s", stage(closed(0)), {})
    for name in ("windows.jsonl", "seconds.jsonl", "vitals.jsonl", "intervals.hlog"):
        (folder / name).unlink()
    assert read_stage(folder).missing == (0,)


def test_a_last_line_without_an_end_is_left_out(tmp_path: Path) -> None:
    """A generator that is killed while it writes leaves half of a line; all before it counts."""
    folder = write_stage(tmp_path / "s", stage(closed(0), opened(1)), {0: Script()})
    for name in ("windows.jsonl", "seconds.jsonl", "intervals.hlog"):
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write("Tag=service 0 measured x,1" if name == "intervals.hlog" else '{"number": 1, "be')
    (window,) = read_stage(folder).windows
    assert window.total.ok == 1_000


@pytest.mark.parametrize(
    ("name", "content"),
    [
        *(
            (name, content)
            for name in ("plan.json", "windows.jsonl", "seconds.jsonl", "vitals.jsonl")
            for content in ("not JSON\n", "{}\n", "[1]\n", "\x00\xff\n")
        ),
        ("intervals.hlog", "Tag=what\n"),
        ("intervals.hlog", "Tag=service 0 measured x,1,1,1,HIST\n"),
        ("intervals.hlog", "Tag=service 0 measured x,soon,1,1,HISTFAAAABx42pNpmSzMwMDAxAABzFCaEUoz2X+AsIQBQcQDOA==\n"),
    ],
)
def test_a_damaged_file_is_named_in_one_line(tmp_path: Path, name: str, content: str) -> None:
    """Whatever stands in it, the message says which file it is and what to do."""
    folder = write_stage(tmp_path / "s", stage(closed(0)), {0: Script()})
    (folder / name).write_bytes(content.encode("latin-1"))
    with pytest.raises(UsageError) as caught:
        read_stage(folder)
    assert "\n" not in str(caught.value)
    assert f"{name} is damaged" in str(caught.value) or "plan of a stage has format None" in str(caught.value)


def test_a_histogram_with_a_changed_letter_is_damage(tmp_path: Path) -> None:
    """Whatever letter it is, the log is named; a few letters carry nothing and change nothing."""
    folder = write_stage(tmp_path / "s", stage(closed(0)), {0: Script(service_ms=tuple(range(1, 200)))})
    log = folder / "intervals.hlog"
    sound = log.read_text(encoding="utf-8")
    start = sound.rindex(",") + 1
    for place in range(start, len(sound) - 1, 7):
        log.write_text(sound[:place] + ("A" if sound[place] != "A" else "B") + sound[place + 1 :], encoding="utf-8")
        with suppress(UsageError):
            assert read_stage(folder).windows[0].total.ok == 1_000
    log.write_text(sound[: start + 20] + "????" + sound[start + 24 :], encoding="utf-8")
    with pytest.raises(UsageError, match=r"intervals\.hlog is damaged"):
        read_stage(folder)


def test_a_folder_without_a_plan_is_no_stage(tmp_path: Path) -> None:
    """The message says what was looked for."""
    with pytest.raises(UsageError, match=r"holds no stage of load \(there is no plan.json\)"):
        read_stage(tmp_path)


def test_intervals_of_our_log_are_those_of_the_library(tmp_path: Path) -> None:
    """Reading line by line without unpacking gives the names, times and values that the library's reader gives."""
    folder = write_stage(tmp_path / "s", stage(opened(0)), {0: Script(response_ms=(1, 2, 3))})
    intervals = list(read_intervals(folder / "intervals.hlog"))
    whole = read_log(folder / "intervals.hlog")
    assert {each.name for each in intervals} == set(whole)
    for name, histogram in whole.items():
        assert sum(each.histogram.total for each in intervals if each.name == name) == histogram.total
    measured = {each.start_s for each in intervals if each.name == f"response 0 measured {GET}"}
    assert measured == {BEGAN + 1 + second for second in range(5)}
