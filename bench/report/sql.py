"""The statements that a variant sent: repeats are counted, backends with equal text share a listing."""

from __future__ import annotations

from bench.report.reading.records import Count, Manifest

MOST = 12
"""Different statements in a row that are listed; an operation rarely has more kinds."""


def by_backend(run: Manifest, scenario: str, variant: str) -> list[tuple[str, str]]:
    """Return (where, statements) of a variant, for the first parameters of the scenario that were counted."""
    first: dict[str, Count] = {}
    for count in run.counts:
        if (count.case.scenario, count.case.variant) == (scenario, variant) and count.sql:
            first.setdefault(count.case.backend, count)
    together: dict[str, list[str]] = {}
    parameters: dict[str, str] = {}
    for backend, count in first.items():
        listing = folded(count.sql)
        together.setdefault(listing, []).append(backend)
        parameters.setdefault(listing, count.case.parameters)
    return [
        (", ".join(backends) + (f" · {parameters[listing]}" if parameters[listing] else ""), listing)
        for listing, backends in together.items()
    ]


def folded(runs: tuple[tuple[str, int], ...]) -> str:
    """Return the statements one below the other, a repeated one once with its count."""
    lines = [f"{text};" + (f"  -- {number} times" if number > 1 else "") for text, number in runs[:MOST]]
    if len(runs) > MOST:
        lines.append(f"-- and {len(runs) - MOST} more")
    return "\n\n".join(lines)
