"""The one test of the plain way: an operation, given to pytest-benchmark as its README has it."""

from __future__ import annotations

from collections.abc import Callable


def test_plain(operation: Callable[[], object], benchmark: Callable[[Callable[[], object]], object]) -> None:
    """Benchmark one call of the operation."""
    benchmark(operation)
