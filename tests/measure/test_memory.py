"""Peak memory of one operation, and how the child that is weighed tells its end."""

from __future__ import annotations

import os
import time

import pytest

from bench.measure.memory import growth, hoards, in_child, peak_of

MB = 1_000_000


def hold_and_drop() -> None:
    """Fill 50 MB with ones, so that they are resident, and let them go before the end."""
    assert len(bytearray(b"1") * (50 * MB)) == 50 * MB


def test_the_peak_counts_what_is_gone_at_the_end() -> None:
    """50 MB were resident at a time; the kernel, which counts pages in batches, may miss some of them."""
    assert in_child(lambda: peak_of(hold_and_drop), 60.0) >= 49 * MB


def test_an_earlier_peak_is_not_counted_again() -> None:
    """What an operation before needed at its peak is not the need of the next one."""

    def work() -> int:
        hold_and_drop()
        return peak_of(lambda: None)

    assert in_child(work, 60.0) < 25 * MB


def test_memory_that_was_free_before_is_counted() -> None:
    """80 MB of small blocks, freed below others still in use, would serve the operation without a new page."""

    def work() -> int:
        freed = [bytearray(b"1") * 4_000 for _ in range(20_000)]
        kept = [bytearray(b"2") * 4_000 for _ in range(100)]
        freed.clear()
        peak_bytes = peak_of(hold_and_drop)
        assert kept
        return peak_bytes

    assert in_child(work, 60.0) >= 49 * MB


def test_a_child_returns_what_its_work_returns() -> None:
    """It is another process, forked from this one."""
    assert in_child(os.getpid, 60.0) not in {os.getpid(), os.getppid()}
    assert in_child(os.getppid, 60.0) == os.getpid()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_child_that_raises_is_told_from_one_that_ended(
    error: type[BaseException], capfd: pytest.CaptureFixture[str]
) -> None:
    """Its words are on standard error, for the log, and it does not go on as a second parent."""
    reason = "no such row"

    def work() -> int:
        raise error(reason)

    with pytest.raises(RuntimeError, match="the operation ended with status"):
        in_child(work, 60.0)
    assert capfd.readouterr().err == f"{error.__name__}: {reason}\n"


def test_a_child_that_hangs_is_ended_by_the_kernel() -> None:
    """It needs no Python to hear of its end, and the reason is told."""

    def work() -> dict[str, int | None]:
        time.sleep(600)
        return {}

    with pytest.raises(RuntimeError, match=r"did not end within 0\.1 s"):
        in_child(work, 0.1)


def test_growth_is_that_of_the_second_half() -> None:
    """What caches take at first is none."""
    assert growth([40, 10, 1, 2, 3]) == 6
    assert growth([80, 0, 7, -7]) == 0
    assert growth([7]) == growth([]) == 0


def test_a_case_that_keeps_what_it_loads_is_told_from_those_that_share_free_memory() -> None:
    """What one block takes and another gives back is nobody's; beside a hoard those that keep little are left."""
    assert hoards({"takes": 90, "gives": -85}, 10) == {}
    assert hoards({"takes": 90, "steady": 3, "gives": -2}, 10) == {"takes": 90}
    assert hoards({"each": 6, "a little": 6}, 10) == {}
