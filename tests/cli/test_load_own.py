"""`ormbench load` on an application of a user's own, and what ends such a run: the application, the generator."""

from __future__ import annotations

from collections import defaultdict
from contextlib import ExitStack

import psutil
import pytest

from bench.load.reading.stage_folder import read_stage
from tests.cli.command import Ormbench, family, kill, survivors
from tests.cli.load_calls import MINE, own_app, started, the_load, wait_for_window

PAIR = ("--locustfile", "mine.py", "--pair", "Read=Old,New", "--users", "2")
READ = (*PAIR, "--model", "closed", "--window", "1")


@pytest.fixture(autouse=True)
def _mine(ormbench: Ormbench) -> None:
    """Write a locustfile of a user's own."""
    (ormbench.folder / "mine.py").write_text(MINE, encoding="utf-8")


def test_an_application_of_ones_own_is_measured(ormbench: Ormbench) -> None:
    """Only what the file asks is sent, by the class that asks it; the user names the pair; both models are there."""
    words = ("--rate", "20", "--rounds", "2", "--window", "0.5", "--workers", "2")
    with own_app() as url:
        ended = ormbench.here("load", "--url", url, *PAIR, *words)
    assert (ended.code, ended.err) == (0, "")
    load = the_load(ormbench)
    assert load["pairs"] == [{"name": "Read", "sides": ["Old", "New"]}]
    assert [each["name"] for each in load["stages"]] == ["sweep", "open"]
    assert (load["backend"], load["ceiling_per_s"]) == (None, None)
    [run] = ormbench.runs()
    for stage in ("sweep", "open"):
        sent: defaultdict[str, set[str]] = defaultdict(set)
        for window in read_stage(run / "load" / stage).windows:
            sent[window.subject.user_class] |= {endpoint.name for endpoint in window.endpoints}
        assert sent == {"Old": {"GET /old"}, "New": {"GET /new"}}, stage


def test_an_application_that_goes_away_ends_the_run(ormbench: Ormbench) -> None:
    """Exit code 1 and one line; the windows that were over are kept and rendered."""
    with ExitStack() as served:
        url = served.enter_context(own_app())
        with started(ormbench, "load", "--url", url, *READ) as process:
            wait_for_window(ormbench, process, "sweep")
            served.close()
            line = ormbench.ending(process).refusal(1)
    assert f"the application at {url} takes no connection: Connection refused; see whether it runs; complete" in line
    assert [each["name"] for each in the_load(ormbench)["stages"]] == ["sweep"]
    [run] = ormbench.runs()
    assert (ormbench.folder / "reports" / run.name / "index.html").is_file()


def generator_of(processes: list[psutil.Process]) -> psutil.Process:
    """Return the process that leads a generator, the one child of what keeps it on a leash."""
    [tether] = [each for each in processes if "bench.load.generator_process.tether" in each.cmdline()]
    [master] = tether.children()
    return master


def test_a_generator_that_dies_is_named_with_its_log(ormbench: Ormbench) -> None:
    """Exit code 1 and one line; no worker of it is left."""
    with own_app() as url, started(ormbench, "load", "--url", url, *READ, "--workers", "2") as process:
        wait_for_window(ormbench, process, "sweep")
        processes = family(process)
        kill([generator_of(processes)])
        line = ormbench.ending(process).refusal(1)
    [run] = ormbench.runs()
    told = f"the generator was killed by SIGKILL (stage sweep); see results/{run.name}/load/sweep/generator.log"
    assert told in line
    assert survivors(processes) == []


@pytest.mark.slow
def test_a_worker_that_vanishes_is_told(ormbench: Ormbench) -> None:
    """Exit code 1 and one line that names it; the windows before are kept and rendered."""
    with own_app() as url, started(ormbench, "load", "--url", url, *READ, "--workers", "2") as process:
        wait_for_window(ormbench, process, "sweep")
        processes = family(process)
        kill(generator_of(processes).children()[:1])
        line = ormbench.ending(process).refusal(1)
    assert "was not measured to its end: lost " in line
    assert [each["name"] for each in the_load(ormbench)["stages"]] == ["sweep"]
    assert survivors(processes) == []


def test_a_killed_run_takes_everything_with_it(ormbench: Ormbench) -> None:
    """Kill -9 leaves neither the generator nor one of its workers."""
    with own_app() as url, started(ormbench, "load", "--url", url, *READ, "--workers", "2") as process:
        wait_for_window(ormbench, process, "sweep")
        processes = family(process)
        assert len([each for each in processes if "locust" in each.cmdline()]) >= 3
        kill([psutil.Process(process.pid)])
        process.wait()
        assert survivors(processes) == []
