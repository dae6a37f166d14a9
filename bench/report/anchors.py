"""Where each group stands on the page: ids that are the same in every rendering, so that links to them stay good."""

from __future__ import annotations

from collections.abc import Iterable

from bench.report import labels

WIDEST = 100
"""Characters of a group's id in its anchor."""


def anchors(group_ids: Iterable[str]) -> dict[str, str]:
    """Return the anchor of each group by its id; two ids that differ in signs alone are told apart by a number."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for group_id in group_ids:
        plain = anchor = f"group-{labels.slug(group_id, WIDEST)}"
        number = 1
        while anchor in taken:
            number += 1
            anchor = f"{plain}-{number}"
        taken.add(anchor)
        found[group_id] = anchor
    return found
