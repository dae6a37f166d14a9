"""Find out whether a body dropped a coroutine that it should have awaited."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_NEVER_AWAITED = "coroutine .* was never awaited"
"""Python's own words, as a RuntimeWarning, when a coroutine goes out of use before it began."""


@contextmanager
def everything_awaited() -> Iterator[None]:
    """Raise where a coroutine was dropped: without its `await`, work is left undone that no other proof misses.

    The trees of the twins are equal then, and a COMMIT that is not sent is no statement. Other warnings pass.

    Raises:
        RuntimeError: One was, in Python's words.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.filterwarnings("always", _NEVER_AWAITED, RuntimeWarning)
        yield
    for warning in caught:
        if re.match(_NEVER_AWAITED, str(warning.message)):
            raise RuntimeError(warning.message)
        warnings.showwarning(warning.message, warning.category, warning.filename, warning.lineno)
