"""What an experiment loses when its worker or the shared server goes away: itself, or what came after it."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.cli.command import LIMIT_S, Ormbench, family, kill, survivors

PLANTED = Path(__file__).parents[1] / "experiments" / "planted"
WAITING = f"""
import pathlib, sys, time
sys.path.append({str(PLANTED)!r})
from troubles import planted, writes

def waits(_lab):
    \"""Say that it has begun, and wait to be killed.\"""
    (pathlib.Path(__file__).parent / "waits").touch()
    time.sleep(600)

EXPERIMENTS = [planted("waits", waits, 1), planted("writes", writes, 5)]
"""


def when_it_waits(ormbench: Ormbench, backend: str, victims: str) -> tuple[int, str, str]:
    """Kill -9 what has these words in its command line while an experiment waits; return how the call ended."""
    file = ormbench.folder / "waiting.py"
    file.write_text(WAITING, encoding="utf-8")
    words = ("--backend", backend, *(("--driver", "psycopg") if backend == "postgresql" else ()))
    process = ormbench.start("check", "--experiments", "--scenario", file, *words)
    deadline = time.monotonic() + LIMIT_S
    while not (ormbench.folder / "waits").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    processes = family(process)
    kill([each for each in processes if any(victims in word for word in each.cmdline())])
    ended = ormbench.ending(process)
    assert survivors(processes) == []
    return ended.code, ended.out, ended.err


def test_a_worker_that_is_killed_costs_its_experiment_alone(ormbench: Ormbench) -> None:
    """It is told how it ended; the others go on in a fresh process; the exit code is 1."""
    code, _, _ = when_it_waits(ormbench, "sqlite", "bench.experiments.worker")
    assert code == 1
    [run] = ormbench.runs()
    waits, writes = json.loads((run / "experiments.json").read_text(encoding="utf-8"))["experiments"]
    assert waits["results"][0]["error"] == "its process was killed by SIGKILL; see logs/sqlite-pysqlite-1.log"
    assert writes["results"][0]["outcomes"][0]["outcome"] == 5


@pytest.mark.slow
def test_a_server_that_dies_is_not_taken_for_a_failed_experiment(ormbench: Ormbench) -> None:
    """One line names it; nothing is blamed on the experiments, and what was performed before is kept."""
    code, _, err = when_it_waits(ormbench, "postgresql", "bin/postgres")
    assert code == 1
    assert "postgresql went away while it was used" in err
    [run] = ormbench.runs()
    record = json.loads((run / "experiments.json").read_text(encoding="utf-8"))
    assert not record["finished"]
    assert [each["results"] for each in record["experiments"]] == [[], []]
