"""The moment at which something happens, as the shop keeps it."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Return the moment: naive UTC in whole seconds, which every backend stores without loss."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)
