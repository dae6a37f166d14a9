"""Order what the stages of load came to as people ask for it: pair by pair, model by model, with every comparison."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from bench.core.load_plan import Model, Subject
from bench.core.verdicts import Verdict
from bench.load.judging.comparing import Comparison, Kind, Metric, compare, main_metric
from bench.load.judging.conditions import Condition, parse_conditions
from bench.load.judging.knee import Knee, Met, knee
from bench.load.judging.knee_windows import met, trials
from bench.load.reading.cells import Cell, cells
from bench.load.reading.readings import StageReading, WindowReading
from bench.report.findings.load import words
from bench.report.findings.load.stacks import Stack, by_host
from bench.report.reading.load_records import LoadRun, Purpose

COMPARED = (Purpose.SWEEP, Purpose.SHORT, Purpose.OPEN, Purpose.FACTOR)
"""Purposes whose subjects take turns at the same levels, in the order of the report."""


@dataclass(frozen=True)
class Block:
    """What the stages of one purpose came to for one pair in one model."""

    purpose: Purpose
    pair: str
    model: Model
    cells: tuple[Cell, ...]
    """A/A twins included."""
    comparisons: tuple[Comparison, ...]
    readings: tuple[StageReading, ...]
    stacks: Mapping[str, Stack] = field(default_factory=dict)
    """The drivers behind the sides, by the host of the application; nothing of a user's own."""

    @cached_property
    def levels(self) -> tuple[float, ...]:
        """Return users or rates, ascending."""
        return tuple(sorted({each.level for each in self.cells}))

    @cached_property
    def subjects(self) -> tuple[Subject, ...]:
        """Return who was asked, without A/A twins, in the order of the stage: the first is the reference."""
        measured = {each.subject.id for each in self.cells}
        listed = {each.id: each for reading in self.readings for each in reading.stage.subjects}
        return tuple(each for each in listed.values() if each.id in measured and each.twin_of is None)

    @property
    def sides(self) -> list[str]:
        """Return the sides; the first is the one that others are divided by."""
        return list(dict.fromkeys(each.side for each in self.subjects))

    @cached_property
    def has_settings(self) -> bool:
        """Say whether the applications are set differently."""
        return len({words.setting(each.setting) for each in self.subjects}) > 1

    @cached_property
    def drivers(self) -> list[Stack]:
        """Return the drivers behind the sides, each pair of them once."""
        known = (self.stacks.get(each.host) for each in self.subjects)
        return list(dict.fromkeys(each for each in known if each is not None))

    def cell(self, subject: Subject, level: float) -> Cell | None:
        """Return the cell of a subject at a level; None where its windows there were not measured."""
        return next((each for each in self.cells if each.subject.id == subject.id and each.level == level), None)

    def at(self, level: float) -> list[Cell]:
        """Return the cells of a level in the order of the subjects."""
        return [cell for each in self.subjects if (cell := self.cell(each, level)) is not None]

    def of(self, *kinds: Kind, metric: Metric | None = None, level: float | None = None) -> list[Comparison]:
        """Return the comparisons of some kinds, of one metric and at one level where they are given."""
        return [
            each
            for each in self.comparisons
            if each.kind in kinds and metric in (None, each.metric) and level in (None, each.level)
        ]

    @cached_property
    def main(self) -> Metric:
        """Return what the block answers first."""
        return main_metric(self.model, self.comparisons)

    @cached_property
    def headline(self) -> float:
        """Return the level of which the answer tells.

        Closed, that is where the highest throughput was reached; open, the highest rate. Only levels count at which
        the sides can be compared, where there are any.
        """
        told = [each for each in self.of(Kind.SIDES, metric=self.main) if each.ratio is not None]
        valid = {each.level for each in told if each.verdict is not Verdict.NOT_VALID} or set(self.levels)
        if self.model is Model.OPEN:
            return max(valid)
        own = [each for each in self.cells if each.level in valid]
        return max(own, key=lambda each: each.throughput.estimate).level


