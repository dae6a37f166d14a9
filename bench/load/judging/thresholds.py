"""Judge the cells of a run by the thresholds that were given: which of them passed, and which could not be judged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from bench.core.errors import UsageError
from bench.core.names import nearest
from bench.load.judging.conditions import DROPPED, Condition, Judgement, Outcome, judge, parse_conditions
from bench.load.reading.cells import Cell
from bench.load.reading.guards import Breach, MarkKind
from bench.load.reading.readings import ALL, EndpointReading

_PARAMETER = re.compile(r"\{[^}]*\}")
_METHOD = re.compile(r"[A-Z]+ (?=/)")


@dataclass(frozen=True)
class Threshold:
    """Limits for a side, an endpoint, both or everything: `async /users/{id}: p99<50ms,errors<1%`."""

    text: str
    scope: str
    """A side, an endpoint, or a side and an endpoint; empty for everything."""
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class Result:
    """What became of one condition of a threshold in one cell."""

    threshold: Threshold
    judgement: Judgement
    cell: Cell | None = None
    """None where nothing that was measured is in the scope of the threshold."""
    endpoint: str = ALL


def parse_threshold(text: str) -> Threshold:
    """Return the threshold that a text describes: `[SIDE] [ENDPOINT]: CONDITIONS`, or conditions alone.

    Raises:
        UsageError: It is malformed; the message names the part that is wrong.
    """
    scope, colon, conditions = text.rpartition(":")
    if colon and not scope.strip():
        message = f"nothing stands before the colon in {text!r}; name a side or an endpoint, as in async: p99<200ms"
        raise UsageError(message)
    return Threshold(text, " ".join(scope.split()), parse_conditions(conditions))


def judge_thresholds(thresholds: Iterable[Threshold], cells: Sequence[Cell]) -> tuple[Result, ...]:
    """Return what became of every condition of every threshold, in every cell of its scope; A/A twins have none."""
    originals = [each for each in cells if each.subject.twin_of is None]
    return tuple(result for threshold in thresholds for result in _judged(threshold, originals))


def not_met(results: Sequence[Result]) -> list[Result]:
    """Return the conditions that failed, in every cell in which they did, and once each those that were judged nowhere.

    A typing error, or a percentile that no level has the requests for, must not let a gate pass.
    """
    judged = {_condition(each) for each in results if each.judgement.outcome is not Outcome.NOT_JUDGED}
    nowhere = {_condition(each): each for each in results if _condition(each) not in judged}
    return [*(each for each in results if each.judgement.outcome is Outcome.FAILED), *nowhere.values()]


def _condition(result: Result) -> tuple[str, str]:
    return result.threshold.text, result.judgement.condition.text


def _judged(threshold: Threshold, cells: Sequence[Cell]) -> Iterator[Result]:
    in_scope = [(cell, reading) for cell in cells for reading in _readings(threshold.scope, cell)]
    for condition in threshold.conditions:
        for cell, reading in in_scope:
            yield Result(threshold, _judge(condition, cell, reading), cell, reading.name)
        if not in_scope:
            yield Result(threshold, Judgement(condition, None, Outcome.NOT_JUDGED, _missing(threshold.scope, cells)))


def _readings(scope: str, cell: Cell) -> Iterator[EndpointReading]:
    """Yield what of a cell is in a scope."""
    side, _, endpoint = scope.partition(" ")
    if scope in ("", cell.subject.side):
        yield cell.total
    elif side == cell.subject.side:
        yield from (each for each in cell.endpoints if _is_meant(endpoint, each.name))
    else:
        yield from (each for each in cell.endpoints if _is_meant(scope, each.name))


def _is_meant(said: str, name: str) -> bool:
    """Say whether an endpoint is meant: its method may be left out, and its parameters be named otherwise."""
    plain, wanted = (_PARAMETER.sub("{}", each) for each in (name, said))
    return wanted in (plain, _METHOD.sub("", plain, count=1))


def _judge(condition: Condition, cell: Cell, reading: EndpointReading) -> Judgement:
    judged = judge(condition, reading, cell.dropped / cell.scheduled if cell.scheduled else None)
    found = [mark for marks in cell.marks for mark in marks]
    unasked = any(mark.what is Breach.SENT or mark.kind is MarkKind.LOST_WORKER for mark in found)
    limited = judged.outcome is Outcome.FAILED and any(mark.kind is MarkKind.GENERATOR_LIMITED for mark in found)
    if judged.outcome is not Outcome.NOT_JUDGED and (limited or (unasked and condition.metric != DROPPED)):
        reason = "a worker was lost or the generator was at its limit: it may not be the application's doing"
        return replace(judged, outcome=Outcome.NOT_JUDGED, reason=reason)
    return judged


def _missing(scope: str, cells: Sequence[Cell]) -> str:
    names = {each.subject.side for each in cells} | {each.name for cell in cells for each in cell.endpoints}
    return f"nothing that was measured is {scope!r}; {nearest(scope, names)}" if names else "nothing was measured"
