"""Measure the cases of a group in interleaved rounds, each round in a random order of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from bench.core.cases import Case
from bench.measure.calibration import Calibration, calibrate
from bench.measure.collector import quiesced, sweep
from bench.measure.loops import Block

TimeBlock = Callable[[Case, Sequence[Any]], Block]
"""Times one block of a case with the given keys; a test gives one with scripted durations."""


@dataclass
class Samples:
    """What one pass measured of one case; blocks with the same index belong to one round."""

    case: Case
    calibration: Calibration
    blocks: list[Block] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    """Place of the case in the order of each round."""
    failure: str | None = None
    """Why the case was given up; it then has no blocks."""


@dataclass(frozen=True)
class Effort:
    """How long to measure a group, fixed before the first block."""

    budget_ns: float
    rounds: tuple[int, int]
    block_ns: float

    def rounds_for(self, round_ns: float) -> int:
        """Return the number of rounds that fit into the budget, within the limits."""
        low, high = self.rounds
        return min(high, max(low, int(self.budget_ns / max(1.0, round_ns))))


def measure_group(
    cases: Sequence[Case], time_block: TimeBlock, draw_key: Callable[[Random], Any], effort: Effort, random: Random
) -> list[Samples]:
    """Calibrate every case, then time all of them round by round.

    A case whose operation raises is given up with its reason, and the others go on without it.
    Within a round all cases work on the same keys.
    """
    samples = [_calibrate(case, time_block, draw_key, effort, random) for case in cases]
    rounds = effort.rounds_for(sum(each.calibration.block_ns for each in samples if each.failure is None))
    with quiesced():
        for _ in range(rounds):
            running = [each for each in samples if each.failure is None]
            longest = max((each.calibration.inner for each in running), default=0)
            keys = [draw_key(random) for _ in range(longest)]
            random.shuffle(running)
            for position, each in enumerate(running):
                _time_one(each, time_block, keys[: each.calibration.inner], position)
    return samples


def _calibrate(
    case: Case, time_block: TimeBlock, draw_key: Callable[[Random], Any], effort: Effort, random: Random
) -> Samples:
    def time_operations(count: int) -> int:
        return time_block(case, [draw_key(random) for _ in range(count)]).elapsed_ns

    try:
        return Samples(case, calibrate(time_operations, effort.block_ns))
    except Exception as error:  # noqa: BLE001 - a scenario may raise anything; the others must go on
        return Samples(case, Calibration(1, 0.0, ()), failure=_reason(error))


def _time_one(samples: Samples, time_block: TimeBlock, keys: Sequence[Any], position: int) -> None:
    try:
        samples.blocks.append(time_block(samples.case, keys))
    except Exception as error:  # noqa: BLE001 - see _calibrate
        samples.failure = _reason(error)
        samples.blocks.clear()
        samples.positions.clear()
    else:
        samples.positions.append(position)
    finally:
        sweep()


def _reason(error: Exception) -> str:
    first_line = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {first_line}"
