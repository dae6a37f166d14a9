"""How names and numbers are written for people, the same on the page, in Markdown and in the terminal."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence

from bench.core.claims import Value
from bench.core.ratios import Interval, Ratio
from bench.report.reading.records import BackendUsed

KINDS = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mariadb": "MariaDB", "mysql": "MySQL"}
FEWEST_DECIMALS, MORE_DECIMALS, MOST_DECIMALS = 2, 3, 4
"""Of a ratio. More are for an estimate, and the most for an end of an interval, that would read as 1 with fewer: on
which side of 1 an end lies decides the verdict, an estimate that near to 1 does not. A small one has what it needs."""
FINE = 0.005
"""Below this half width two decimals would hide the interval."""
NEGLIGIBLE = 1e-6
"""A ratio below it reads 0."""
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
    """Return a ratio with as many digits as a reader can use, `1.42x`, `0.024x` or, as it is not 1, `1.003x`."""
    return f"{_digits(value, _apart([value], MORE_DECIMALS))}x"


def ratios(values: Iterable[float]) -> str:
    """Return the lowest and the highest of some ratios with equal decimals, `0.44-0.52x`; one where both read alike."""
    ends = min(known := list(values)), max(known)
    decimals = _apart(ends, MORE_DECIMALS)
    low, high = (_digits(end, decimals) for end in ends)
    return f"{high}x" if low == high else f"{low}-{high}x"


def interval(measured: Ratio, decimals: int = FEWEST_DECIMALS) -> str:
    """Return a ratio with its 95 % interval, `1.42x (1.38-1.46)`.

    All three have the decimals that a narrow interval or a small ratio needs, and that tell from 1 what is not 1: an
    interval that leaves out 1 must not read as if it touched it.
    """
    estimate, low, high = measured.estimate, measured.interval.low, measured.interval.high
    if not math.isfinite(high):
        return f"{ratio(estimate)} (one pass: no interval)"
    narrow = MORE_DECIMALS if (high - low) / 2 < FINE else FEWEST_DECIMALS
    near = max(_apart([estimate], MORE_DECIMALS), _apart([low, high], MOST_DECIMALS))
    decimals = max(decimals, narrow, near, _places(estimate))
    return f"{_digits(estimate, decimals)}x ({_digits(low, decimals)}-{_digits(high, decimals)})"


def margin(band: Interval) -> str:
    """Return how far a band around 1 reaches on its wider side, rounded up, `±3 %` or `±4.2 %`."""
    tenths = math.ceil(round(band.reach * 1000, 6))  # 1.05 - 1 is a little more than 0.05
    return f"±{tenths / 10:g} %"


def margins(bands: Iterable[Interval]) -> str:
    """Return the narrowest and the widest of some bands around 1, `±3 % to ±5 %`; one where both read the same."""
    known = sorted(bands, key=lambda band: band.reach)
    least, most = margin(known[0]), margin(known[-1])
    return most if least == most else f"{least} to {most}"


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


def joined(names: Sequence[str], word: str = "and", most: int | None = None) -> str:
    """Return one or more names as they stand in a sentence, `a, b and c` or, of more than the most, `a, b and 5 more`.

    A single one beyond the most is named: its number would take as much room.
    """
    left = 0 if most is None else len(names) - most
    *others, last = [*names[:most], f"{left} more"] if left > 1 else names
    return f"{', '.join(others)} {word} {last}" if others else last


def first(texts: Sequence[str], most: int, width: int, rest: str) -> list[str]:
    """Return the first texts on a line each, cut to a width, and how many there are beyond, `and 3` and the rest."""
    shown = [shortened(" ".join(text.split()), width) for text in texts[:most]]
    left = len(texts) - len(shown)
    return [*shown, f"and {left:,} {rest}"] if left else shown


def code(name: str) -> str:
    """Return a name in backticks: page and Markdown show it as code, the terminal bold."""
    plain = name.replace("`", "'")
    return f"`{plain}`"


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
    if value < NEGLIGIBLE:
        return "0"
    return f"{value:.1f}" if value >= TENFOLD else f"{value:.{max(decimals, _places(value))}f}"


def _apart(values: Sequence[float], most: int) -> int:
    """Return the decimals, up to the most, with which no value reads as 1 that is not 1."""
    others = [value for value in values if value != 1]
    for decimals in range(FEWEST_DECIMALS, most):
        if all(float(_digits(value, decimals)) != 1 for value in others):
            return decimals
    return most


def _places(value: float) -> int:
    """Return the decimals that leave a ratio two significant digits."""
    return max(FEWEST_DECIMALS, 1 - math.floor(math.log10(max(value, NEGLIGIBLE))))


def _significant(value: float) -> str:
    if value <= 0 or not math.isfinite(value):
        return f"{value:g}"
    decimals = max(0, 2 - math.floor(math.log10(value)))
    return f"{value:,.{decimals}f}"
