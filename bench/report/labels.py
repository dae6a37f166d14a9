"""How names and numbers are written for people, the same on the page, in Markdown and in the terminal."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping

from bench.core.claims import Value
from bench.core.ratios import Ratio
from bench.report.records import BackendUsed

KINDS = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mariadb": "MariaDB", "mysql": "MySQL"}
FINE = 0.005
"""Below this half width two decimals would hide the interval."""
TENTH = 0.1
TENFOLD = 10.0
HUNDREDFOLD = 100.0
NOT_HEARD = "not heard"
"""The number of statements of a variant that goes past SQLAlchemy."""
WIDE = 46
"""Characters of a name that still fit a figure or a terminal row."""


def backend(used: BackendUsed) -> str:
    """Return the backend as people call it, `PostgreSQL 18.6`."""
    name = f"{KINDS.get(used.kind, used.kind)} {used.version}".strip()
    return name if used.label == used.kind else f"{name} ({used.label})"


def parameters(values: Mapping[str, Value]) -> str:
    """Return the parameters of a group, `relation=many-to-one, parents=20`."""
    return ", ".join(parameter(name, value) for name, value in values.items())


def parameter(name: str, value: Value) -> str:
    """Return one parameter, `parents=20`; a number has no decimals that say nothing."""
    return f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}"


def statements(counts: Iterable[int | None]) -> str:
    """Return the statements of several cases, `2` or `2-21`; those that were not heard say so."""
    numbers = {count for count in counts if count is not None}
    if not numbers:
        return NOT_HEARD
    return f"{min(numbers):,}" if len(numbers) == 1 else f"{min(numbers):,}-{max(numbers):,}"


def ratio(value: float) -> str:
    """Return a ratio with as many digits as a reader can use, `1.42x` or `0.024x`."""
    return f"{_digits(value, 3 if value < TENTH else 2)}x"


def ratios(values: Iterable[float]) -> str:
    """Return the lowest and the highest of some ratios, `0.44-0.52x`; one where both read the same."""
    known = list(values)
    low, high = ratio(min(known)), ratio(max(known))
    return high if low == high else f"{low.removesuffix('x')}-{high}"


def interval(measured: Ratio, decimals: int = 2) -> str:
    """Return a ratio with its 95 % interval, `1.42x (1.38-1.46)`; a narrow one with three decimals at least."""
    low, high = measured.interval.low, measured.interval.high
    if not math.isfinite(high):
        return f"{ratio(measured.estimate)} (one pass: no interval)"
    decimals = max(decimals, 3 if (high - low) / 2 < FINE else 2)
    return f"{_digits(measured.estimate, decimals)}x ({_digits(low, decimals)}-{_digits(high, decimals)})"


def milliseconds(nanoseconds: float | None) -> str:
    """Return a duration in ms with three significant digits, without the unit."""
    return "" if nanoseconds is None else _significant(nanoseconds / 1e6)


def microseconds(nanoseconds: float | None) -> str:
    """Return a duration in µs with three significant digits, without the unit."""
    return "" if nanoseconds is None else _significant(nanoseconds / 1e3)


def kilobytes(count: int) -> str:
    """Return a number of bytes in KB of 1,000 with three significant digits, without the unit."""
    return _significant(count / 1e3)


def megabytes(count: int) -> str:
    """Return a number of bytes in MB of 1,000,000 with three significant digits, without the unit."""
    return _significant(count / 1e6)


def plural(count: int, noun: str) -> str:
    """Return the count with its noun, `1 pass`, `3 passes`."""
    ending = "es" if noun.endswith("s") else "s"
    return f"{count:,} {noun if count == 1 else noun + ending}"


def percent(share: float) -> str:
    """Return a share as a percentage with one decimal, `2.1 %`."""
    return f"{share * 100:.1f} %"


def shortened(name: str, width: int = WIDE) -> str:
    """Return the name, with its middle left out where it is too wide."""
    if len(name) <= width:
        return name
    head = (width - 1) * 2 // 3
    return f"{name[:head]}…{name[len(name) - (width - 1 - head) :]}"


def slug(name: str, width: int) -> str:
    """Return the name as a part of a file's name: small letters, digits and dashes; empty where it has none of them."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:width].strip("-")


def _digits(value: float, decimals: int) -> str:
    if value >= HUNDREDFOLD:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= TENFOLD else f"{value:.{decimals}f}"


def _significant(value: float) -> str:
    if value <= 0 or not math.isfinite(value):
        return f"{value:g}"
    decimals = max(0, 2 - math.floor(math.log10(value)))
    return f"{value:,.{decimals}f}"
