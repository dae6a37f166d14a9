"""A run on a given server, watched from outside: what it writes, what its processes are called, where they listen."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep

import psutil

from tests.cli.command import Ended, Ormbench, family, listening, planted, shown
from tests.security.foreign import Foreign
from tests.security.secrets import ELSEWHERE
from tests.security.traps import set_traps

VARIABLES = {
    "PGPASSWORD": ELSEWHERE,
    "MYSQL_PWD": ELSEWHERE,
    "ORMBENCH_URL": f"postgresql://me:{ELSEWHERE}@127.0.0.1/db",
    "LOCUST_WEB_LOGIN": ELSEWHERE,
}
_BETWEEN_LOOKS_S = 0.1


@dataclass
class Seen:
    """What was seen of the processes of a call; not of the call itself, whose words are its user's."""

    call: Sequence[object]
    """Its own words: those of a child too, for the moment in which it is no program of its own yet."""
    command_lines: set[str] = field(default_factory=set)
    listening: set[str] = field(default_factory=set)
    """Addresses at which one of them listened."""

    def look(self, processes: list[psutil.Process]) -> None:
        """Note what there is now."""
        for process in processes:
            with suppress(psutil.Error):
                if (words := process.cmdline()) != self.call:
                    self.command_lines.add(" ".join(words))
        self.listening |= listening(processes)


@dataclass(frozen=True)
class GivenRun:
    """What a run left and what was seen of it."""

    folder: Path
    ended: Ended
    seen: Seen
    before: str
    """The dump of the server."""
    after: str


def carried_out(ormbench: Ormbench, foreign: Foreign) -> GivenRun:
    """Have a user's own models measured on a server of somebody else."""
    words = ("run", "--scenario", planted("sound"), "--profile", "smoke", "--url", shown(foreign.url))
    return _watched(ormbench, foreign, words)


def carried_out_load(ormbench: Ormbench, foreign: Foreign) -> GivenRun:
    """Put the target app under load on a server of somebody else."""
    words = ("load", "UserById", "--database", shown(foreign.url), "--model", "closed", "--users", "2", "--rounds", "2")
    return _watched(ormbench, foreign, (*words, "--window", "0.5"))


def _watched(ormbench: Ormbench, foreign: Foreign, words: Sequence[object]) -> GivenRun:
    ormbench.scratch.mkdir(exist_ok=True)
    set_traps(ormbench.folder)
    before = foreign.dump()
    process = ormbench.start(*words, **VARIABLES)
    seen = Seen(list(process.args))
    while process.poll() is None:
        seen.look(family(process))
        sleep(_BETWEEN_LOOKS_S)
    return GivenRun(ormbench.folder, ormbench.ending(process), seen, before, foreign.dump())
