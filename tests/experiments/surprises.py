"""The outcomes that nobody expected and nobody explains."""

from __future__ import annotations

from typing import Any


def unexplained(record: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """Return experiment, driver and outcomes where an outcome is other than expected and no explanation is about it."""
    return [
        (each["name"], result["driver"], result["outcomes"])
        for each in record["experiments"]
        for result in each["results"]
        if result.get("as_expected") is False and not result["is_explained"]
    ]
