"""Calibration: scripted durations lead to exact warm-ups and block lengths."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from bench.measure.calibration import Calibration, calibrate

MS = 1_000_000
BLOCK_NS = 12 * MS


def steady(operation_ns: float) -> Callable[[int], int]:
    """Return a clock for operations that always take the same."""
    return lambda count: round(count * operation_ns)


def bursts_of(time_operations: Callable[[int], int], in_flight: int = 1) -> tuple[Calibration, list[int]]:
    """Return the calibration and how many operations each burst had."""
    counts: list[int] = []

    def noted(count: int) -> int:
        counts.append(count)
        return time_operations(count)

    return calibrate(noted, BLOCK_NS, in_flight), counts


def scripted(durations_ns: Iterable[int]) -> Callable[[int], int]:
    """Return a clock that reads these durations one after the other."""
    script = iter(durations_ns)
    return lambda _count: next(script)


@pytest.mark.parametrize(
    ("operation_ns", "inner", "bursts"),
    [
        (1 * MS, 12, [1, 2, 4]),
        (300_000, 40, [1, 2, 4, 8, 16]),
        (5 * MS, 2, [1, 1, 1, 1, 1]),
        (8 * MS, 2, [1, 1, 1, 1]),
        (100 * MS, 1, [1, 1]),
    ],
)
def test_a_block_is_filled_as_nearly_as_whole_operations_can(operation_ns: int, inner: int, bursts: list[int]) -> None:
    """Bursts double until one is long enough to tell; the block then holds the nearest number of operations."""
    calibration, counts = bursts_of(steady(operation_ns))
    assert calibration.inner == inner
    assert calibration.operation_ns == operation_ns
    assert calibration.block_ns == inner * operation_ns
    assert counts == bursts


@pytest.mark.parametrize("operation_ns", [20.0, 0.01])
def test_an_operation_that_does_nothing_is_calibrated_too(operation_ns: float) -> None:
    """Where one operation is below the clock's resolution, bursts grow until the clock can tell."""
    calibration, counts = bursts_of(steady(operation_ns))
    assert calibration.inner == pytest.approx(BLOCK_NS / operation_ns, rel=0.01)
    assert counts[-1] * operation_ns >= BLOCK_NS / 4


def test_a_clock_that_did_not_move_gives_no_operation_of_zero_length() -> None:
    """The first bursts of a fast operation may read 0 ns; nothing is divided by it."""
    calibration, _ = bursts_of(scripted([0, 0, 0, 4 * MS]))
    assert calibration.warm_up_ns == (1.0, 0.5, 0.25, 500_000.0)
    assert calibration.operation_ns == 500_000
    assert calibration.inner == 24


def test_a_slow_operation_is_repeated_but_not_six_times() -> None:
    """100 ms are measured twice: cold and once more; six times would eat the budget."""
    _, counts = bursts_of(steady(100 * MS))
    assert 2 <= sum(counts) < 6


def test_a_fast_operation_is_performed_six_times_at_least() -> None:
    """From its sixth execution on psycopg has the statement prepared; a block never begins before that."""
    for operation_ns in (4 * MS, 2 * MS, 500_000, 1_000):
        _, counts = bursts_of(steady(operation_ns))
        assert sum(counts) >= 6


def test_a_cold_start_does_not_end_the_warm_up() -> None:
    """Compiling the first statement for 50 ms says nothing about an operation of 4 ms: it is still done six times."""
    calibration, counts = bursts_of(scripted([50 * MS] + [4 * MS] * 10))
    assert sum(counts) == 6
    assert calibration.operation_ns == 4 * MS
    assert calibration.inner == 3


def test_the_cold_start_is_recorded_and_not_calibrated_with() -> None:
    """The first burst is kept as the cold start; the length of a block follows from the warm ones."""
    calibration, _ = bursts_of(scripted([40 * MS, 1 * MS, 2 * MS, 4 * MS, 8 * MS]))
    assert calibration.warm_up_ns[0] == 40 * MS
    assert calibration.operation_ns == 1 * MS
    assert calibration.inner == 12


def test_an_interruption_does_not_shorten_the_block() -> None:
    """Another process only ever adds time, so the best warm burst predicts."""
    calibration, _ = bursts_of(scripted([1 * MS, 2 * MS, 40 * MS]))
    assert calibration.operation_ns == 1 * MS
    assert calibration.inner == 12


@pytest.mark.parametrize(
    ("operation_ns", "in_flight", "inner", "bursts"),
    [
        (1 * MS, 4, 16, [4] * 6),
        (300_000, 4, 40, [4, 8, 16]),
        (1 * MS, 5, 20, [5] * 5),
        (1 * MS, 8, 32, [8, 8, 8, 8]),
        (1 * MS, 100, 400, [100, 100]),
    ],
)
def test_a_block_holds_a_multiple_of_what_is_in_flight(
    operation_ns: int, in_flight: int, inner: int, bursts: list[int]
) -> None:
    """Bursts and blocks have equally many operations for every worker, blocks four of them at least."""
    calibration, counts = bursts_of(steady(operation_ns), in_flight)
    assert calibration.inner == inner
    assert counts == bursts


def test_every_worker_warms_its_connection() -> None:
    """Each of those in flight has a connection of its own, on which a statement is prepared from the sixth time on."""
    _, counts = bursts_of(steady(100_000), 8)
    assert sum(counts) >= 6 * 8
