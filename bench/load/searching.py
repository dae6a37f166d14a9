"""Search the knee of every side, stage after stage, until rates that meet an SLO and that miss it are close."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from bench.core.load_plan import Stage, Subject
from bench.load.judging.conditions import parse_conditions
from bench.load.judging.knee import knee, next_probes
from bench.load.judging.knee_windows import probe_windows, trials
from bench.load.judging.sweep import peak_per_s
from bench.load.measuring import Measuring
from bench.load.reading.readings import StageReading
from bench.load.request import LoadRequest
from bench.load.stages import IN_FLIGHT, timing_of


def search_knees(request: LoadRequest, slo: str, subjects: Sequence[Subject], measuring: Measuring) -> None:
    """Search the highest open rate at which each subject keeps to an SLO, and keep what was found.

    The search begins at the peak of the closed windows, or at the highest rate given where there are none.

    Raises:
        UsageError: The SLO is malformed.
        OrmbenchError: The generator or an application ended.
    """
    conditions = parse_conditions(slo)
    originals = tuple(each for each in subjects if each.twin_of is None)
    closed = measuring.cells("sweep")
    starts = {each.id: peak_per_s(closed, each.id) or max(request.rates_per_s, default=1.0) for each in originals}
    done: list[StageReading] = []
    for step in count(1):
        tried = trials(done, conditions, measuring.record["ceiling_per_s"])
        probes = next_probes(starts, tried)
        if not probes:
            break
        windows = probe_windows(probes, conditions, timing_of(request), step)
        shape = {"workers": request.workers, "max_in_flight": IN_FLIGHT}
        stage = Stage(name=f"knee-{step:02}", subjects=originals, windows=windows, **shape)
        done.append(measuring.measure(stage, "knee"))
    found = [(each, knee(each.id, tried)) for each in originals]
    measuring.save(
        knees=[
            {**each.as_data(), "pair": subject.pair, "side": subject.side, "setting": dict(subject.setting), "slo": slo}
            for subject, each in found
        ]
    )
