"""The end of a run ends its servers, however it comes; and nothing but that is ended."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from bench.core.errors import OrmbenchError
from bench.servers import scratch
from bench.servers.fleet import keep
from bench.servers.kept import kept_servers, release
from bench.servers.launching import Launched
from bench.servers.plan import PORT, Plan, Step
from bench.servers.postgresql import start_postgresql

RUN = """
import time
from bench.servers.fleet import open_servers
with open_servers(("sqlite", "postgresql"), ()):
    print("up", flush=True)
    time.sleep(600)
"""
"""A run that has its servers up and waits to be killed."""

LISTENER = """
import pathlib, sys, time
seen = pathlib.Path("attempts")
ports = [*(seen.read_text().split() if seen.exists() else []), sys.argv[1]]
seen.write_text(" ".join(ports))
if len(ports) < 3:
    sys.exit("port is taken")
print("ready", flush=True)
time.sleep(600)
"""
"""A stand-in for a server that finds its port taken twice."""

LIMIT_S = 30.0


@pytest.fixture(autouse=True)
def own_scratch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give each test a scratch place of its own, where no other run lives and the servers' account may pass."""
    place = Path(tempfile.mkdtemp(prefix="ormbench-test-"))
    place.chmod(0o755)
    monkeypatch.setenv(scratch.VARIABLE, str(place))
    yield place
    wait_until(lambda: not any(map(scratch.is_live, folders())), "a guardian outlived the test")
    scratch.sweep()
    shutil.rmtree(place)


