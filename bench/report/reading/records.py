"""What a results folder holds, as typed records: the shape of run.json and of the measured blocks."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bench.core.cases import Case
from bench.core.claims import Value
from bench.core.contract import FULL_ANSWER
from bench.core.doubts import Doubt
from bench.core.drivers import Mode
from bench.core.histograms import Histogram
from bench.core.profiles import Profile
from bench.core.traffic import Traffic
from bench.report.reading.checks import ClaimUsed
from bench.report.reading.experiments import Experiments
from bench.report.reading.http_layer import HttpLayer
from bench.report.reading.load_records import LoadRun

Nanoseconds = tuple[float, ...]


@dataclass(frozen=True)
class Environment:
    """The machine and the interpreter that measured."""

    python: str
    implementation: str = "CPython"
    build: str = ""
    platform: str = ""
    cpu: str = ""
    cores: int | None = None
    memory_gb: float | None = None
    governor: str | None = None
    kernel: str = ""
    cgroup_cpu_quota: float | None = None
    loop: str = ""
    packages: dict[str, str] = field(default_factory=dict)
    git: str | None = None
    pool: dict[str, Value | None] = field(default_factory=dict)


@dataclass(frozen=True)
class DriverUsed:
    """A driver as it was measured, with its version."""

    name: str
    mode: Mode
    library: str
    version: str | None = None


@dataclass(frozen=True)
class DatasetUsed:
    """The rows that a backend held, and how fast they came in."""

    name: str
    size: str
    rows: int
    rows_per_s: float | None = None
    reused: bool = False


@dataclass(frozen=True)
class BackendUsed:
    """A database engine that took part, with the settings it had."""

    label: str
    kind: str
    version: str
    origin: str
    settings: dict[str, Value | None] = field(default_factory=dict)
    drivers: tuple[DriverUsed, ...] = ()
    datasets: tuple[DatasetUsed, ...] = ()


@dataclass(frozen=True)
class Absent:
    """A backend that was left out, with the line that would add it."""

    kind: str
    reason: str
    remedy: str


@dataclass(frozen=True)
class VariantUsed:
    """A variant with the source of both of its twins."""

    name: str
    label: str
    answers: str = FULL_ANSWER
    divergence: str | None = None
    source: str = ""
    source_async: str = ""

    @property
    def is_for_scale(self) -> bool:
        """Say whether the variant answers something else on purpose: it is shown for scale and is no rival."""
        return self.answers != FULL_ANSWER


@dataclass(frozen=True)
class ScenarioUsed:
    """A scenario as it stood when it was measured."""

    name: str
    question: str
    baseline: str
    about: str = ""
    parameters: dict[str, tuple[Value, ...]] = field(default_factory=dict)
    variants: tuple[VariantUsed, ...] = ()
    claims: tuple[ClaimUsed, ...] = ()
    compares_layers: bool = False  # the variants hold each other, and none is a choice; older records do not say


@dataclass(frozen=True)
class GroupUsed:
    """The cases that were measured interleaved, A/A twins included."""

    id: str
    scenario: str
    backend: str
    baseline: str
    parameters: dict[str, Value] = field(default_factory=dict)
    cases: tuple[Case, ...] = ()
    conditions: dict[str, dict[str, Value | None]] = field(default_factory=dict)
    """What surrounds each variant, where it is not the usual."""


@dataclass(frozen=True)
class Count:
    """What one operation of a case did, exactly."""

    case: Case
    statements: int | None
    """None where they were not heard: the variant goes past SQLAlchemy."""
    sql: tuple[tuple[str, int], ...] = ()
    """Each statement with how often it was sent in a row."""
    rows: int | None = None
    """Rows of the answer."""
    rows_read: int | None = None
    """Rows that the server returned for it."""
    traffic: Traffic | None = None


@dataclass(frozen=True)
class Weighed:
    """What one operation of a case weighed, alone in a process."""

    case: Case
    peak_bytes: int
    worst_lag_ns: int | None = None
    """How late the event loop woke another task at worst; None for a blocking driver."""


@dataclass(frozen=True)
class Failure:
    """A case that is void, with the proof that failed."""

    case: str
    stage: str
    message: str


@dataclass(frozen=True)
class LeftOut:
    """Something that was asked for and makes no sense on this dataset."""

    what: str
    reason: str


@dataclass(frozen=True)
class Overhead:
    """Harness cost of an empty operation in ns, and of a hand-written loop in the same process."""

    sync: float | None = None
    async_: float | None = None
    hand_sync: float | None = None
    hand_async: float | None = None
    crowd_sync: float | None = None  # with 16 in flight
    crowd_async: float | None = None


@dataclass(frozen=True)
class DelayMeasured:
    """What `SELECT 1` took with a network delay in each direction, and on the direct way."""

    asked_ms: float
    select_1_ns: float
    direct_ns: float


@dataclass(frozen=True)
class Unit:
    """One finished (pass, backend) unit: what its process said about itself."""

    name: str
    number: int
    """Number of the pass, from 1."""
    backend: str
    overhead: Overhead
    steal_share: float | None = None
    measuring_s: float | None = None
    delays: tuple[DelayMeasured, ...] = ()


@dataclass(frozen=True)
class Blocks:
    """The blocks of one case in one pass, in nanoseconds per operation; the index is the round."""

    wall_ns: Nanoseconds
    cpu_ns: Nanoseconds
    server_ns: float | None = None
    """Time of the server for one operation, observed in a block beside the timed ones."""
    warm_up_ns: Nanoseconds = ()
    """Time per operation in each burst before the first block, the cold start first; they count for nothing."""
    inner: float = 1.0  # operations in each block


@dataclass(frozen=True)
class PackageUsed:
    """A package of which the two sides of a run have different versions; None where a side has none."""

    name: str
    this: str | None
    that: str | None


@dataclass(frozen=True)
class SecondSide:
    """What a run was measured against in turns: another environment or another revision."""

    kind: str
    name: str
    python: str
    commit: str | None = None
    packages: tuple[PackageUsed, ...] = ()
    counts: tuple[Count, ...] = ()
    failures: tuple[Failure, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    units: tuple[str, ...] = ()


@dataclass(frozen=True)
class Manifest:
    """The content of run.json."""

    format: int
    id: str
    command: str
    started: str
    profile: Profile
    seed: int
    environment: Environment
    finished: str | None = None
    backends: tuple[BackendUsed, ...] = ()
    absent: tuple[Absent, ...] = ()
    scenarios: tuple[ScenarioUsed, ...] = ()
    groups: tuple[GroupUsed, ...] = ()
    counts: tuple[Count, ...] = ()
    failures: tuple[Failure, ...] = ()
    memory: tuple[Weighed, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    units: tuple[str, ...] = ()
    phases_s: dict[str, float] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()
    against: SecondSide | None = None


@dataclass(frozen=True)
class Run:
    """One run: its manifest, the units that finished, and the blocks of every case by id and pass."""

    folder: Path
    manifest: Manifest
    units: tuple[Unit, ...]
    blocks: dict[str, dict[int, Blocks]]
    files: tuple[str, ...]
    """The raw files, relative to the folder."""
    histograms: dict[str, Histogram] = field(default_factory=dict)
    """Of all passes together, by name and case id: `latency`, `wait` for a connection, `lag` of the event loop."""
    experiments: Experiments | None = None
    """None where the run performed none."""
    http_layer: HttpLayer | None = None
    """None where the run measured nothing of it."""
    load: LoadRun | None = None  # without a load part
    second: Run | None = None
    """The second side, with its own counts, failures and blocks; None where the run has none."""

    @cached_property
    def void(self) -> frozenset[str]:
        """Return the ids of the cases that failed a proof or an operation."""
        return frozenset(failure.case for failure in self.manifest.failures)
