"""The target app is served as it was asked for, and ends with the process that started it, whatever ends that."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from urllib.parse import urlsplit
from urllib.request import urlopen

import psutil
import pytest
from sqlalchemy import URL

from bench.core.drivers import Mode
from bench.core.errors import OrmbenchError, UsageError
from bench.load.target.options import TargetOptions
from bench.load.target.prepared import backend_of, driver_pair
from bench.load.target.process import running
from bench.servers.given import connected
from tests.cli.command import LIMIT_S, Ormbench, family, kill, listening, shown, survivors

CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
NAMESPACES = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'ormbench%%'"

WRONG_WORDS = {
    "two drivers of one mode": (
        "--backend postgresql --driver asyncpg --driver psycopg_async",
        "asyncpg and psycopg_async are both async drivers; the app has one for each mode",
    ),
    "host of nobody": ("--backend sqlite --host nowhere.invalid", "cannot listen at nowhere.invalid, port 8000"),
}
WRONG_SERVERS = {
    "unknown backend": ("postgres", None, "did you mean 'postgresql'?"),
    "two servers": ("sqlite", "postgresql://127.0.0.1/db", "name a server each"),
    "malformed URL": (None, "nonsense", "must look like postgresql"),
}
WRONG_DRIVERS = {
    "of another backend": ("asyncpg", "there are pysqlite, aiosqlite"),
    "unknown": ("pysqlit", "'pysqlite'"),
}


def within_limit(is_so: Callable[[], bool]) -> bool:
    """Return whether something comes true before the patience of these tests is over."""
    deadline = time.monotonic() + LIMIT_S
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def number_of(server: URL, query: str) -> int:
    """Ask a server for a number."""
    with closing(connected(server)) as connection:
        return int(connection.exec_driver_sql(query).scalar_one())


def serving(server: URL) -> list[psutil.Process]:
    """Return all processes that were told to serve from a server, whoever is their parent by now."""
    found, wanted = [], shown(server)
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get("ORMBENCH_URL") == wanted:
                found.append(process)
    return found


def ask(base_url: str) -> None:
    """Have both modes answer, and with that open a connection each."""
    for mode in Mode:
        with urlopen(f"{base_url}/{mode}/users/7", timeout=LIMIT_S) as answer:  # noqa: S310 - an address of ours
            assert b'"id":7' in answer.read()


def served(process: subprocess.Popen[str]) -> str:
    """Wait until a call of `ormbench serve` is ready, and return the address."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.endswith("is ready; Ctrl-C ends it.\n"):
            return line.split()[0]
    pytest.fail(f"not ready: {Ormbench.ending(process).err}")