@pytest.fixture
def start_run() -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Return the function that starts a run in another process and returns once its servers are up."""
    runs: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        run = subprocess.Popen([sys.executable, "-c", RUN], stdout=subprocess.PIPE, text=True)
        runs.append(run)
        assert run.stdout is not None
        assert run.stdout.readline() == "up\n"
        return run

    yield start
    for run in runs:
        run.kill()
        run.communicate()


def wait_until(happened: Callable[[], bool], what: str) -> None:
    """Return as soon as something happened; fail with its name where it does not within the limit."""
    deadline = time.monotonic() + LIMIT_S
    while not happened():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def folders(kind: str = "") -> set[Path]:
    """Return the folders of all servers of a kind that exist now."""
    return {path for path in scratch.servers().glob(f"{kind}*") if path.is_dir()}


def named(folder: Path) -> list[psutil.Process]:
    """Return the processes whose command line names a folder or its data: a guardian, its server."""
    wanted = {str(folder), str(folder / "data")}
    return [each for each in psutil.process_iter(["cmdline"]) if wanted & set(each.info["cmdline"] or [])]


def guardian_of(folder: Path) -> psutil.Process:
    """Return the guardian of a folder."""
    [guardian] = [each for each in named(folder) if each.info["cmdline"][-1] == str(folder)]
    return guardian


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_run_leaves_no_server_and_no_folder(
    start_run: Callable[[], subprocess.Popen[str]], number: signal.Signals
) -> None:
    """Kill a run without a chance to clean up: its servers and their folders go by themselves."""
    run = start_run()
    mine = folders()
    assert len(mine) == 2
    run.send_signal(number)
    wait_until(lambda: not folders(), "the folders were not removed")
    wait_until(lambda: not any(named(folder) for folder in mine), "a process was left")
    assert list(scratch.servers().iterdir()) == []


def test_a_killed_guardian_takes_its_server_along_and_the_next_sweep_removes_the_data(
    start_run: Callable[[], subprocess.Popen[str]],
) -> None:
    """Kill the guardian itself: the kernel ends the server, and a later start removes what is left of it."""
    start_run()
    [folder] = folders("postgresql")
    assert len(named(folder)) > 1
    guardian_of(folder).kill()
    wait_until(lambda: not named(folder), "the server outlived its guardian")
    assert folder.exists()
    assert folder in scratch.sweep()
    assert not folder.exists()


def test_a_sweep_and_a_second_run_leave_a_living_run_alone(start_run: Callable[[], subprocess.Popen[str]]) -> None:
    """Start two runs at once and kill one: the other keeps its servers and its folders."""
    first, second = start_run(), start_run()
    assert scratch.sweep() == []
    assert len(folders()) == 4
    first.kill()
    wait_until(lambda: len(folders()) == 2, "the killed run's folders were not removed")
    assert scratch.sweep() == []
    assert second.poll() is None
    assert all(scratch.is_live(folder) for folder in folders())


def test_a_terminated_guardian_ends_its_server_and_removes_the_folder() -> None:
    """Send SIGTERM to a guardian: it ends in good order although its run lives, which is told so and can go on."""
    launched = Launched(Plan(folder=str(scratch.new_folder("sqlite")), account=None))
    try:
        assert scratch.is_live(launched.folder)
        guardian_of(launched.folder).terminate()
        wait_until(lambda: not launched.folder.exists(), "the folder was not removed")
        for _ in range(2):  # nobody reads the second order
            with pytest.raises(OrmbenchError, match="its guardian ended without a word"):
                launched.stop()
    finally:
        launched.close()


def test_a_kept_server_outlives_the_process_that_started_it_until_it_is_released() -> None:
    """Keep a server from another process: it is found, is not kept twice, survives a sweep, and ends on release."""
    code = "from bench.servers.fleet import keep; keep(['postgresql'])"
    subprocess.run([sys.executable, "-c", code], check=True)
    [server] = kept_servers()
    assert server.kind == "postgresql"
    assert scratch.sweep() == []
    assert keep(["postgresql"]) == [server]
    assert release() == ["postgresql"]
    assert kept_servers() == []
    assert list(scratch.servers().iterdir()) == []


def test_no_other_user_can_read_the_card_of_a_kept_server() -> None:
    """The card holds the password; it is closed to everyone but its owner."""
    code = "from bench.servers.fleet import keep; keep(['postgresql'])"
    subprocess.run([sys.executable, "-c", code], check=True)
    try:
        [card] = scratch.servers().glob("*/*.json")
        assert card.stat().st_mode & 0o077 == 0
        assert card.stat().st_uid == os.geteuid()
    finally:
        release()


def test_a_password_of_a_plan_is_in_no_command_line_and_no_repr() -> None:
    """Passwords travel to the programs through a pipe: `repr` hides them, and a program reads them from stdin."""
    folder = scratch.new_folder("check")
    program = "import sys; sys.exit(sys.stdin.read()[::-1] != 'terces')"
    step = Step(argv=[sys.executable, "-c", program], text="secret")
    assert "secret" not in repr(step)
    Launched(Plan(folder=str(folder), account=None, steps=[step])).close()
    assert not folder.exists()


def test_a_taken_port_is_replaced_by_another() -> None:
    """Let the server find its port taken twice: the third attempt, on another port, is the one reported."""
    launched = Launched(
        Plan(
            folder=str(scratch.new_folder("check")),
            account=None,
            command=[sys.executable, "-c", LISTENER, PORT],
            ready="ready",
            port_taken="port is taken",
        )
    )
    try:
        attempts = (launched.folder / "attempts").read_text().split()
        assert len(set(attempts)) == 3
        assert launched.port == int(attempts[-1])
    finally:
        launched.close()


def test_a_server_that_fails_says_why_and_leaves_nothing() -> None:
    """Start a server that gives up: the error holds its last words, and its folder is gone."""
    folder = scratch.new_folder("check")
    command = [sys.executable, "-c", "import sys; sys.exit('disk is full')"]
    with pytest.raises(OrmbenchError, match="disk is full"):
        Launched(Plan(folder=str(folder), account=None, command=command, ready="ready", port_taken="port is taken"))
    assert not folder.exists()


def test_the_reason_in_a_log_is_told_instead_of_the_advice_behind_it() -> None:
    """Lines that the servers mark as errors go before the last ones."""
    words = "print('[ERROR] Aborting: no room');print('see the manual');print('or ask the list')"
    command = [sys.executable, "-c", words]
    plan = Plan(
        folder=str(scratch.new_folder("check")),
        account=None,
        command=command,
        ready="ready",
        port_taken="port is taken",
    )
    with pytest.raises(OrmbenchError, match=r"the server ended with code 0 \| \[ERROR\] Aborting: no room$"):
        Launched(plan)


def test_a_server_that_ignores_the_request_to_end_is_killed() -> None:
    """Give a server that ignores SIGTERM a short limit: closing still ends it."""
    program = "import signal, time; signal.signal(15, signal.SIG_IGN); print('ready', flush=True); time.sleep(600)"
    folder = scratch.new_folder("check")
    plan = Plan(
        folder=str(folder),
        account=None,
        command=[sys.executable, "-c", program, str(folder)],
        ready="ready",
        port_taken="port is taken",
        stop_limit_s=0.2,
    )
    launched = Launched(plan)
    assert len(named(folder)) == 2
    launched.close()
    assert named(folder) == []
    assert not folder.exists()


def test_a_server_that_is_away_can_be_ended_again_and_started() -> None:
    """Stop and kill it in any order: it comes back on its port, and its guardian lives."""
    folder = scratch.new_folder("check")
    program = "import time; print('ready', flush=True); time.sleep(600)"
    command = [sys.executable, "-c", program, str(folder), PORT]
    launched = Launched(Plan(folder=str(folder), account=None, command=command, ready="ready", port_taken="taken"))
    try:
        for ends in ((launched.kill, launched.kill), (launched.stop, launched.kill), (launched.kill, launched.stop)):
            for end in ends:
                end()
                assert len(named(folder)) == 1
            launched.start_again()
            assert any(str(launched.port) in process.cmdline() for process in named(folder))
    finally:
        launched.close()
    assert not folder.exists()


def test_a_plan_survives_its_way_through_a_pipe() -> None:
    """What the guardian reads is the plan that the run wrote."""
    plan = Plan(folder="/f", account="nobody", steps=[Step(argv=["a"], text="b")], command=["c"], stop_signal=3)
    assert Plan.from_json(plan.to_json()) == plan
    assert "\n" not in plan.to_json()
    assert json.loads(plan.to_json())["folder"] == "/f"


def test_what_the_system_refuses_is_told_by_the_run(capfd: pytest.CaptureFixture[str]) -> None:
    """The guardian cannot make its folder: its words are in the run's line, no traceback is on the terminal."""
    folder = scratch.new_folder("sqlite")
    folder.mkdir()
    with pytest.raises(OrmbenchError, match=r"the private sqlite server did not start: .*File exists"):
        Launched(Plan(folder=str(folder), account=None))
    assert capfd.readouterr().err == ""


def test_a_narrow_umask_keeps_no_server_out() -> None:
    """Files of the caller are closed to others: the account of the server passes to its data all the same."""
    before = os.umask(0o077)
    try:
        _, launched = start_postgresql()
    finally:
        os.umask(before)
    launched.close()
