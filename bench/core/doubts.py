"""Reasons to trust a run less, each with what it means and what mends it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

QUIET_LOAD_SHARE = 0.5
"""Load average per core above which other work competed with the run's first pass."""
STEAL_LIMIT = 0.01
"""Share of stolen CPU time above which the hypervisor is part of the result."""
STOLEN_TIME = "stolen-time"
SHARED_CORES = "shared-cores"
MEMORY_GROWTH = "memory-growth"
GROWTH_LIMIT_BYTES = 16 * 2**20
"""Growth of a measuring process in the second half of a group's rounds above which something keeps what it loads."""
FEW_CORES = 4
"""With fewer cores the client, the server and the rest of the machine share them."""


@dataclass(frozen=True)
class Doubt:
    """One reason to trust a run less."""

    code: str
    grade_cost: int
    """How many grades it costs; 0 is worth knowing but costs nothing."""
    text: str
    remedy: str

    def as_data(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)


def machine_doubts(environment: dict[str, Any], load_before: float) -> Iterator[Doubt]:
    """Yield the doubts that follow from the machine as it was before the run."""
    cores = environment["cores"] or 1
    if load_before / cores > QUIET_LOAD_SHARE:
        yield Doubt(
            "busy-machine",
            1,
            f"The load average was {load_before:.2f} on {cores} cores before the run began.",
            "End other work and run again.",
        )
    governor = environment["governor"]
    if governor not in (None, "performance"):
        yield Doubt(
            "cpu-governor",
            1,
            f"The CPU governor is {governor!r}: the clock rate follows the load.",
            "sudo cpupower frequency-set -g performance",
        )
    quota = environment["cgroup_cpu_quota"]
    if quota is not None and quota < cores:
        yield Doubt(
            "cpu-quota",
            1,
            f"A control group allows {quota} of {cores} cores: the process is paused when it has used them.",
            "Run outside of the container, or give it whole cores.",
        )


def core_doubts(environment: Mapping[str, Any], *, server_here: bool) -> Iterator[Doubt]:
    """Yield the doubt that follows from a database server on this machine; a library and one elsewhere take no core."""
    cores = environment["cores"] or 1
    if server_here and cores < FEW_CORES:
        number = "one core" if cores == 1 else f"{cores} cores"
        yield Doubt(
            SHARED_CORES,
            1,
            f"Client and database server share {number}: time that the server needs is taken from the client. "
            "Ratios hold for such a machine; a server of its own would shift them.",
            "Use a machine with four cores or more, or --url with a server elsewhere.",
        )


def with_core_doubts(record: Mapping[str, Any], *, server_here: bool) -> list[dict[str, Any]]:
    """Return the doubts of a run's record as they are once it is known where its servers are."""
    found = [doubt.as_data() for doubt in core_doubts(record["environment"], server_here=server_here)]
    return [*found, *(doubt for doubt in record["doubts"] if doubt["code"] != SHARED_CORES)]


def pass_doubts(steal_shares: Sequence[float]) -> Iterator[Doubt]:
    """Yield the doubts that follow from what happened to the machine during the passes."""
    worst = max(steal_shares, default=0.0)
    if worst > STEAL_LIMIT:
        yield Doubt(
            STOLEN_TIME,
            1,
            f"In the worst pass {worst:.1%} of the CPU time was given to other guests of the host.",
            "Run again at a quieter hour; the intervals already contain what it did to the ratios.",
        )


def growth_doubts(growths_bytes: Iterable[Mapping[str, int]]) -> Iterator[Doubt]:
    """Yield the doubt that follows from memory that grew from round to round, by group and for each pass."""
    worst: dict[str, int] = {}
    for passed in growths_bytes:
        for group, grown in passed.items():
            worst[group] = max(grown, worst.get(group, 0))
    if worst:
        group, grown = max(worst.items(), key=lambda item: item[1])
        others = f", and {len(worst) - 1} more groups grew too" if len(worst) > 1 else ""
        yield Doubt(
            MEMORY_GROWTH,
            0,
            f"The measuring process grew by {grown / 2**20:.0f} MiB in the second half of the rounds of {group}{others}"
            ", and no case alone by so much: operations may keep what they load.",
            "Look for what outlives an operation: caches without a limit, lists of the module, sessions kept.",
        )
