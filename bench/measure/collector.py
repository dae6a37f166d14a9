"""Keep Python's garbage collector out of timed blocks.

In strictly alternating blocks the collector can fall on every second one, and then the same code looks much
faster than itself. What collection costs is measured as a case of its own, not as noise on all the others.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from bench.core.conditions import Collector


@contextmanager
def quiesced() -> Iterator[None]:
    """Freeze what lives now and switch collection off; the state before is restored on exit."""
    was_enabled = gc.isenabled()
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        if was_enabled:
            gc.enable()


@contextmanager
def collecting(collector: Collector) -> Iterator[None]:
    """Let the collector do during a block what the block is about; before and after it is as it was."""
    if collector is Collector.OFF:
        yield
        return
    was_enabled = gc.isenabled()
    gc.unfreeze()
    gc.enable()
    try:
        yield
    finally:
        if not was_enabled:
            gc.disable()
        gc.collect(0)
        gc.freeze()


def sweep() -> int:
    """Collect what the last block left behind and return how many objects that freed.

    Only what is new is looked at, so the cost does not grow with the heap. What outlived its block is left to
    `sweep_all`.
    """
    return gc.collect(0)


def sweep_all() -> int:
    """Collect what outlived its block and died later, between rounds; what was frozen is not looked at."""
    return gc.collect()
