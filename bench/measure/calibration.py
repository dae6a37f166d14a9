"""Warm a case up and find how many operations fill a block."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

WARM_UP_OPERATIONS = 6
# psycopg prepares a statement on the server from its sixth execution on (`prepare_threshold=5`): a case that is
# timed earlier would be measured in two states. (Where every operation ends in a ROLLBACK it stays in the first one:
# psycopg forgets what it prepared with each, see docs/methodology.md.)
WARM_UP_LIMIT_NS = 20_000_000
"""Spent after the first operation: one longer than 4 ms is warm before the sixth time, for waiting would eat the
budget."""

WAVES = 4
"""Operations that each of several in flight has in a block at least: where they go in step, as tasks do that wait for
the same time, a block of one or two would begin and end anywhere in a step."""

RESOLVED = 1_000
"""A burst shorter than this part of a block may be too short for the clock, and is not calibrated with."""


@dataclass(frozen=True)
class Calibration:
    """How a case will be measured, from its own warm-up."""

    inner: int
    """Operations in a block."""
    operation_ns: float
    """Time of one operation at the end of the warm-up."""
    warm_up_ns: tuple[float, ...]
    """Time per operation in each burst of the warm-up; the first one is the cold start."""
    beside_ns: float = 0.0
    """Time that a block takes before its clock starts and behind its stop, where several are in flight."""

    @property
    def block_ns(self) -> float:
        """Return the time that one block is expected to take, with what is not timed of it."""
        return self.inner * self.operation_ns + self.beside_ns


def calibrate(time_operations: Callable[[int], int], block_ns: float, in_flight: int = 1) -> Calibration:
    """Warm up with ever longer bursts until one of them predicts the length of a block.

    Args:
        time_operations: Performs so many operations and returns the elapsed nanoseconds.
        block_ns: The length of a block to aim for.
        in_flight: Operations under way at a time; a block holds a multiple of them, so that all workers have work,
            and where they are several at least `WAVES` for each.
    """
    bursts: list[float] = []
    operations, total, spent_ns = in_flight, 0, 0
    operation_ns = math.inf
    while True:
        elapsed_ns = max(1, time_operations(operations))
        total += operations
        bursts.append(elapsed_ns / operations)
        if len(bursts) > 1:  # a cold start of 40 ms says nothing about the operation
            spent_ns += elapsed_ns
            if elapsed_ns >= block_ns / RESOLVED:
                # The best of the warm bursts: an interruption by another process only ever adds time.
                operation_ns = min(operation_ns, bursts[-1])
        warm = total >= WARM_UP_OPERATIONS * in_flight or spent_ns >= WARM_UP_LIMIT_NS
        telling = elapsed_ns >= block_ns / 4
        if warm and telling:
            break
        if not telling:
            operations *= 2
    waves = max(1 if in_flight == 1 else WAVES, round(block_ns / operation_ns / in_flight))
    return Calibration(waves * in_flight, operation_ns, tuple(bursts))
