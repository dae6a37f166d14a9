"""What `results/<run>/load/load.json` holds, as typed records, with the readings of every stage that is complete."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bench.core.claims import Value
from bench.core.doubts import Doubt
from bench.core.errors import UsageError
from bench.load.reading.readings import StageReading
from bench.load.reading.stage_folder import read_stage

FORMAT = 1
"""Version of load.json; history: 1 (2026-11) first."""


class Purpose(StrEnum):
    """What a stage was run for."""

    CEILING = "ceiling"
    """How many requests the generator itself can send: the null endpoint is asked."""
    SWEEP = "sweep"
    OPEN = "open"
    KNEE = "knee"
    FACTOR = "factor"
    SHORT = "short"
    """The alternating part of `make bench`."""


@dataclass(frozen=True)
class StageUsed:
    """A stage that was planned, by the name of its folder."""

    name: str
    purpose: Purpose


@dataclass(frozen=True)
class PairUsed:
    """What is asked for on both sides; the first side is the one that the others are divided by."""

    name: str
    sides: tuple[str, ...] = ("sync", "async")


@dataclass(frozen=True)
class Server:
    """The database behind the application."""

    label: str
    kind: str = ""
    version: str = ""
    origin: str = ""
    settings: dict[str, Value | None] = field(default_factory=dict)


@dataclass(frozen=True)
class LoadManifest:
    """The content of load.json."""

    format: int
    options: dict[str, Any] = field(default_factory=dict)
    pairs: tuple[PairUsed, ...] = ()
    stages: tuple[StageUsed, ...] = ()
    application: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The settings of each application by its host."""
    backend: Server | None = None
    cores: int | None = None
    ceiling_per_s: float | None = None
    wrk_per_s: float | None = None
    thresholds: tuple[str, ...] = ()
    slo: str | None = None
    finished: bool = False
    failures: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True)
class LoadRun:
    """The load part of a run: what was planned, and what its complete stages hold."""

    folder: Path
    manifest: LoadManifest
    stages: tuple[tuple[StageUsed, StageReading], ...]
    """The complete ones, in the order of the plan."""
    files: tuple[str, ...]
    """The raw files, relative to the folder of the run."""

    @property
    def missing(self) -> list[str]:
        """Return the stages that were planned and are not complete."""
        return [each.name for each in self.manifest.stages if each not in [used for used, _ in self.stages]]


def read_load(run_dir: Path) -> LoadRun | None:
    """Return the load part of a run, or None where it has none.

    Raises:
        UsageError: load.json or a complete stage is damaged or of another format.
    """
    file = run_dir / "load" / "load.json"
    if not file.is_file():
        return None
    manifest = _manifest(file)
    stages, files = [], ["load/load.json"]
    for used in manifest.stages:
        folder = file.parent / used.name
        if (folder / "windows.jsonl").is_file():
            stages.append((used, read_stage(folder)))
            files += [f"load/{used.name}/{path.name}" for path in sorted(folder.iterdir()) if path.is_file()]
    return LoadRun(run_dir, manifest, tuple(stages), tuple(files))


def _manifest(file: Path) -> LoadManifest:
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        manifest = TypeAdapter(LoadManifest).validate_python(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        message = f"{file} is damaged ({place}: {first['msg']}); repeat the run"
        raise UsageError(message) from None
    except (OSError, ValueError) as error:
        message = f"{file} is damaged ({' '.join(str(error).split())}); repeat the run"
        raise UsageError(message) from None
    if manifest.format != FORMAT:
        message = f"{file} has format {manifest.format}, this version reads {FORMAT}; use the version that wrote it"
        raise UsageError(message)
    return manifest
