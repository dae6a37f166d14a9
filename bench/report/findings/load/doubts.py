"""The doubts that the load part of a run gives about itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bench.core.doubts import FEW_CORES, SHARED_CORES, Doubt
from bench.load.judging.comparing import Kind
from bench.load.reading.cells import Cell
from bench.load.reading.guards import LEFT_OUT_SHARE, MarkKind
from bench.report import labels
from bench.report.findings.chance import MOST_PLACES, beyond_chance
from bench.report.findings.load import marks, words
from bench.report.findings.load.analysis import Block, LoadAnalysis


def doubts(load: LoadAnalysis, told: frozenset[str]) -> Iterator[Doubt]:
    """Yield every doubt; `told` has the codes of those that the run tells already."""
    yield from _unfinished(load)
    yield from _cores(load, told)
    yield from _own_app(load)
    yield from _ceiling(load)
    yield from _marked(load)
    yield from _headline(load)
    yield from _noise(load)
    yield from load.run.manifest.doubts


def _unfinished(load: LoadAnalysis) -> Iterator[Doubt]:
    manifest = load.run.manifest
    for failure in manifest.failures:
        yield Doubt("load-failed", 1, labels.shortened(failure, 400), "What was measured before it is kept.")
    lost = [f"{len(each.missing)} of {each.stage.name}" for _, each in load.run.stages if each.missing]
    missing = [f"the stage {name}" for name in load.run.missing]
    if lost or missing or not manifest.finished:
        parts = ", ".join([*missing, *(f"windows: {each}" for each in lost)])
        text = f"The load part is not complete{f' ({parts} missing)' if parts else ''}: intervals rest on fewer rounds."
        remedy = (
            "ormbench load --resume RUN, or ormbench run --resume RUN where load is a part of that, measures the rest."
        )
        yield Doubt("load-unfinished", 1, text, remedy)


def _cores(load: LoadAnalysis, told: frozenset[str]) -> Iterator[Doubt]:
    cores = load.run.manifest.cores
    if cores is None or cores >= FEW_CORES:
        return
    who = (
        "Generator, application and database" if load.run.manifest.backend else "Generator and whatever else runs here"
    )
    text = (
        f"{who} share {labels.plural(cores, 'core')}: what one of them uses, the others lack. Throughput and knees are "
        "those of such a machine: that it is saturated, and not the mode, may set them."
    )
    cost = 0 if SHARED_CORES in told else 1
    remedy = "Put the generator on a machine of its own (docs/load.md), or use one with four cores or more."
    yield Doubt("load-shared-cores", cost, text, remedy)


def _own_app(load: LoadAnalysis) -> Iterator[Doubt]:
    if load.run.manifest.backend is None:
        text = "The application is the user's own: nothing proves that both sides of a pair do the same work."
        yield Doubt("own-application", 1, text, "Compare the answers of both sides, and the statements that they send.")


def _ceiling(load: LoadAnalysis) -> Iterator[Doubt]:
    if load.run.manifest.ceiling_per_s is None:
        text = "The generator's own ceiling was not measured: whether it was near is told by its processor share alone."
        yield Doubt("no-ceiling", 0, text, "Nothing, where the generator's processor share stays low.")


def _marked(load: LoadAnalysis) -> Iterator[Doubt]:
    """Yield one doubt for each kind of mark, with the worst of it."""
    cells = [cell for block in load.blocks for cell in block.cells]
    every = [found for cell in cells for found in cell.marks]
    remedies = {
        MarkKind.GENERATOR_LIMITED: "More generator processes (--workers), or fewer users and lower rates.",
        MarkKind.OVERLOAD: "Nothing, where overload was looked for; else fewer users or lower rates.",
        MarkKind.LOST_WORKER: "See generator.log of the stage, and run again.",
    }
    for kind, remedy in remedies.items():
        mine = [[mark for mark in found if mark.kind is kind] for found in every]
        count = sum(map(bool, mine))
        if count:
            worst = marks.said(mark for found in mine for mark in found)
            text = f"{count} of {labels.plural(len(every), 'window')}: {worst}. {_consequence(kind)}"
            yield Doubt(kind, _cost(kind, count / len(every)), text, remedy)


def _consequence(kind: MarkKind) -> str:
    if kind is MarkKind.GENERATOR_LIMITED:
        return (
            "Rounds with late or missing arrivals are left out. A level with more than "
            f"{LEFT_OUT_SHARE * 100:.0f} % of them, or with a generator near its ceiling or its core, has no winner."
        )
    return "A level with such a window has no winner."


def _cost(kind: MarkKind, share: float) -> int:
    if kind is MarkKind.OVERLOAD:
        return 0
    return 1 if kind is MarkKind.LOST_WORKER or share > LEFT_OUT_SHARE else 0


def _headline(load: LoadAnalysis) -> Iterator[Doubt]:
    """Yield errors and dropped arrivals of the levels that the answer tells of, one doubt each for all of them."""
    failed = _places(load, lambda cell: cell.total.failed, lambda cell: cell.total.ok + cell.total.failed)
    if failed:
        text = f"In the headline requests failed: {failed}."
        yield Doubt("load-errors", 0, text, "The table of endpoints tells which errors, and of whom.")
    dropped = _places(load, lambda cell: cell.dropped, lambda cell: cell.scheduled)
    if dropped:
        text = (
            f"In the headline arrivals were dropped: {dropped}. In comparisons each is beyond every time; the "
            "percentiles of tables and figures are of those that were sent."
        )
        yield Doubt("dropped-arrivals", 1, text, "Lower rates, or more requests in flight.")


def _places(load: LoadAnalysis, count: Callable[[Cell], int], total: Callable[[Cell], int]) -> str:
    """Return where of the headlines something was counted, and its share; nothing where it was not."""
    found = []
    for block in load.blocks:
        shares = [(cell, count(cell) / total(cell)) for cell in block.at(block.headline) if count(cell)]
        told = ", ".join(f"{_name(block, cell)} {words.share(share)}" for cell, share in shares)
        found += [f"{block.pair}, {words.level(block.model, block.headline)}: {told}"] if told else []
    more = [f"{len(found) - MOST_PLACES} more"] if len(found) > MOST_PLACES else []
    return "; ".join([*found[:MOST_PLACES], *more])


def _name(block: Block, cell: Cell) -> str:
    return words.subject(cell.subject, settings=block.has_settings)


def _noise(load: LoadAnalysis) -> Iterator[Doubt]:
    """Hold the A/A twins against chance, as the micro part does.

    One metric of each level counts, the one that the block answers in: the others are of the same requests and would
    repeat what it says. A twin that is not valid tells nothing.
    """
    found = [each for block in load.blocks for each in block.of(Kind.NOISE, metric=block.main)]
    twins = [each for each in found if each.is_judged]
    off = [each for each in twins if each.ratio is not None and not each.ratio.interval.contains(1)]
    if off:
        places = [f"{each.metric} of {each.numerator.pair} at {words.level(each.model, each.level)}" for each in off]
        yield beyond_chance("load-noise-floor", len(off), len(twins), places)
