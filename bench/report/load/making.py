"""How the load part of a run was made, as pairs of a name and what it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bench.report import labels
from bench.report.findings.load import words
from bench.report.findings.load.analysis import LoadAnalysis
from bench.report.reading.load_records import Server

Facts = list[tuple[str, str]]


@dataclass(frozen=True)
class LoadMaking:
    """What a reader needs to judge and to repeat the load."""

    rules: Facts
    options: Facts
    applications: list[tuple[str, Facts]]
    """Host and settings of each."""
    backend: Facts


def making(load: LoadAnalysis) -> LoadMaking:
    """Return how the load was made."""
    manifest = load.run.manifest
    return LoadMaking(
        rules=list(_rules(load)),
        options=list(_flat(manifest.options)),
        applications=[(host, list(_flat(settings))) for host, settings in manifest.application.items()],
        backend=_backend(manifest.backend) if manifest.backend else [],
    )


def _rules(load: LoadAnalysis) -> Iterator[tuple[str, str]]:
    manifest = load.run.manifest
    windows = [each for _, reading in load.run.stages for each in reading.windows]
    yield "Stages", ", ".join(_stages(load)) or "none complete"
    yield "Windows", f"{len(windows)} measured to their end"
    seeds = {each.window.seed for each in windows}
    yield "Seeds of the windows", f"{len(seeds)} different ones, in plan.json of each stage"
    if manifest.ceiling_per_s is not None:
        yield "Ceiling of the generator", f"{words.rate(manifest.ceiling_per_s)}, asking an endpoint that does nothing"
    if manifest.wrk_per_s is not None:
        share = (manifest.ceiling_per_s or 0.0) / manifest.wrk_per_s
        reached = f"; the generator reaches {share:.2f} of it" if share else ""
        yield "wrk at the same endpoint", f"{words.rate(manifest.wrk_per_s)}{reached}"
    if manifest.cores is not None:
        yield "Cores", f"{manifest.cores}, shared by generator, application and database"
    if manifest.slo:
        yield "Objective", manifest.slo


def _stages(load: LoadAnalysis) -> Iterator[str]:
    """Yield each purpose with the number of its complete stages."""
    counts: dict[str, int] = {}
    for used, _ in load.run.stages:
        counts[used.purpose] = counts.get(used.purpose, 0) + 1
    yield from (purpose if count == 1 else f"{purpose} ({count})" for purpose, count in counts.items())


def _backend(used: Server) -> Facts:
    name = f"{labels.KINDS.get(used.kind, used.kind)} {used.version}".strip()
    return [("Database", name), ("Origin", used.origin), *_flat(used.settings)]


def _flat(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield names and values as text, what is empty left out."""
    for name, value in values.items():
        text = _text(value)
        if text:
            yield str(name).replace("_", " "), text


def _text(value: Any) -> str:  # noqa: ANN401 - whatever JSON can hold
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {text}" for name, text in _flat(value))
    if isinstance(value, list | tuple):
        return ", ".join(filter(None, map(_text, value)))
    return f"{value:g}" if isinstance(value, float) else str(value)
