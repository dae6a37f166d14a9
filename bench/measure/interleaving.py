"""Measure the cases of a group in interleaved rounds, each round in a random order of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from bench.core.cases import Case
from bench.measure.calibration import Calibration, calibrate
from bench.measure.collector import quiesced, sweep
from bench.measure.loops import Block

TimeBlock = Callable[[Case, Sequence[Any]], Block]
"""Times one block of a case with the given keys; a test gives one with scripted durations."""

DrawKey = Callable[[Random], Any]
"""Draws what one operation asks for."""


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
    """How long to measure, fixed before the first block."""

    budget_ns: float
    rounds: tuple[int, int]
    block_ns: float

    def rounds_for(self, round_ns: float) -> int:
        """Return the number of rounds that fit into the budget, within the limits."""
        low, high = self.rounds
        return min(high, max(low, int(self.budget_ns / max(1.0, round_ns))))


def calibrate_group(
    cases: Sequence[Case], time_block: TimeBlock, draw_key: DrawKey, block_ns: float, random: Random
) -> list[Samples]:
    """Warm every case up and find the number of operations that fill its block.

    A case whose operation raises is given up with its reason, and the others go on without it.
    """
    return [_calibrate(case, time_block, draw_key, block_ns, random) for case in cases]


def round_ns(samples: Iterable[Samples]) -> float:
    """Return the time that one round over these cases is expected to take."""
    return sum(each.calibration.block_ns for each in samples if each.failure is None)


def measure_rounds(
    samples: Sequence[Samples], time_block: TimeBlock, draw_key: DrawKey, rounds: int, random: Random
) -> None:
    """Time the calibrated cases round by round; within a round all of them work on the same keys."""
    with quiesced():
        for _ in range(rounds):
            running = [each for each in samples if each.failure is None]
            longest = max((each.calibration.inner for each in running), default=0)
            keys = [draw_key(random) for _ in range(longest)]
            random.shuffle(running)
            for position, each in enumerate(running):
                _time_one(each, time_block, keys[: each.calibration.inner], position)


def _calibrate(case: Case, time_block: TimeBlock, draw_key: DrawKey, block_ns: float, random: Random) -> Samples:
    def time_operations(count: int) -> int:
        return time_block(case, [draw_key(random) for _ in range(count)]).elapsed_ns

    try:
        return Samples(case, calibrate(time_operations, block_ns))
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