@dataclass(frozen=True)
class Search:
    """The search for the highest rate at which one subject keeps to the objective."""

    subject: Subject
    probes: tuple[tuple[WindowReading, Met], ...]
    """In the order in which they were tried."""
    knee: Knee


def are_alike(found: Sequence[Search]) -> bool:
    """Say whether the intervals of all knees have rates in common: then no difference between them is shown."""
    ends = [(low, high) for each in found if (low := each.knee.low_per_s) and (high := each.knee.high_per_s)]
    return len(ends) == len(found) > 1 and max(low for low, _ in ends) <= min(high for _, high in ends)


@dataclass(frozen=True)
class LoadAnalysis:
    """The load part of a run, ready to be told."""

    run: LoadRun
    blocks: tuple[Block, ...]
    """Pair by pair."""
    searches: tuple[Search, ...] = ()
    slo: tuple[Condition, ...] = ()

    @property
    def pairs(self) -> list[str]:
        """Return the pairs that were asked for, those of the plan first."""
        named = [each.name for each in self.run.manifest.pairs]
        found = [*(each.pair for each in self.blocks), *(each.subject.pair for each in self.searches)]
        return [name for name in dict.fromkeys([*named, *found]) if name in found]

    def of(self, pair: str) -> list[Block]:
        """Return the blocks of a pair."""
        return [each for each in self.blocks if each.pair == pair]

    def searched(self, pair: str) -> list[Search]:
        """Return the searches of a pair, the one that got furthest first; alike ones in the order of the sides."""
        found = [each for each in self.searches if each.subject.pair == pair]
        if are_alike(found):
            sides = [side for each in self.run.manifest.pairs if each.name == pair for side in each.sides]
            return sorted(found, key=lambda each: [*sides, each.subject.side].index(each.subject.side))
        return sorted(found, key=lambda each: -(each.knee.rate_per_s or 0.0))


def analyse_load(run: LoadRun) -> LoadAnalysis:
    """Return the load part of a run with its cells and comparisons."""
    found = [block for purpose in COMPARED for block in _blocks(run, purpose)]
    pairs = list(dict.fromkeys([*(each.name for each in run.manifest.pairs), *(each.pair for each in found)]))
    slo = parse_conditions(run.manifest.slo) if run.manifest.slo else ()
    ordered = tuple(sorted(found, key=lambda each: pairs.index(each.pair)))
    return LoadAnalysis(run, ordered, tuple(_searches(run, slo)) if slo else (), slo)


def _searches(run: LoadRun, slo: tuple[Condition, ...]) -> Iterator[Search]:
    """Yield the search of each subject, judged again from its windows."""
    readings = [reading for used, reading in run.stages if used.purpose is Purpose.KNEE]
    ceiling_per_s = run.manifest.ceiling_per_s
    tried = trials(readings, slo, ceiling_per_s)
    windows = [window for reading in readings for window in reading.windows]
    for subject in {each.subject.id: each.subject for each in windows}.values():
        mine = [each for each in windows if each.subject.id == subject.id]
        probes = tuple((each, met(each, slo, ceiling_per_s)) for each in mine)
        yield Search(subject, probes, knee(subject.id, tried))


def _blocks(run: LoadRun, purpose: Purpose) -> Iterator[Block]:
    readings = [reading for used, reading in run.stages if used.purpose is purpose]
    ceiling_per_s, stacks = run.manifest.ceiling_per_s, by_host(run.manifest.application)
    every_cell, comparisons = cells(readings, ceiling_per_s), compare(readings, ceiling_per_s) if readings else ()
    for pair, model in dict.fromkeys((each.subject.pair, each.model) for each in every_cell):
        yield Block(
            purpose,
            pair,
            model,
            tuple(each for each in every_cell if (each.subject.pair, each.model) == (pair, model)),
            tuple(each for each in comparisons if (each.numerator.pair, each.model) == (pair, model)),
            tuple(each for each in readings if _asks(each, pair, model)),
            stacks,
        )


def _asks(reading: StageReading, pair: str, model: Model) -> bool:
    return any((each.subject.pair, each.window.model) == (pair, model) for each in reading.windows)
