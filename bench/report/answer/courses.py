"""Block by block: how the ratio that a group is told by is spread, and how times moved while it was measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bench.core.contrasts import Question
from bench.core.ratios import pass_log_ratio
from bench.report import labels
from bench.report.answer import sentences
from bench.report.findings.analysis import Analysis, Finding, GroupResult
from bench.report.reading.records import Blocks

THIRDS = 3
MOVED = 0.005
"""Times that moved by less, as a share, read as +0 %."""


@dataclass(frozen=True)
class PassCourse:
    """What one pass measured of a contrast, in the order of time."""

    number: int
    numerator: Blocks
    denominator: Blocks

    @property
    def ratios(self) -> list[float]:
        """Return the ratio of each pair of blocks."""
        return [above / below for above, below in zip(self.numerator.wall_ns, self.denominator.wall_ns, strict=True)]

    @property
    def location(self) -> float:
        """Return the ratio with which the pass counts."""
        return math.exp(pass_log_ratio(self.numerator.wall_ns, self.denominator.wall_ns))


@dataclass(frozen=True)
class Course:
    """All passes of the contrast that the title of its group rests on."""

    group: GroupResult
    finding: Finding
    passes: tuple[PassCourse, ...]

    @property
    def name(self) -> str:
        """Return what is divided by what, `joined / selectin with psycopg`."""
        contrast = self.finding.contrast
        subject, reference = sentences.sides(contrast)
        with_what = contrast.numerator.driver if contrast.question is Question.VARIANT else contrast.numerator.variant
        return f"{subject} / {reference} {'with' if contrast.question is Question.VARIANT else 'for'} {with_what}"

    @property
    def title(self) -> str:
        """Return how far the passes agree, how cold the start was and how times moved, as the title of the figure."""
        several = f"in {len(self.passes)} passes" if len(self.passes) > 1 else "in one pass"
        parts = [f"{self.name}: {labels.ratios(each.location for each in self.passes)} {several}"]
        parts += [f"a cold start takes {self.cold_start:.2g}x a warm operation"] if self.cold_start else []
        moved = self.moved
        parts += [f"from first to last third times move by {_percent(moved)}"] if moved is not None else []
        return "; ".join(parts)

    @property
    def cold_start(self) -> float | None:
        """Return the first operation over the median of the blocks, of the colder case, as median over the passes."""
        return max((found for side in self._sides if (found := _cold_start(side)) is not None), default=None)

    @property
    def moved(self) -> float | None:
        """Return by what share times rose from the first to the last third of a pass, of the case that moved more."""
        found = [share for side in self._sides if (share := _moved(side)) is not None]
        return max(found, key=abs, default=None)

    @property
    def _sides(self) -> tuple[list[Blocks], list[Blocks]]:
        return [each.numerator for each in self.passes], [each.denominator for each in self.passes]


def course(analysis: Analysis, group: GroupResult) -> Course | None:
    """Return the course of the contrast that tells most: what the title states, or else the first valid one."""
    stated = sentences.stated(group)
    valid = [each for each in group.of(Question.MODE, Question.VARIANT, Question.NOISE) if each.ratio]
    finding = max(stated, key=lambda each: each.effect) if stated else next(iter(valid), None)
    if finding is None:
        return None
    above, below = (
        analysis.run.blocks.get(case.id, {}) for case in (finding.contrast.numerator, finding.contrast.denominator)
    )
    passes = [PassCourse(number, above[number], below[number]) for number in sorted(above.keys() & below.keys())]
    return Course(group, finding, tuple(passes))


def _cold_start(side: Sequence[Blocks]) -> float | None:
    """Return the first burst of a case over its blocks."""
    found = [blocks.warm_up_ns[0] / median(blocks.wall_ns) for blocks in side if blocks.warm_up_ns]
    return median(found) if found else None


def _moved(side: Sequence[Blocks]) -> float | None:
    """Return by what share the times of a case rose within a pass."""
    found = [
        median(blocks.wall_ns[-third:]) / median(blocks.wall_ns[:third])
        for blocks in side
        if (third := len(blocks.wall_ns) // THIRDS)
    ]
    return median(found) - 1 if found else None


def _percent(share: float) -> str:
    sign = "+" if share >= -MOVED else "\N{MINUS SIGN}"
    return f"{sign}{abs(share) * 100:.0f} %"
