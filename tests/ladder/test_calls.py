"""`python -m bench.ladder` from nothing to a table, and the calls that it refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from bench.core.drivers import Mode
from bench.ladder.climbing import FORMAT
from bench.ladder.plan import Endpoint, Group
from bench.ladder.rung import Rung
from bench.servers.postgresql import find_programs
from bench.servers.scratch import VARIABLE

ROOT = Path(__file__).parents[2]
LIMIT_S = 120.0

STAND_IN = """
import socket, sys

if sys.argv[1:] == ["-v"]:
    print("wrk stand-in Copyright")
    sys.exit(1)
address, _, ids, _, _ = sys.argv[-5:]
place, _, path = address.removeprefix("http://").partition("/")
host, _, port = place.partition(":")
asked = "users/1" if ids == "1" else "users/one-by-one?ids=1&ids=2"
with socket.create_connection((host, int(port)), timeout=10) as connection:
    connection.sendall(f"GET /{path}/{asked} HTTP/1.1\\r\\nHost: {place}\\r\\n\\r\\n".encode())
    if not connection.recv(4096).startswith(b"HTTP/1.1 200 "):
        sys.exit(3)
print("Running 1s test")
print('{"requests": 1000, "errors": 0, "duration_us": 1000000, "p50_us": 900, "p99_us": 2000}')
"""
"""A wrk that asks once, and says that it was all the same; started for each window, it imports next to nothing."""


def call_ladder(folder: Path, path: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Call the ladder in a folder, with programs from nowhere but a path."""
    with tempfile.TemporaryDirectory(prefix="ormbench-test-") as scratch:
        Path(scratch).chmod(0o755)
        environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), VARIABLE: scratch, "COLUMNS": "80"}
        command = [sys.executable, "-m", "bench.ladder", *words]
        return subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=LIMIT_S
        )


def test_without_wrk_it_says_how_to_get_it(tmp_path: Path) -> None:
    """Without wrk the call ends at once with code 2 and one line, and leaves nothing."""
    ended = call_ladder(tmp_path, str(tmp_path))
    assert ended.returncode == 2
    [line] = ended.stderr.splitlines()
    assert "apt install wrk" in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("windows", [[{"mode": "sync"}], [1], "none"])
def test_a_damaged_record_is_refused_in_a_line(tmp_path: Path, windows: object) -> None:
    """`--show` ends with code 2, and says what to do."""
    file = tmp_path / "ladder.json"
    file.write_text(json.dumps({"format": FORMAT, "windows": windows}), encoding="utf-8")
    ended = call_ladder(tmp_path, os.environ["PATH"], "--show", str(file))
    assert ended.returncode == 2
    [line] = ended.stderr.splitlines()
    assert line.startswith("ladder: ")
    assert "restore it or measure again" in line


@pytest.mark.skipif(find_programs() is None, reason="no programs of postgresql on this machine")
def test_the_whole_ladder_measures_the_app_beside_the_rungs(tmp_path: Path) -> None:
    """Two passes start server, rungs and app, load each at its own address, keep all windows, and show them."""
    programs = tmp_path / "programs"
    programs.mkdir()
    stand_in = programs / "wrk"
    stand_in.write_text(f"#!{sys.executable} -IS\n{STAND_IN}", encoding="utf-8")
    stand_in.chmod(0o755)
    words = ["--passes", "2", "--rounds", "1", "--rung", "null", "--rung", "app"]
    ended = call_ladder(tmp_path, os.pathsep.join([str(programs), os.environ["PATH"]]), *words)
    assert (ended.returncode, ended.stderr) == (0, "")
    [file] = tmp_path.glob("results/*/ladder.json")
    record = json.loads(file.read_text(encoding="utf-8"))
    assert record["finished"] is not None
    assert record["generator"] == "wrk stand-in"
    assert record["command"].endswith("--rung null --rung orm --rung orm-again --rung app")
    measured = Counter((window["mode"], window["endpoint"], window["rung"]) for window in record["windows"])
    groups = [Group(mode, endpoint) for mode in Mode for endpoint in Endpoint]
    rungs = (Rung.NULL, Rung.ORM, Rung.ORM_AGAIN, Rung.APP)
    assert dict(measured) == {(group.mode, group.endpoint, rung): 2 for group in groups for rung in rungs}
    assert ended.stdout.count("equivalent") == len(groups) * 3
    assert "postgresql://" not in file.read_text(encoding="utf-8")
    shown = call_ladder(tmp_path, os.environ["PATH"], "--show", str(file))
    assert shown.returncode == 0
    assert shown.stdout.strip() in ended.stdout
