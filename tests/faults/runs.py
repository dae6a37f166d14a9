"""Runs that are disturbed at a known moment, and what must be true of them afterwards."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import psutil

from bench.core.store import is_whole
from tests.cli.command import LIMIT_S, Ended, Ormbench, family, planted, survivors

HALT = "ORMBENCH_TEST_HALT"
"""Names the file for which `halting.py` stands still."""
HALT_AT = "ORMBENCH_TEST_HALT_AT"
"""Names the moment at which `standing.py` stands still."""
FILE = planted("halting")
STANDING = Path(__file__).parent / "planted" / "standing.py"


def shape(folder: Path) -> dict[str, Any]:
    """Return everything of a run that does not depend on time: units, groups, cases, failures, names of files."""
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    measured = {
        path.stem: sorted(each["name"] for each in json.loads(path.read_text(encoding="utf-8"))["benchmarks"])
        for path in (folder / "micro").iterdir()
    }
    return {
        "finished": run["finished"] is not None,
        "precise": run["precision"] is not None,
        "groups": run["groups"],
        "backends": [backend["label"] for backend in run["backends"]],
        "failures": run["failures"],
        "units": run["units"],
        "measured": measured,
        "files": sorted(str(path.relative_to(folder)) for path in folder.rglob("*")),
    }


def the_run(ormbench: Ormbench) -> Path:
    """Return the folder of the one run that has a record."""
    [record] = ormbench.results.glob("*/run.json")
    return record.parent


def check_nothing_lives(ormbench: Ormbench, processes: list[psutil.Process]) -> None:
    """Make sure that a family of processes is gone, and that nobody works in the scratch folder."""
    assert survivors(processes) == []
    place = str(ormbench.scratch)
    everybody = psutil.process_iter(["cmdline"])
    at_work = [process for process in everybody if any(place in word for word in process.info["cmdline"] or [])]
    assert survivors(at_work) == []


class Halting:
    """A run that stands still in the second group of every unit until it is let go."""

    def __init__(
        self,
        ormbench: Ormbench,
        *words: object,
        out: str = "results",
        file: Path = FILE,
        moment: str = "",
        **environment: str,
    ) -> None:
        self.mark = ormbench.folder / "halt"
        self.ormbench = ormbench
        asked = ["run", "--scenario", file, "--profile", "smoke", *words, "--out", out]
        self.process: subprocess.Popen[str] = ormbench.start(
            *asked, **environment, **{HALT: str(self.mark), HALT_AT: moment}
        )
        self.family: list[psutil.Process] = []

    def wait(self, units: int) -> None:
        """Let so many units pass, and return when the next one stands still."""
        for _ in range(units):
            self._wait_for_mark()
            self.mark.unlink()
        self._wait_for_mark()
        self.family = family(self.process)

    def go_on(self) -> Ended:
        """Let the unit go, and wait for the end."""
        self.mark.unlink(missing_ok=True)
        return self.ormbench.ending(self.process)

    def _wait_for_mark(self) -> None:
        deadline = time.monotonic() + LIMIT_S
        while not self.mark.exists():
            assert self.process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)


def check_kept(ormbench: Ormbench, kept: list[str], out: str = "results") -> None:
    """Make sure that of a run that was ended these units and no others are there, whole."""
    [run] = (ormbench.folder / out).iterdir()
    assert sorted(path.stem for path in (run / "micro").iterdir()) == kept
    assert all(is_whole(path) for path in (run / "micro").iterdir())
    assert not shape(run)["finished"]


def check_resumed(ormbench: Ormbench, kept: list[str], *words: str, out: str = "results") -> None:
    """Make sure that these units and no others were kept, that the rest is measured, and that the kept stay as is."""
    check_kept(ormbench, kept, out)
    [run] = (ormbench.folder / out).iterdir()
    files = {path.stem: path.read_bytes() for path in (run / "micro").iterdir()}
    resumed = ormbench.here("run", "--resume", "latest", *words, "--out", out)
    assert (resumed.code, resumed.err) == (0, "")
    after = shape(run)
    assert sorted(after["measured"]) == sorted(after["units"])
    assert len(after["measured"]) == 2
    assert after["finished"]
    assert after["failures"] == []
    assert {len(names) for names in after["measured"].values()} == {2 * len(after["groups"][0]["cases"])}
    for name, content in files.items():
        assert (run / "micro" / f"{name}.json").read_bytes() == content
    assert ormbench.server_folders() == []
