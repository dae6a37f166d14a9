"""Runs of a simulated machine: one group whose blocks are drawn; the true change is 1 but where a test slows a case."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import twice

from bench.report.comparing.comparison import Comparison, compare
from bench.report.findings.analysis import Analysis, analyse
from bench.report.reading.records import Blocks, Run
from bench.report.reading.results import load
from tests.core.power import Effort, Noise

VARIANTS = ("selectin", *(f"variant{number}" for number in range(10)))
SLOWED = "[variant4]@sqlite+pysqlite"


@dataclass(frozen=True)
class Machine:
    """What draws the blocks of a run, as `bench.core.power` does."""

    template: Run
    noise: Noise
    effort: Effort
    rng: np.random.Generator

    @classmethod
    def with_noise(cls, folder: Path, noise: Noise, effort: Effort, seed: int) -> Machine:
        """Return a machine with one group of ten variants and a baseline on two drivers."""
        path = twice.run(folder, "base", 1, backends=("sqlite",), parameters={}, variants=VARIANTS, passes=1, rounds=1)
        return cls(load(path), noise, effort, np.random.default_rng(seed))

    def pair(self, factor: float = 1.0) -> Comparison:
        """Return a comparison of two runs; the second takes the factor longer for one case."""
        return compare(self._run("base", 1.0), self._run("new", factor))

    def _run(self, name: str, factor: float) -> Analysis:
        cases = [case.id for group in self.template.manifest.groups for case in group.cases]
        shape = (self.effort.passes, len(cases), self.effort.pairs)
        blocks_ns = np.exp(self.rng.normal(np.log(1e6), self.noise.block_sd, shape))
        blocks_ns[self.rng.random(shape) < self.noise.spike_share] *= self.noise.spike_factor
        # A ratio has the spread of two cases.
        blocks_ns *= np.exp(self.rng.normal(0, self.noise.pass_sd / np.sqrt(2), (*shape[:2], 1)))
        # The machine as a whole is another one in every run: what a ratio of ratios has to cancel.
        blocks_ns *= self.rng.uniform(0.7, 1.4)
        blocks_ns[:, [case.endswith(SLOWED) for case in cases]] *= factor
        blocks = {
            case: {number: Blocks(tuple(each), tuple(each)) for number, each in enumerate(blocks_ns[:, at].tolist(), 1)}
            for at, case in enumerate(cases)
        }
        manifest = replace(self.template.manifest, id=name)
        return analyse(replace(self.template, manifest=manifest, blocks=blocks))
