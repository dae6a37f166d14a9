"""The generator as a process: Locust with one stage to carry out, watched until its end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NoReturn

from bench.core.errors import OrmbenchError
from bench.core.interpreter import module_command
from bench.core.load_pairs import STAGE
from bench.core.load_plan import Stage
from bench.core.store import write_json
from bench.load.generator_process.tether import GRACE_S
from bench.load.reading.stage_folder import read_stage
from bench.load.target.process import free_port

LOCUSTFILE = Path(__file__).resolve().parents[1] / "locustfile.py"
PLAN, LOG = "plan.json", "generator.log"
HOST = "127.0.0.1"

HANGS_AFTER_S = 180.0
"""What a stage may take beyond its windows: the start, and users that wait a minute for their last answer."""
WINDOW_SLACK_S = 2.0
"""Of each window, for users that are started and ended."""
END_SLACK_S = 5.0
_INTERVAL_S = 0.1
_FOREIGN = ("ORMBENCH_", "LOCUST_")
"""Variables that would change what Locust does; the options alone decide."""
_OURS = "ormbench: "
"""Begins what our part of the generator says of a fault, behind Locust's time and place."""


@dataclass(frozen=True)
class Surroundings:
    """What every generator of a run is told beside its stage."""

    locustfile: Path | None = None
    """The user's own."""
    variables: Mapping[str, str] = field(default_factory=dict)

    def command(self, *arguments: str) -> list[str]:
        """Return the command that runs Locust with our file and the user's."""
        files = [LOCUSTFILE, *([self.locustfile.resolve()] if self.locustfile is not None else [])]
        return module_command("locust", "-f", ",".join(map(str, files)), *arguments)

    @property
    def folder(self) -> Path | None:
        """Return the working folder; None for that of the caller, where the user's own file may find its neighbours.

        Locust imports from it before anything else, and takes options from a locust.conf in it: without a file of the
        user's nothing that lies where ormbench is called is to be run or read.
        """
        return LOCUSTFILE.parent if self.locustfile is None else None

    def environment(self, **more: str) -> dict[str, str]:
        """Return the variables of its environment."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
        return {**inherited, **self.variables, **more, "PYTHONUNBUFFERED": "1"}


def carry_out(
    stage: Stage,
    folder: Path,
    surroundings: Surroundings,
    require: Callable[[], None],
    watched: Callable[[int], AbstractContextManager[object]],
) -> None:
    """Have a generator carry out a stage; its files appear in the folder.

    Args:
        stage: What is asked.
        folder: Of the stage; what an earlier attempt left in it is removed.
        surroundings: What the generator is told beside it.
        require: Raises where an application has ended; asked again and again.
        watched: Gets the number of the process, and gives a context that lasts as long as it does.

    Raises:
        OrmbenchError: The generator did not start, died, hung or left windows out, or `require` raised. Windows that
            were over by then are in the folder.
    """
    with suppress(FileNotFoundError):
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    write_json(folder / PLAN, stage.as_data())
    log = folder / LOG
    limit_s = HANGS_AFTER_S + sum(each.discard_s + each.measure_s + WINDOW_SLACK_S for each in stage.windows)
    command = surroundings.command(*_headless(folder), *spread(stage.workers))
    environment = surroundings.environment(**{STAGE: str(folder.resolve())})
    with (
        log.open("wb") as output,
        tethered(command, environment, output, surroundings.folder) as process,
        watched(process.pid),
    ):
        deadline_s = time.monotonic() + limit_s
        while process.poll() is None:
            require()
            if time.monotonic() > deadline_s:
                _fail(stage, log, f"did not end within {limit_s:.0f} s and was stopped")
            time.sleep(_INTERVAL_S)
    # An application that dies takes the last windows with it, and the generator may be at its end by then.
    require()
    if process.returncode != 0:
        _fail(stage, log, _ending(process.returncode, log))
    if read_stage(folder).missing:
        _fail(stage, log, "left windows out")


@contextmanager
def tethered(
    command: Sequence[str], environment: Mapping[str, str], output: IO[bytes], folder: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command, and end it with all of its processes when the block ends, or this process."""
    process = subprocess.Popen(
        module_command("bench.load.generator_process.tether", *command),
        env=environment,
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT,
        # Ctrl-C at the terminal must reach us only, and all of its processes are to be found.
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.stdin is not None:
            process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_S + END_SLACK_S)
        # Workers outlive a master that was killed.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def spread(workers: int) -> list[str]:
    """Return the words that have a master and so many workers do the work of one process; none for one."""
    if workers == 1:
        return []
    port = str(free_port(HOST, 0))
    bound = ["--master-bind-host", HOST, "--master-bind-port", port]
    return ["--processes", str(workers), *bound, "--master-host", HOST, "--master-port", port]


def _headless(folder: Path) -> list[str]:
    # Errors are results here: they are counted, and do not make a failure of the generator.
    return ["--headless", "--only-summary", "--exit-code-on-error", "0", "--csv", str(folder.resolve() / "locust")]


def _ending(code: int, log: Path) -> str:
    # As shells say that a signal ended something; the tether passes it on like that.
    if code < 0 or code > 128:  # noqa: PLR2004 - see above
        return f"was killed by {signal.Signals(-code if code < 0 else code - 128).name}"
    return f"ended with code {code}: {last_word(log)}"


def last_word(log: Path) -> str:
    """Return the line of a generator's log that says best why it ended."""
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    ours = [line.partition(_OURS)[2] for line in lines if _OURS in line]
    errors = [line for line in lines if "/ERROR/" in line or line.partition(":")[0].endswith(("Error", "Exception"))]
    return [*(lines[-1:] or ["it left no output"]), *errors, *ours][-1]


def _fail(stage: Stage, log: Path, what: str) -> NoReturn:
    message = f"the generator {what} (stage {stage.name}); see {log}"
    raise OrmbenchError(message)
