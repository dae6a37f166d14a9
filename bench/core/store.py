"""The folder of a run: where its raw data lie, and how they are written so that a crash loses one unit at most."""

from __future__ import annotations

import errno
import json
import lzma
import os
import secrets
import shlex
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from filelock import FileLock, Timeout

from bench.core.errors import OrmbenchError, UsageError
from bench.core.names import nearest

LOCK = ".lock"
PACKED = ".xz"
"""Ends the name of a file that `xz -d` unpacks."""
FORMAT = 2
"""Version of run.json; history: 1 (2026-11) first; 2 (2026-11) statements counted in runs, traffic, delays, memory."""


@dataclass(frozen=True)
class RunFolder:
    """One run in `results/`."""

    path: Path

    @property
    def id(self) -> str:
        """Return the name of the run, which is the name of its folder."""
        return self.path.name

    @property
    def quoted(self) -> str:
        """Return the path as a shell takes it, for a command that goes on with the run."""
        return shlex.quote(str(self.path))

    @property
    def has_record(self) -> bool:
        """Say whether the run came to a plan: without its run.json there is nothing to resume."""
        return (self.path / "run.json").is_file()

    @property
    def micro(self) -> Path:
        """Return the folder of the complete (pass, backend) units."""
        return self.path / "micro"

    @property
    def logs(self) -> Path:
        """Return the folder in which each measuring process leaves its output."""
        return self.path / "logs"

    @property
    def histograms(self) -> Path:
        """Return the folder of the histogram logs, one for each unit that has any."""
        return self.path / "histograms"

    @property
    def load(self) -> Path:
        """Return the folder of the load part, which not every run has."""
        return self.path / "load"

    @property
    def experiments(self) -> Path:
        """Return the file of the outcomes of experiments, which not every run has."""
        return self.path / "experiments.json"

    @property
    def http_layer(self) -> Path:
        """Return the file of what HTTP adds to an operation, which not every run has."""
        return self.path / "http_layer.json"

    def histogram_log(self, name: str) -> Path:
        """Return the histogram log of a unit."""
        return self.histograms / f"{name}.hlog"

    def unit(self, name: str) -> Path:
        """Return the file of a unit; it exists only when the unit is complete. In a published run it is packed."""
        packed = self.micro / f"{name}.json{PACKED}"
        return packed if packed.is_file() else self.micro / f"{name}.json"

    def publish(self, place: Path, *, replace: bool = False) -> Self:
        """Copy what is measured to another place, the units packed: a full run of them takes a hundred megabytes.

        A run that is there already is replaced where that is asked for, and only once the copy is whole. Where that
        fails it stays in its place.

        Raises:
            UsageError: The run is not complete, the place is taken, or what is to be replaced is no run.
        """
        record = self.read()
        if record["finished"] is None or self.missing(units_of(record)):
            message = f"run {self.id} is not complete; {self._completion(record)}"
            raise UsageError(message)
        if place.exists() and not replace:
            how = "add --replace (make: REPLACE=1) to put this run in its place, or take another name"
            message = f"{place} is there already; {how}"
            raise UsageError(message)
        if place.exists() and not type(self)(place).has_record:
            message = f"{place} holds no run and is not replaced; publish under another name"
            raise UsageError(message)
        draft, former = (place.with_name(f".{place.name}.{part}{os.getpid()}") for part in ("", "former."))
        try:
            self._copy_to(type(self)(draft), record)
            if place.exists():
                place.rename(former)
            draft.rename(place)
        finally:
            if former.exists() and not place.exists():
                former.rename(place)
            for rest in (draft, former):
                shutil.rmtree(rest, ignore_errors=True)
        return type(self)(place)

    def _completion(self, record: Mapping[str, Any]) -> str:
        """Return how a run is brought to its end."""
        if self.experiments.is_file() and not record["units"]:
            return f"perform its experiments again with: {record['command']}"
        command = "load" if self.load.is_dir() and not record["units"] else "run"
        return f"go on with: ormbench {command} --resume {self.quoted}"

    def _copy_to(self, copy: Self, record: dict[str, Any]) -> None:
        copy.micro.mkdir(parents=True)
        copy.write(record)
        for name in units_of(record):
            content = read_unit(self.unit(name))
            (copy.micro / f"{name}.json{PACKED}").write_bytes(lzma.compress(content, preset=lzma.PRESET_EXTREME))
            if self.histogram_log(name).is_file():
                copy.histograms.mkdir(exist_ok=True)
                shutil.copyfile(self.histogram_log(name), copy.histogram_log(name))
        if self.load.is_dir():
            shutil.copytree(self.load, copy.load)
        for file in (self.experiments, self.http_layer):
            if file.is_file():
                shutil.copyfile(file, copy.path / file.name)

    def missing(self, units: list[str]) -> list[str]:
        """Return the units that are not complete, or whose file was damaged since."""
        return [name for name in units if not is_whole(self.unit(name))]

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other processes from measuring into this run for as long as the block lasts.

        Raises:
            UsageError: Another process does.
        """
        lock = FileLock(self.path / LOCK)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            message = f"another process is measuring the run {self.id}; wait for its end"
            raise UsageError(message) from None
        with lock:
            yield

    def remove_if_empty(self) -> None:
        """Take away a run that never came to a plan: there is nothing to resume."""
        if not self.has_record:
            with suppress(OSError):
                (self.path / LOCK).unlink(missing_ok=True)
                self.micro.rmdir()
                self.logs.rmdir()
                self.histograms.rmdir()
                self.path.rmdir()

    def read(self) -> dict[str, Any]:
        """Return run.json.

        Raises:
            UsageError: The folder holds no run, a damaged or unreadable one, or one of another format.
        """
        file = self.path / "run.json"
        try:
            run: Any = json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            message = f"{self.path} holds no run (there is no run.json)"
            raise UsageError(message) from None
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            message = f"{file} is damaged ({error}); restore it or remove the folder"
            raise UsageError(message) from None
        except OSError as error:
            message = f"cannot read {file}: {error.strerror}"
            raise UsageError(message) from None
        if not isinstance(run, dict) or run.get("format") != FORMAT:
            found = run.get("format") if isinstance(run, dict) else None
            message = f"{file} has format {found}, this version reads {FORMAT}; use the version that wrote it"
            raise UsageError(message)
        return dict(run)

    def write(self, run: dict[str, Any]) -> None:
        """Write run.json."""
        write_json(self.path / "run.json", run)


def units_of(run: Mapping[str, Any]) -> list[str]:
    """Return the units that a run planned, those of its second side (`--against`) among them."""
    return [*run["units"], *(run.get("against") or {"units": ()})["units"]]


def now() -> str:
    """Return the time of day in UTC, to the second."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def create_run(results: Path, profile: str) -> RunFolder:
    """Make the folder of a new run; its name tells when it began and sorts by it.

    Raises:
        UsageError: The results folder cannot be written.
    """
    name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{profile}-{secrets.token_hex(2)}"
    folder = RunFolder(results / name)
    try:
        folder.micro.mkdir(parents=True)
        folder.logs.mkdir()
        folder.histograms.mkdir()
    except OSError as error:
        message = f"cannot write to {results}: {error.strerror}; choose another folder with --out"
        raise UsageError(message) from None
    return folder


