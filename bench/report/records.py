"""What a results folder holds, as typed records: the shape of run.json and of the measured blocks."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bench.core.cases import Case
from bench.core.claims import Value
from bench.core.contract import FULL_ANSWER
from bench.core.doubts import Doubt
from bench.core.drivers import Mode
from bench.core.profiles import Profile

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
    elapsed_s: float | None = None
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
class StatementsCheck:
    """A claim on the number of statements, by parameters id."""

    kind: Literal["statements"]
    variant: str
    expected: dict[str, int]


@dataclass(frozen=True)
class FasterCheck:
    """A claim that a variant takes at most `1 / times` of the time of another."""

    kind: Literal["faster"]
    variant: str
    than: str
    times: float
    where: tuple[str, ...] = ()


@dataclass(frozen=True)
class RaisesCheck:
    """A claim on an exception, with what each backend+driver raised (None where nothing was raised)."""

    kind: Literal["raises"]
    exception: str
    outcomes: dict[str, str | None]


CheckUsed = StatementsCheck | FasterCheck | RaisesCheck


@dataclass(frozen=True)
class ClaimUsed:
    """A claim of a scenario, as it was written down before measuring."""

    id: str
    text: str
    check: CheckUsed
    advice: str = ""


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
    def answers_less(self) -> bool:
        """Say whether the variant does less work on purpose and is shown for scale only."""
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


@dataclass(frozen=True)
class GroupUsed:
    """The cases that were measured interleaved, A/A twins included."""

    id: str
    scenario: str
    backend: str
    baseline: str
    parameters: dict[str, Value] = field(default_factory=dict)
    cases: tuple[Case, ...] = ()


@dataclass(frozen=True)
class Count:
    """What one operation of a case did, exactly."""

    case: Case
    statements: int
    sql: tuple[str, ...] = ()
    rows: int | None = None
    digest: str = ""


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


@dataclass(frozen=True)
class Unit:
    """One finished (pass, backend) unit: what its process said about itself."""

    name: str
    number: int
    """Number of the pass, from 1."""
    backend: str
    overhead: Overhead
    steal_share: float | None = None
    warm_up_s: float | None = None
    measuring_s: float | None = None


@dataclass(frozen=True)
class Blocks:
    """The blocks of one case in one pass, in nanoseconds per operation; the index is the round."""

    wall_ns: Nanoseconds
    cpu_ns: Nanoseconds


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
    left_out: tuple[LeftOut, ...] = ()
    units: tuple[str, ...] = ()
    phases_s: dict[str, float] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True)
class Run:
    """One run: its manifest, the units that finished, and the blocks of every case by id and pass."""

    folder: Path
    manifest: Manifest
    units: tuple[Unit, ...]
    blocks: dict[str, dict[int, Blocks]]
    files: tuple[str, ...]
    """The raw files, relative to the folder."""
