"""How a run was made, as pairs of a name and what it was: environment, versions, seeds, settings, overhead."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import quote

from bench.core.drivers import DRIVERS
from bench.report import labels
from bench.report.answer import crossover_text
from bench.report.findings.analysis import Analysis
from bench.report.reading.http_layer import HttpLayer
from bench.report.reading.records import BackendUsed, DriverUsed, Manifest, Overhead, Unit

Facts = list[tuple[str, str]]
PUBLISHED = "published"
"""The folder of what is kept with the code, in the results and in the reports."""


@dataclass(frozen=True)
class Making:
    """What a reader needs to judge and to repeat the run."""

    command: str
    """The call that measures the same again, with its seed."""
    machine: Facts
    measuring: Facts
    packages: Facts
    overhead: Facts
    delays: Facts
    """The network delays that were put before the servers, as measured."""
    backends: list[tuple[str, Facts, Facts]]
    """Title, facts and server settings of each backend."""
    phases: Facts


def making(analysis: Analysis) -> Making:
    """Return how the run was made."""
    run = analysis.run.manifest
    return Making(
        command=repetition(run),
        machine=list(_machine(analysis)),
        measuring=list(_measuring(analysis)),
        packages=sorted(run.environment.packages.items()),
        overhead=list(_overhead(analysis.run.units)),
        delays=list(_delays(analysis)),
        backends=[(labels.backend(used), list(_backend(used)), _settings(used)) for used in run.backends],
        phases=[(name.replace("_", " "), f"{seconds:.1f} s") for name, seconds in run.phases_s.items()],
    )


def raw_files(run_dir: Path, out_dir: Path) -> str:
    """Return where the run's files are as seen from its page, where both are published; else nothing.

    Any other way from the one to the other is that of this machine alone.
    """
    return f"../../../results/{PUBLISHED}/{quote(run_dir.name)}/" if _is_published(run_dir, out_dir) else ""


def rendering(run_dir: Path, out_dir: Path) -> str:
    """Return the command that renders the run again: a published run goes by its place, others by their id."""
    name = f"results/{PUBLISHED}/{run_dir.name}" if _is_published(run_dir, out_dir) else run_dir.name
    return f"ormbench report {shlex.quote(name)}"


def _is_published(run_dir: Path, out_dir: Path) -> bool:
    return run_dir.parent.name == out_dir.parent.name == PUBLISHED and run_dir.name == out_dir.name


def repetition(run: Manifest) -> str:
    """Return the command of the run, with the seed that it drew where none was given."""
    return run.command if "--seed" in run.command else f"{run.command} --seed {run.seed}"


def _machine(analysis: Analysis) -> Iterator[tuple[str, str]]:
    machine = analysis.run.manifest.environment
    yield "Processor", f"{machine.cpu}, {labels.plural(machine.cores, 'core')}" if machine.cores else machine.cpu
    if machine.memory_gb is not None:
        yield "Memory", f"{machine.memory_gb:g} GB"
    yield "System", " · ".join(part for part in (machine.platform, machine.kernel) if part)
    yield "CPU governor", machine.governor or "not visible here"
    yield "CPU quota", "none" if machine.cgroup_cpu_quota is None else f"{machine.cgroup_cpu_quota:g} cores"
    yield "Python", f"{machine.implementation} {machine.python}"
    yield "Event loop", machine.loop or "not recorded"
    if machine.pool:
        settings = ", ".join(f"{name} {value}" for name, value in machine.pool.items())
        yield "Connection pool, both modes", settings


def _measuring(analysis: Analysis) -> Iterator[tuple[str, str]]:
    run = analysis.run.manifest
    yield "Run", run.id
    yield "Command", run.command
    yield "Started", run.started
    yield "Finished", run.finished or "not finished"
    if run.units or not (analysis.load or analysis.run.experiments):
        yield from _passes(run, analysis.run.units)
    else:
        yield "Seed", str(run.seed)
    if analysis.run.http_layer is not None:
        yield "Layer HTTP", _http_layer(analysis, analysis.run.http_layer)
    if run.environment.git:
        yield "Revision of ormbench", run.environment.git


def _passes(run: Manifest, units: Sequence[Unit]) -> Iterator[tuple[str, str]]:
    """Yield what was planned and done in passes; a run of load or of experiments alone has none."""
    profile = run.profile
    yield "Profile", f"{profile.name}: {labels.plural(profile.passes, 'pass')}, blocks of {profile.block_ms:g} ms"
    yield "Seed", str(run.seed)
    yield "Units", f"{len(units)} of {len(run.units)} (pass, backend) units complete"
    measured = sum(unit.measuring_s or 0.0 for unit in units)
    yield "Measuring time", f"{measured:.1f} s in timed passes"
    steal = [unit.steal_share for unit in units if unit.steal_share is not None]
    if steal:
        yield "Stolen CPU time", f"{labels.percent(max(steal))} in the worst pass"


def _http_layer(analysis: Analysis, measured: HttpLayer) -> str:
    starts = labels.plural(len(measured.passes), "fresh start")
    used = analysis.backends.get(measured.backend)
    return f"{starts} of the target app on {labels.backend(used) if used else measured.backend}, one request at a time"


def _overhead(units: tuple[Unit, ...]) -> Iterator[tuple[str, str]]:
    """Yield the median over passes of the harness cost of an empty operation."""
    named: dict[str, Callable[[Overhead], float | None]] = {
        "Empty operation, sync": lambda overhead: overhead.sync,
        "Hand-written loop, sync": lambda overhead: overhead.hand_sync,
        "Empty operation, async": lambda overhead: overhead.async_,
        "Hand-written loop, async": lambda overhead: overhead.hand_async,
        "Empty operation, sync, 16 in flight": lambda overhead: overhead.crowd_sync,
        "Empty operation, async, 16 in flight": lambda overhead: overhead.crowd_async,
    }
    for name, pick in named.items():
        costs = [cost for unit in units if (cost := pick(unit.overhead)) is not None]
        if costs:
            yield name, f"{median(costs):.0f} ns"


def _delays(analysis: Analysis) -> Iterator[tuple[str, str]]:
    """Yield what `SELECT 1` took under each delay; where none was asked for it tells the cost of the proxy itself."""
    for (backend, asked_ms), delay in analysis.delays.items():
        text = f"SELECT 1 takes {labels.milliseconds(delay.select_1_ns)} ms"
        if asked_ms:
            text += f", {labels.milliseconds(delay.added_ns)} ms more than on the direct way"
        else:
            text += f". {crossover_text.proxy_cost(delay)}"
        yield f"{labels.backend(analysis.backends[backend])}, {asked_ms:g} ms asked in each direction", text


def _backend(used: BackendUsed) -> Iterator[tuple[str, str]]:
    yield "Origin", used.origin
    for driver in used.drivers:
        yield driver.name, f"{driver.mode}, {_distribution(driver)}"
    for dataset in used.datasets:
        text = f"{dataset.rows:,} rows ({dataset.size})"
        if dataset.rows_per_s and not dataset.reused:
            text += f", written at {dataset.rows_per_s:,.0f} rows/s"
        yield f"Dataset {dataset.name}", text + (", reused" if dataset.reused else "")


def _distribution(used: DriverUsed) -> str:
    """Return what is installed for a driver, with its own version: `aiomysql 0.3.2`, whose code base is PyMySQL's."""
    known = DRIVERS.get(used.name)
    if known is not None and known.distribution is None:
        return f"sqlite3 of Python, SQLite {used.version or '?'}"
    name = known.distribution if known is not None else used.library
    return f"{name} {used.version or ''}".strip()


def _settings(used: BackendUsed) -> Facts:
    return [(name, "" if value is None else str(value)) for name, value in used.settings.items()]
