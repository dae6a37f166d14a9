"""Read a results folder into typed records, or say in one line why it cannot be read."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from lzma import LZMAError
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bench.core.errors import UsageError
from bench.core.histograms import Histogram, read_log
from bench.core.store import RunFolder, read_unit
from bench.report.reading.experiments import read as read_experiments
from bench.report.reading.http_layer import HttpLayer
from bench.report.reading.load_records import read_load
from bench.report.reading.records import Blocks, DelayMeasured, Manifest, Overhead, Run, Unit


def load(run_dir: Path) -> Run:
    """Read the run that a folder holds.

    Units that never finished are simply not there; everything else must be whole.

    Raises:
        UsageError: The folder is missing, is no results folder, is of another format or is damaged.
    """
    folder = RunFolder(run_dir)
    manifest = _manifest(folder)
    first = _side(folder, manifest)
    files = ["run.json", *first.files]
    second = None
    if side := manifest.against:
        theirs = replace(manifest, units=side.units, counts=side.counts, failures=side.failures)
        second = _side(folder, theirs)
        files += second.files
    experiments = read_experiments(run_dir)
    files += [folder.experiments.name] if experiments else []
    http_layer = _http_layer(folder.http_layer)
    files += [folder.http_layer.name] if http_layer else []
    loaded = read_load(run_dir)
    files += loaded.files if loaded else []
    return replace(
        first, files=tuple(files), experiments=experiments, http_layer=http_layer, load=loaded, second=second
    )


def _side(folder: RunFolder, manifest: Manifest) -> Run:
    """Return what the units of the manifest hold: those of one side of a run."""
    units: list[Unit] = []
    blocks: dict[str, dict[int, Blocks]] = defaultdict(dict)
    histograms: dict[str, Histogram] = {}
    files: list[str] = []
    for name in manifest.units:
        path = folder.unit(name)
        if path.is_file():
            log = folder.histogram_log(name)
            units.append(_read_unit(name, path, blocks))
            files.append(f"micro/{path.name}")
            if log.is_file():
                _merge(log, histograms)
                files.append(f"histograms/{log.name}")
    return Run(folder.path, manifest, tuple(units), dict(blocks), tuple(files), histograms)


def _manifest(folder: RunFolder) -> Manifest:
    data = folder.read()
    path = folder.path / "run.json"
    try:
        manifest = TypeAdapter(Manifest).validate_python(data)
    except ValidationError as error:
        raise _damaged(path, error) from None
    for kind, name in _unknown(manifest):
        message = (
            f"{path} is damaged (a group names the {kind} {name!r}, which the run does not describe); repeat the run"
        )
        raise UsageError(message)
    return manifest


def _http_layer(path: Path) -> HttpLayer | None:
    if not path.is_file():
        return None
    try:
        return TypeAdapter(HttpLayer).validate_python(_json(path))
    except ValidationError as error:
        raise _damaged(path, error) from None


def _unknown(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Yield what groups refer to and nobody describes."""
    scenarios = {scenario.name for scenario in manifest.scenarios}
    backends = {backend.label: {driver.name for driver in backend.drivers} for backend in manifest.backends}
    for group in manifest.groups:
        if group.scenario not in scenarios:
            yield "scenario", group.scenario
        drivers = backends.get(group.backend)
        if drivers is None:
            yield "backend", group.backend
        else:
            yield from (("driver", name) for name in sorted({case.driver for case in group.cases} - drivers))


def _read_unit(name: str, path: Path, blocks: dict[str, dict[int, Blocks]]) -> Unit:
    data = _json(path)
    try:
        info = data["machine_info"]
        number = int(info["pass"])
        for entry in data["benchmarks"]:
            blocks[str(entry["name"])][number] = _blocks(entry["extra_info"])
        return Unit(
            name=name,
            number=number,
            backend=str(info["backend"]),
            overhead=_overhead(info.get("overhead_ns") or {}),
            steal_share=info.get("steal_share"),
            measuring_s=info.get("measuring_s"),
            delays=tuple(DelayMeasured(**each) for each in info.get("delays") or ()),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(path, error) from None


def _merge(log: Path, histograms: dict[str, Histogram]) -> None:
    """Add the histograms of a pass to those of the others at once: each takes more than 100 KB of memory.

    Waits and lags are kept of cases that have latencies: with one operation in flight nothing waits for another.
    """
    try:
        found = read_log(log)
    except (IndexError, OSError, TypeError, ValueError) as error:
        raise _damaged(log, error) from None
    crowded = {name.removeprefix("latency ") for name in found if name.startswith("latency ")}
    for name, histogram in found.items():
        if name.partition(" ")[2] not in crowded:
            continue
        if name in histograms:
            histograms[name].add(histogram)
        else:
            histograms[name] = histogram


def _blocks(extra: dict[str, Any]) -> Blocks:
    inner = float(extra["inner"])
    if not inner > 0:
        message = f"{inner} operations in a block"
        raise ValueError(message)
    return Blocks(
        wall_ns=tuple(float(total) / inner for total in extra["elapsed_ns"]),
        cpu_ns=tuple(float(total) / inner for total in extra["cpu_ns"]),
        server_ns=extra.get("server_ns"),
        warm_up_ns=tuple(map(float, extra.get("warm_up_ns") or ())),
        inner=inner,
    )


def _overhead(data: dict[str, float]) -> Overhead:
    names = ("sync", "async", "hand_sync", "hand_async", "crowd_sync", "crowd_async")
    return Overhead(*map(data.get, names))


def _json(path: Path) -> Any:  # noqa: ANN401 - JSON has no type until it is validated
    try:
        return json.loads(read_unit(path))
    except (OSError, ValueError, LZMAError) as error:
        raise _damaged(path, error) from None


def _damaged(path: Path, error: Exception) -> UsageError:
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False)[0]
        detail = f"{'.'.join(str(step) for step in first['loc'])}: {first['msg']}"
    else:
        detail = " ".join(str(error).split()) or type(error).__name__
    what = f"missing {detail}" if isinstance(error, KeyError) else detail
    return UsageError(f"{path} is damaged ({what}); resume or repeat the run")