def find_run(results: Path, name: str) -> RunFolder:
    """Return the run of that name, or at that path; `latest` is the newest one.

    Raises:
        UsageError: There is no such run; the message names the nearest.
    """
    if (Path(name) / "run.json").is_file():
        return RunFolder(Path(name))
    runs = sorted(path.parent.name for path in results.glob("*/run.json"))
    if name == "latest" and runs:
        return RunFolder(results / runs[-1])
    if name not in runs:
        hint = nearest(name, runs) if runs else "there is none yet; `ormbench run` makes one"
        message = f"no run {name!r} in {results}; {hint}"
        raise UsageError(message)
    return RunFolder(results / name)


def is_whole(file: Path) -> bool:
    """Say whether a file is there and JSON to its end: a full disk cuts one off, and pytest does not tell."""
    try:
        json.loads(read_unit(file))
    except (OSError, ValueError, lzma.LZMAError):
        return False
    return True


def read_unit(file: Path) -> bytes:
    """Return the content of a unit's file, packed or not."""
    content = file.read_bytes()
    return lzma.decompress(content) if file.suffix == PACKED else content


def write_json(path: Path, data: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
    """Write a file whole or not at all: beside its place first, then renamed over it.

    The draft has one name: a run is held by one writer, and what a killed one left is written over.

    Raises:
        OrmbenchError: The disk is full or the folder cannot be written; what was there before is unharmed.
    """
    draft = path.with_name(f".{path.name}.draft")
    try:
        with draft.open("w", encoding="utf-8") as file:
            json.dump(data, file, indent=1, ensure_ascii=False)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        what = "the disk is full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else error.strerror
        message = f"cannot write {path}: {what}"
        raise OrmbenchError(message) from None
