"""Keep Python's garbage collector out of timed blocks.

In strictly alternating blocks the collector can fall on every second one, and then the same code looks much
faster than itself. What collection costs is measured as a case of its own, not as noise on all the others.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


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


def sweep() -> int:
    """Collect what the last block left behind and return how many objects that freed.

    With collection off nothing is promoted, so the youngest generation holds all of it and the cost does not
    grow with the heap.
    """
    return gc.collect(0)
