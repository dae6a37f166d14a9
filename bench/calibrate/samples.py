"""Read the blocks of a calibration run back, by group, driver and what was measured."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.calibrate.judgement import Estimate, welch_ratio
from bench.core.ratios import Ratio, ratio_over_passes

Key = tuple[str, str]
"""Group and driver."""


@dataclass
class Samples:
    """Seconds per operation, one list for each pass."""

    baseline: list[list[float]] = field(default_factory=list)
    twin: list[list[float]] = field(default_factory=list)
    slowed: list[list[float]] = field(default_factory=list)


def read_samples(files: Iterable[Path]) -> dict[Key, Samples]:
    """Return the samples in pytest-benchmark's JSON files, one file for each pass and backend."""
    found: dict[Key, Samples] = defaultdict(Samples)
    for file in sorted(files):
        for entry in json.loads(file.read_text(encoding="utf-8"))["benchmarks"]:
            case = entry["extra_info"]["case"]
            samples = found[f"{case['scenario']}/{case['parameters']}@{case['backend']}", case["driver"]]
            kind = samples.twin if case["twin"] else samples.slowed if case["variant"] == "slowed" else samples.baseline
            kind.append(entry["stats"]["data"])
    return dict(found)


def interleaved_estimates(found: dict[Key, Samples]) -> Iterator[tuple[Estimate, Estimate]]:
    """Yield the ratios of the A/A twin and of the slowed variant as a run computes them."""
    for (group, driver), samples in found.items():
        twin = ratio_over_passes(list(zip(samples.twin, samples.baseline, strict=True)))
        slowed = ratio_over_passes(list(zip(samples.slowed, samples.baseline, strict=True)))
        yield _estimate(group, driver, twin), _estimate(group, driver, slowed)


def plain_estimates(found: dict[Key, Samples]) -> Iterator[tuple[Estimate, Estimate]]:
    """Yield the same ratios as the rounds of plain pytest-benchmark give them."""
    for (group, driver), samples in found.items():
        [baseline], [twin], [slowed] = samples.baseline, samples.twin, samples.slowed
        yield (
            Estimate(group, driver, *welch_ratio(twin, baseline)),
            Estimate(group, driver, *welch_ratio(slowed, baseline)),
        )


def _estimate(group: str, driver: str, ratio: Ratio) -> Estimate:
    return Estimate(group, driver, ratio.estimate, ratio.interval)
