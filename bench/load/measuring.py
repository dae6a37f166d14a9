"""Measure stages one after the other into the folder of a run; what is complete is never measured again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.core.errors import OrmbenchError, UsageError
from bench.core.load_plan import Stage
from bench.core.store import write_json
from bench.load.applications import Applications, local_processes
from bench.load.generator_process.process import Surroundings, carry_out
from bench.load.reading.cells import Cell, cells
from bench.load.reading.readings import StageReading
from bench.load.reading.stage_folder import read_stage
from bench.load.target.vitals import VitalsLog, Watched

FILE = "load.json"
"""Says in the folder of the load what it was."""
_VITALS = "vitals.jsonl"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Measuring:
    """What stages are measured with, and where they go."""

    folder: Path
    """`results/<run>/load`."""
    record: dict[str, Any]
    """What load.json holds; it is written whenever something is complete."""
    applications: Applications
    surroundings: Surroundings
    say: Say

    def measure(self, stage: Stage, purpose: str) -> StageReading:
        """Return what a stage came to: as it was measured before, where it is complete, else measured now.

        Raises:
            OrmbenchError: The generator or an application ended; windows that were over by then are kept.
        """
        place = self.folder / stage.name
        if (earlier := complete(place, stage)) is not None:
            self.say(f"Kept {stage.name}: it is complete")
        else:
            seconds = sum(each.discard_s + each.measure_s for each in stage.windows)
            count = f"{len(stage.windows)} window{'s' * (len(stage.windows) > 1)}"
            self.say(f"Measuring {stage.name}: {count}, about {seconds:.0f} s")
            try:
                carry_out(stage, place, self.surroundings, self.applications.require, self._vitals(place))
            except BaseException:
                if _has_windows(place):
                    self._keep(stage, purpose)
                raise
        self._keep(stage, purpose)
        return earlier or read_stage(place)

    def save(self, **changes: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
        """Write load.json, with these entries changed."""
        self.record.update(changes)
        write_json(self.folder / FILE, self.record)

    def cells(self, *purposes: str) -> tuple[Cell, ...]:
        """Return what all stages of these purposes came to so far."""
        names = [each["name"] for each in self.record["stages"] if each["purpose"] in purposes]
        return cells([read_stage(self.folder / name) for name in names], self.record["ceiling_per_s"])

    def _keep(self, stage: Stage, purpose: str) -> None:
        kept = {"name": stage.name, "purpose": purpose}
        if kept not in self.record["stages"]:
            self.save(stages=[*self.record["stages"], kept])

    def _vitals(self, place: Path) -> Callable[[int], VitalsLog]:
        every, server = self.applications.every, self.applications.server
        database = local_processes(server) if server is not None else []
        apps = [each.pid for each in every if each.pid is not None]
        hosts = [each.base_url for each in every if each.pid is not None]

        def log(generator: int) -> VitalsLog:
            roots = {"app": apps, "database": database, "generator": [generator]}
            return VitalsLog(place / _VITALS, Watched(roots, hosts))

        return log


def complete(place: Path, stage: Stage) -> StageReading | None:
    """Return what is in a stage's folder, if it is all of these windows, and each of them whole.

    Hosts have other ports every time.
    """
    try:
        reading = read_stage(place)
    except (UsageError, OSError):
        return None
    whole = not reading.missing and not reading.lost_workers
    return reading if whole and reading.stage.windows == stage.windows else None


def _has_windows(place: Path) -> bool:
    try:
        return bool(read_stage(place).windows)
    except (OrmbenchError, OSError):
        return False
