"""What each layer between the driver and the answer adds to one operation, in sync and async."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bench.core.contrasts import Question
from bench.core.differences import Duration, difference_over_passes, time_over_passes
from bench.core.drivers import DRIVERS, Mode
from bench.core.ratios import Pass
from bench.report.findings.analysis import Analysis, GroupResult
from bench.report.reading.records import Run

SCENARIO = "layers"
LAYERS = {"driver": "driver", "core": "Core", "orm_entities": "ORM", "serialised": "serialisation"}
"""The variants of the scenario that hold each other like onion skins, innermost first, and what each of them adds."""
HTTP = "HTTP"
"""The layer around all of them: no case, but requests to a service that performs the outermost variant."""
INSIDE = "same work in the service"
"""No layer, but how much longer than in the timed loop the outermost variant takes inside of the service."""

Times = Mapping[int, Sequence[float]]
"""The times of the blocks of a case, by pass."""


@dataclass(frozen=True)
class Step:
    """One layer on one driver."""

    layer: str
    until: Duration
    """Time of an operation up to and with this layer; with HTTP, that of a request as its client saw it."""
    added: Duration
    """What it takes more than without the layer; of the innermost one its whole time."""


@dataclass(frozen=True)
class Stair:
    """The layers of one driver from inside to outside; a step that is not valid is None."""

    driver: str
    steps: tuple[Step | None, ...]

    @property
    def mode(self) -> Mode:
        """Return the mode of the driver."""
        return DRIVERS[self.driver].mode

    @property
    def total(self) -> Duration | None:
        """Return the time of an operation with all layers, or of a request; None where that is not valid."""
        return self.steps[-1].until if self.steps[-1] else None

    @property
    def operation(self) -> Duration | None:
        """Return the time of an operation with all layers in the timed loop; None where that is not valid."""
        outermost = self.steps[: len(LAYERS)][-1]
        return outermost.until if outermost else None

    @property
    def http(self) -> Step | None:
        """Return the layer HTTP; None where it was not measured or is not valid."""
        return next((step for step in self.steps if step and step.layer == HTTP), None)

    @property
    def around(self) -> list[Step]:
        """Return the valid layers around the driver in the timed loop, the one that adds most first."""
        timed = self.steps[1 : len(LAYERS)]
        return sorted((step for step in timed if step), key=lambda step: -step.added.estimate_ns)

    @property
    def widest(self) -> list[Step]:
        """Return the layers that may add most: the first, and those whose intervals touch its own."""
        around = self.around
        return [step for step in around if step.added.high_ns >= around[0].added.low_ns]


@dataclass(frozen=True)
class Layers:
    """The layers of one group: in one library in both modes and, where there are two stacks, in both of them."""

    group: GroupResult
    pairs: tuple[tuple[Question, Stair, Stair], ...]
    """Sync first."""
    names: tuple[str, ...]
    """Of the layers, innermost first; INSIDE and HTTP are among them where the run measured HTTP in this group."""


def found(analysis: Analysis) -> list[Layers]:
    """Return the layers of every group that measured them in both modes, in the order of the run."""
    return [layers for group in analysis.groups if (layers := of_group(analysis.run, group))]


def of_group(run: Run, group: GroupResult) -> Layers | None:
    """Return the layers of a group; None where it is of another scenario or did not measure them in both modes."""
    pairs = tuple(_pairs(run, group)) if group.scenario.name == SCENARIO else ()
    http = (INSIDE, HTTP) if _has_http(run, group) else ()
    return Layers(group, pairs, (*LAYERS.values(), *http)) if pairs else None


def _pairs(run: Run, group: GroupResult) -> Iterator[tuple[Question, Stair, Stair]]:
    """Yield the first pair of each kind: one library in two modes, two stacks."""
    for question in (Question.MODE, Question.STACK):
        innermost = next((each for each in group.of(question)), None)
        if innermost:
            contrast = innermost.contrast
            sync, awaited = (stair(run, group, each.driver) for each in (contrast.denominator, contrast.numerator))
            if any(sync.steps) or any(awaited.steps):
                yield question, sync, awaited


def stair(run: Run, group: GroupResult, driver: str) -> Stair:
    """Return the layers of a driver; a layer needs its own case and the one inside of it.

    HTTP needs the operation that a request performs, and is there where the run measured it on any driver of the group.
    """
    layers = {layer: _blocks(run, group, variant, driver) for variant, layer in LAYERS.items()}
    innermost = next(iter(layers))
    steps = [_innermost(innermost, layers[innermost])]
    steps += [_around(layer, layers[inside], layers[layer]) for inside, layer in pairwise(layers)]
    if _has_http(run, group):
        *_, outermost = layers.values()
        passes = _http(run, group, driver) if outermost else []
        steps += [_inside(passes, outermost), _requests(passes)]
    return Stair(driver, tuple(steps))


def _blocks(run: Run, group: GroupResult, variant: str, driver: str) -> Times:
    """Return the times of the blocks of a case by pass; none where it is void or was not measured."""
    result = group.result(variant, driver)
    if result is None or result.void:
        return {}
    return {number: blocks.wall_ns for number, blocks in run.blocks.get(result.case.id, {}).items()}


def _innermost(layer: str, times: Times) -> Step | None:
    if not times:
        return None
    until = time_over_passes([times[number] for number in sorted(times)])
    return Step(layer, until, until)


def _around(layer: str, inside: Times, outside: Times) -> Step | None:
    both = sorted(inside.keys() & outside.keys())
    if not both:
        return None
    until = time_over_passes([outside[number] for number in both])
    return Step(layer, until, difference_over_passes([(outside[number], inside[number]) for number in both]))


def _has_http(run: Run, group: GroupResult) -> bool:
    return any(_http(run, group, driver) for driver in group.drivers)


def _http(run: Run, group: GroupResult, driver: str) -> list[Pass]:
    """Return the times of requests on a driver and of the operations in them, pass by pass."""
    measured = run.http_layer
    if measured is None or measured.backend != group.used.backend:
        return []
    return list(measured.blocks(driver, group.used.parameters))


def _inside(passes: Sequence[Pass], outermost: Times) -> Step | None:
    """Return how much longer the outermost variant takes in the requests than in the timed loop.

    Both were measured at different times, and so the interval is that of a difference of two independent values, from
    their own intervals (Zou and Donner 2008).
    """
    if not passes:
        return None
    inside, alone = time_over_passes([operation for _, operation in passes]), time_over_passes([*outermost.values()])
    estimate_ns = inside.estimate_ns - alone.estimate_ns
    low_ns = estimate_ns - math.hypot(inside.estimate_ns - inside.low_ns, alone.high_ns - alone.estimate_ns)
    high_ns = estimate_ns + math.hypot(inside.high_ns - inside.estimate_ns, alone.estimate_ns - alone.low_ns)
    return Step(INSIDE, inside, Duration(estimate_ns, low_ns, high_ns, min(inside.passes, alone.passes)))


def _requests(passes: Sequence[Pass]) -> Step | None:
    """Return the layer HTTP: what a request takes more than the operation in it, of the very same requests.

    The whole is that of the requests, too: what an operation takes in them is not what it takes in the timed loop.
    """
    if not passes:
        return None
    return Step(HTTP, time_over_passes([total for total, _ in passes]), difference_over_passes(passes))