@contextmanager
def started(ormbench: Ormbench, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Call `ormbench serve` at any free port; it ends with the block at the latest."""
    process = ormbench.start("serve", "--port", "0", *words)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("name", WRONG_WORDS)
def test_a_wrong_call_starts_nothing(ormbench: Ormbench, name: str) -> None:
    """It ends with code 2 and one line before a server is started."""
    words, said = WRONG_WORDS[name]
    ended = ormbench.here("serve", *words.split())
    assert said in ended.refusal()
    assert ended.out == ""


def test_a_taken_port_is_refused_before_a_server_is_started(ormbench: Ormbench) -> None:
    """One line says which port, and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        ended = ormbench.here("serve", "--backend", "sqlite", "--port", port)
    assert f"port {port} of 127.0.0.1 is taken; end what listens there" in ended.refusal()
    assert ended.out == ""
    assert ormbench.server_folders() == []


@pytest.mark.parametrize("name", WRONG_SERVERS)
def test_a_server_that_cannot_be_meant_is_refused(name: str) -> None:
    """The message says what was meant, or how it is written."""
    backend, url, said = WRONG_SERVERS[name]
    with pytest.raises(UsageError, match=re.escape(said)):
        backend_of(backend, url)


@pytest.mark.parametrize("name", WRONG_DRIVERS)
def test_a_driver_that_does_not_fit_is_refused(name: str) -> None:
    """The message names those that would."""
    driver, said = WRONG_DRIVERS[name]
    with pytest.raises(UsageError, match=re.escape(said)):
        driver_pair("sqlite", [driver])


def test_ctrl_c_is_a_good_end(ormbench: Ormbench) -> None:
    """At the very moment it is ready: code 0, no word of ours, and neither a process nor a server's folder stays."""
    with started(ormbench, "--backend", "sqlite") as process:
        served(process)
        process.send_signal(signal.SIGINT)
        processes = family(process)
        ended = Ormbench.ending(process)
    assert (ended.code, "ormbench: " in ended.err) == (0, False)
    assert survivors(processes) == []
    assert ormbench.server_folders() == []


def test_sigterm_is_a_good_end(ormbench: Ormbench, postgresql: URL) -> None:
    """Code 0, and no process, connection or schema stays."""
    with started(ormbench, "--url", shown(postgresql)) as process:
        ask(served(process))
        processes = family(process)
        assert number_of(postgresql, CONNECTIONS) > 0
        process.send_signal(signal.SIGTERM)
        ended = Ormbench.ending(process)
    assert (ended.code, "ormbench: " in ended.err) == (0, False)
    assert survivors([*processes, *serving(postgresql)]) == []
    assert within_limit(lambda: number_of(postgresql, CONNECTIONS) == 0)
    assert number_of(postgresql, NAMESPACES) == 0


def test_a_killed_command_takes_the_app_with_it(ormbench: Ormbench, postgresql: URL) -> None:
    """Kill -9 leaves neither the app, nor one of its workers, nor a connection."""
    with started(ormbench, "--url", shown(postgresql), "--workers", "2") as process:
        ask(served(process))
        processes = family(process)
        # The app, two workers, and what multiprocessing starts for them.
        assert len(processes) >= 3
        assert listening(processes) == {"127.0.0.1"}
        assert number_of(postgresql, CONNECTIONS) > 0
        kill([psutil.Process(process.pid)])
        process.wait()
    assert survivors(processes) == []
    assert serving(postgresql) == []
    assert within_limit(lambda: number_of(postgresql, CONNECTIONS) == 0)


def test_two_workers_serve(sqlite: URL) -> None:
    """The app answers, two processes serve it, and none of them is left when the block ends."""
    with running(sqlite, "sqlite", TargetOptions(workers=2, scenarios=False)) as target:
        ask(target.base_url)
        workers = [each for each in serving(sqlite) if "spawn_main" in " ".join(each.cmdline())]
        assert len(workers) == 2
    assert serving(sqlite) == []


def test_workers_do_not_outlive_their_parent(sqlite: URL) -> None:
    """Where the process that watches over the workers is killed, the end of the app is told, and they end too."""
    with running(sqlite, "sqlite", TargetOptions(workers=2, scenarios=False)) as target:
        os.kill(target.pid, signal.SIGKILL)
        with pytest.raises(OrmbenchError, match="the target app ended"):
            target.wait()
    assert survivors(serving(sqlite)) == []


def test_a_setting_that_the_app_refuses_is_not_tried_for_ever(sqlite: URL) -> None:
    """With two workers uvicorn would start them again and again: the app's own line is told, and nothing survives."""
    options = TargetOptions(workers=2, pool_size=0, scenarios=False)
    with pytest.raises(UsageError, match="did not start: ORMBENCH_POOL_SIZE"), running(sqlite, "sqlite", options):
        pytest.fail("it was served")
    assert survivors(serving(sqlite)) == []


def test_lines_that_nobody_takes_do_not_stop_the_reading(sqlite: URL) -> None:
    """A reader that went away, as `| head` does, must not fill the pipe that the app writes to."""
    heard: list[str] = []

    def refuse(line: str) -> None:
        heard.append(line)
        raise BrokenPipeError

    def has_heard(number: int) -> bool:
        return sum("Invalid HTTP" in line for line in heard) == number

    with running(sqlite, "sqlite", TargetOptions(scenarios=False), refuse) as target:
        place = urlsplit(target.base_url)
        for number in (1, 2):
            with socket.create_connection((place.hostname or "", place.port or 0)) as connection:
                connection.sendall(b"nonsense\r\n\r\n")
                assert within_limit(partial(has_heard, number))


def test_more_workers_than_the_server_bears_are_refused_before_they_start(postgresql: URL) -> None:
    """Sixty workers would need longer to say so than anybody waits: one process does the arithmetic for them."""
    options = TargetOptions(workers=60, scenarios=False)
    said = r"did not start: 60 workers x 2 pools x \(10 \+ 0\) connections = 1200, the server allows"
    with pytest.raises(UsageError, match=said), running(postgresql, "postgresql", options):
        pass
    assert serving(postgresql) == []
