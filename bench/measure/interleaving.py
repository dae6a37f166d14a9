"""Measure the cases of a group in interleaved rounds, each round in a random order of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from bench.core.cases import Case
from bench.core.caught import is_lost_connection
from bench.core.histograms import Histogram
from bench.measure.calibration import Calibration, calibrate
from bench.measure.collector import quiesced, sweep, sweep_all
from bench.measure.loops import Block

TimeBlock = Callable[[Case, Sequence[Any]], Block]
"""Times one block of a case with the given keys; a test gives one with scripted durations."""

_HALVINGS = 40
"""Steps of the search for the time that each case gets; so many find it to a millionth of a millionth."""

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
    changes_bytes: list[int] = field(default_factory=list)
    """By how much the memory in use grew with each block."""
    latencies: Histogram = field(default_factory=Histogram)
    """Service times of single operations, where several were in flight."""
    failure: str | None = None
    """Why the case was given up; it then has no blocks."""
    lost: bool = False
    """Whether it was given up because a connection was lost, which need not be its fault."""

    def give_up(self, error: Exception) -> None:
        """Keep nothing but the reason: half of a case cannot be compared."""
        self.failure, self.lost = _reason(error), is_lost_connection(error)
        self.blocks.clear()
        self.positions.clear()
        self.latencies = Histogram()


@dataclass(frozen=True)
class Effort:
    """How long to measure, fixed before the first block."""

    budget_ns: float
    rounds: tuple[int, int]
    block_ns: float

    def rounds_for(self, groups: Sequence[Sequence[Samples]]) -> list[int]:
        """Return the number of rounds of each group that together fit into the budget, within the limits.

        Every case gets the same time, so groups of short blocks get equally many rounds. A group of long operations
        gets fewer, but never less than the lower limit: it must not take the time of all others.
        """
        low, high = self.rounds
        needs = [(round_ns(group), sum(each.failure is None for each in group)) for group in groups]

        def rounds(case_ns: float) -> list[int]:
            return [min(high, max(low, int(case_ns * cases / max(1.0, need_ns)))) for need_ns, cases in needs]

        def fits(case_ns: float) -> bool:
            return (
                sum(count * need_ns for count, (need_ns, _) in zip(rounds(case_ns), needs, strict=True))
                <= self.budget_ns
            )

        most_ns = high * max((need_ns / max(1, cases) for need_ns, cases in needs), default=0.0)
        if fits(most_ns):
            return rounds(most_ns)
        least_ns = 0.0
        for _ in range(_HALVINGS):
            middle_ns = (least_ns + most_ns) / 2
            least_ns, most_ns = (middle_ns, most_ns) if fits(middle_ns) else (least_ns, middle_ns)
        return rounds(least_ns)


def calibrate_group(  # noqa: PLR0913 - what is warmed up, how, and for how long
    cases: Sequence[Case],
    time_block: TimeBlock,
    draw_key: DrawKey,
    block_ns: float,
    random: Random,
    *,
    in_flight: int = 1,
) -> list[Samples]:
    """Warm every case up and find the number of operations that fill its block, a multiple of those in flight.

    A case whose operation raises is given up with its reason, and the others go on without it.
    """
    return [_calibrate(case, time_block, draw_key, block_ns, random, in_flight) for case in cases]


def given_up(case: Case, error: Exception) -> Samples:
    """Return the samples of a case that could not begin."""
    return Samples(case, Calibration(1, 0.0, ()), failure=_reason(error), lost=is_lost_connection(error))


def round_ns(samples: Iterable[Samples]) -> float:
    """Return the time that one round over these cases is expected to take."""
    return sum(each.calibration.block_ns for each in samples if each.failure is None)


def measure_rounds(  # noqa: PLR0913, PLR0917 - what is timed, how, how often, and what is read beside it
    samples: Sequence[Samples],
    time_block: TimeBlock,
    draw_key: DrawKey,
    rounds: int,
    random: Random,
    resident_bytes: Callable[[], int] = lambda: 0,
) -> None:
    """Time the calibrated cases round by round; within a round all of them work on the same keys.

    The memory in use is read behind each block.
    """
    with quiesced():
        for _ in range(rounds):
            running = [each for each in samples if each.failure is None]
            longest = max((each.calibration.inner for each in running), default=0)
            keys = [draw_key(random) for _ in range(longest)]
            random.shuffle(running)
            sweep_all()
            before_bytes = resident_bytes()
            for position, each in enumerate(running):
                _time_one(each, time_block, keys[: each.calibration.inner], position)
                after_bytes = resident_bytes()
                each.changes_bytes.append(after_bytes - before_bytes)
                before_bytes = after_bytes


def _calibrate(  # noqa: PLR0913, PLR0917 - see calibrate_group
    case: Case, time_block: TimeBlock, draw_key: DrawKey, block_ns: float, random: Random, in_flight: int
) -> Samples:
    beside_ns: list[int] = []

    def time_operations(count: int) -> int:
        block = time_block(case, [draw_key(random) for _ in range(count)])
        beside_ns.append(block.beside_ns)
        return block.elapsed_ns

    try:
        calibration = calibrate(time_operations, block_ns, in_flight)
        return Samples(case, replace(calibration, beside_ns=float(beside_ns[-1])))
    except Exception as error:  # noqa: BLE001 - a scenario may raise anything; the others must go on
        return given_up(case, error)


def _time_one(samples: Samples, time_block: TimeBlock, keys: Sequence[Any], position: int) -> None:
    try:
        block = time_block(samples.case, keys)
    except Exception as error:  # noqa: BLE001 - see _calibrate
        samples.give_up(error)
    else:
        samples.blocks.append(replace(block, latencies_ns=()))
        samples.latencies.record(block.latencies_ns)
        samples.positions.append(position)
    finally:
        sweep()


def _reason(error: Exception) -> str:
    first_line = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {first_line}"
