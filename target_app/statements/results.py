"""What the result of a statement says about the rows that it changed."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import CursorResult, Result


def rows_of(result: Result[Any]) -> int:
    """Return how many rows an UPDATE or DELETE matched; sessions declare its result as something more general."""
    return cast("CursorResult[Any]", result).rowcount
