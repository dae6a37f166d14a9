"""What a run loses when a process, a server, a wire or the disk goes away under it: the unit at hand and no more."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest
from sqlalchemy import URL, text

from bench.core.errors import OrmbenchError
from bench.servers.given import connected
from bench.servers.namespaces import namespace
from bench.servers.postgresql import start_postgresql
from bench.servers.server import Origin, Server
from tests.cli.command import Ormbench, kill, planted, shown
from tests.faults.runs import STANDING, Halting, check_kept, check_nothing_lives, check_resumed, shape, the_run


def test_a_measuring_process_that_dies_is_named_with_its_log(
    ormbench: Ormbench, halting: Callable[..., Halting]
) -> None:
    """As the system does when memory is short: exit code 1, the log is named, the unit before it is kept."""
    run = halting("--backend", "sqlite", units=1)
    kill([process for process in run.family if "pytest" in process.cmdline()])
    log = f"results/{the_run(ormbench).name}/logs/pass02-sqlite.log"
    assert f"pass02-sqlite was killed by SIGKILL; see {log}; complete units" in run.go_on().refusal(1)
    assert (ormbench.folder / log).is_file()
    check_nothing_lives(ormbench, run.family)
    check_resumed(ormbench, ["pass01-sqlite"])


def test_a_server_that_dies_is_not_taken_for_a_failed_case(ormbench: Ormbench, halting: Callable[..., Halting]) -> None:
    """Exit code 1 and one line that names the server; the unit before is kept, the one it died in is not."""
    run = halting("--backend", "postgresql", units=1)
    kill([process for process in run.family if process.name() == "postgres"])
    line = run.go_on().refusal(1)
    assert line.startswith("ormbench: postgresql went away while it was used: cannot connect to postgresql://")
    assert "Connection refused" in line
    check_nothing_lives(ormbench, run.family)
    check_kept(ormbench, ["pass01-postgresql"])


@pytest.fixture
def small_disk(ormbench: Ormbench) -> Iterator[Path]:
    """Return a file system of a megabyte."""
    folder = ormbench.folder / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("mounting a small file system needs root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_costs_the_unit_that_did_not_fit(
    ormbench: Ormbench, halting: Callable[..., Halting], small_disk: Path
) -> None:
    """Exit code 1 and a line that says so; when there is room again the run goes on."""
    run = halting("--backend", "sqlite", units=1, out="disk/results")
    filler = small_disk / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    line = run.go_on().refusal(1)
    assert "pass02-sqlite could not write to disk/results/" in line
    assert "the disk is full" in line
    filler.unlink()
    check_resumed(ormbench, ["pass01-sqlite"], out="disk/results")


def test_a_resumed_run_remembers_failures_and_repeats_what_is_damaged(ormbench: Ormbench) -> None:
    """A case that failed in a unit that is kept makes the exit code 1; a unit that is cut off is measured again."""
    words = ("run", "--scenario", planted("tiring"), "--profile", "smoke", "--backend", "sqlite")
    assert ormbench(*words).code == 1
    folder = the_run(ormbench)
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    earlier = {"case": "tiring/[tiring]@sqlite+pysqlite", "stage": "operation", "message": "RuntimeError: earlier"}
    (folder / "run.json").write_text(json.dumps(run | {"failures": [earlier]}), encoding="utf-8")
    damaged = folder / "micro" / "pass02-sqlite.json"
    damaged.write_bytes(damaged.read_bytes()[:4096])
    resumed = ormbench.here("run", "--resume", "latest")
    assert (resumed.code, resumed.err) == (1, "")
    assert "Measuring pass02-sqlite (1 of 1)" in resumed.out
    after = shape(folder)
    # Each case once, with what was said first: the other driver's is told by its unit that is measured again.
    assert [each["case"] for each in after["failures"]] == [earlier["case"], "tiring/[tiring]@sqlite+aiosqlite"]
    assert earlier in after["failures"]
    assert {len(names) for names in after["measured"].values()} == {4}


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("seeding", "cannot write the rows of dataset 'shelf' (small): "),
        ("proofs", "postgresql went away while it was used: cannot connect to postgresql://"),
    ],
)
def test_a_server_that_dies_before_anything_is_measured_leaves_nothing(
    ormbench: Ormbench, halting: Callable[..., Halting], moment: str, told: str
) -> None:
    """Exit code 1 and one line; there is nothing to keep, so no folder stays and no advice is given."""
    run = halting("--backend", "postgresql", file=STANDING, moment=moment)
    kill([process for process in run.family if process.name() == "postgres"])
    line = run.go_on().refusal(1)
    assert line.startswith(f"ormbench: {told}")
    assert "--resume" not in line
    assert ormbench.runs() == []
    check_nothing_lives(ormbench, run.family)
    assert ormbench.server_folders() == []


@pytest.mark.slow
def test_a_proxy_that_dies_is_not_taken_for_a_failed_case(ormbench: Ormbench, halting: Callable[..., Halting]) -> None:
    """Exit code 1 and one line that names it; the unit it died in is measured again."""
    run = halting("--backend", "postgresql", "--delay", "0", units=1)
    kill([process for process in run.family if "bench.servers.proxy" in process.cmdline()])
    line = run.go_on().refusal(1)
    assert line.startswith("ormbench: the delay proxy for 127.0.0.1:")
    assert "its process has ended" in line
    check_nothing_lives(ormbench, run.family)
    check_resumed(ormbench, ["pass01-postgresql"])


def cut(url: URL, processes: Sequence[psutil.Process]) -> None:
    """Have a server that lives end the connections that these processes have to it."""
    ports = [each.laddr.port for process in processes for each in process.net_connections("tcp") if each.raddr]
    ending = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE client_port = ANY(:ports)")
    with connected(url) as owner:
        assert owner.execute(ending, {"ports": ports}).all()


def test_connections_that_are_cut_while_cases_are_timed_are_no_fault_of_theirs(
    ormbench: Ormbench, halting: Callable[..., Halting], server_url: Callable[[str], URL]
) -> None:
    """The unit is measured again by itself; no case is blamed, and the run is a good one."""
    url = server_url("postgresql")
    run = halting("--url", shown(url), units=1)
    cut(url, [process for process in run.family if "pytest" in process.cmdline()])
    run.wait(1)
    ended = run.go_on()
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.count("pass02-postgresql lost a connection to postgresql in halting/") == 1
    after = shape(the_run(ormbench))
    assert (after["failures"], sorted(after["measured"])) == ([], ["pass01-postgresql", "pass02-postgresql"])
    assert {len(names) for names in after["measured"].values()} == {2 * len(after["groups"][0]["cases"])}
    check_nothing_lives(ormbench, run.family)


@pytest.mark.slow
def test_connections_that_are_cut_while_cases_are_proved_are_no_fault_of_theirs(
    ormbench: Ormbench, halting: Callable[..., Halting], server_url: Callable[[str], URL]
) -> None:
    """The case is proved again on new connections."""
    url = server_url("postgresql")
    run = halting("--url", shown(url), file=STANDING, moment="proofs")
    cut(url, [process for process in run.family if "bench.servers.proxy" in process.cmdline()])
    run.wait(2)
    ended = run.go_on()
    assert (ended.code, ended.err) == (0, "")
    assert shape(the_run(ormbench))["failures"] == []
    check_nothing_lives(ormbench, run.family)


@pytest.mark.slow
def test_a_run_on_a_given_server_that_dies_can_go_on(ormbench: Ormbench, halting: Callable[..., Halting]) -> None:
    """Exit code 1 and one line that says what stays; when the server is back the run goes on, and then nothing does."""
    url, launched = start_postgresql()
    with closing(launched):
        run = halting("--url", shown(url), units=1)
        launched.kill()
        line = run.go_on().refusal(1)
        assert line.startswith("ormbench: postgresql went away while it was used: cannot connect to postgresql://")
        assert "schema ormbench_shelf stays on postgresql until the next run (" in line
        assert "complete units are kept, go on with: ormbench run --resume " in line
        check_nothing_lives(ormbench, run.family)
        launched.start_again()
        check_resumed(ormbench, ["pass01-postgresql"], "--url", shown(url))
        assert schemas(url) == []


def schemas(url: URL) -> list[str]:
    """Return the schemas on a server that are called as ours are."""
    with connected(url) as owner:
        return list(owner.execute(text("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'ormbench%'")).scalars())


def test_a_given_server_that_dies_keeps_what_could_not_be_dropped() -> None:
    """The line names it, and the next run takes it for its own by its mark."""
    url, launched = start_postgresql()
    with closing(launched):
        server = Server(label="mine", kind="postgresql", url=url, version="", origin=Origin.GIVEN)
        told = r"schema ormbench_shelf stays on mine until the next run \("
        with pytest.raises(OrmbenchError, match=told), namespace(server, "shelf"):
            launched.kill()
        lost = OrmbenchError("the first reason")
        launched.start_again()
        with suppress(OrmbenchError), namespace(server, "shelf"):
            launched.kill()
            raise lost
        [note] = lost.__notes__
        assert note.startswith("schema ormbench_shelf stays on mine until the next run (")
        launched.start_again()
        with namespace(server, "shelf"):
            pass
        assert schemas(url) == []
