"""Hold the A/A twins of a run against chance: one in twenty excludes 1 although nothing differs."""

from __future__ import annotations

from collections.abc import Sequence

from bench.core.doubts import Doubt
from bench.report import labels

NOMINAL = 0.05
"""The share of A/A twins whose 95 % interval leaves out 1 by chance alone."""
CHANCE_LIMIT = 0.05
"""Below this probability the A/A twins that exclude 1 are more than chance explains."""
MOST_PLACES = 3


def beyond_chance(code: str, off: int, twins: int, places: Sequence[str]) -> Doubt:
    """Return the doubt about A/A twins that exclude 1; it costs a grade where they are more than chance explains."""
    named = f"{'; '.join(places[:MOST_PLACES])}{' and others' if len(places) > MOST_PLACES else ''}"
    verb = "excludes" if off == 1 else "exclude"
    said = f"{off} of {labels.plural(twins, 'A/A twin')} {verb} 1 although both sides are the same code"
    expected = f"about {twins * NOMINAL:.1f} expected by chance"
    if _at_least(off, twins) < CHANCE_LIMIT:
        text = f"{said}, more than chance explains ({expected}): {named}."
        return Doubt(code, 1, text, "Close other work on the machine and run again.")
    return Doubt(code, 0, f"{said}, no more than chance explains ({expected}): {named}.", "")


def _at_least(off: int, twins: int) -> float:
    """Return the probability that so many twins or more exclude 1 by chance: the upper tail of the binomial."""
    # scipy.stats has it as well, but its import takes longer than all others of a report together.
    from scipy.special import bdtrc  # noqa: PLC0415 - few runs have such a twin, and the others need not wait for it

    return float(bdtrc(off - 1, twins, NOMINAL))
