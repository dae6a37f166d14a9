"""What a series of network delays says, in sentences: where ratios cross 1, and what the proxy itself costs."""

from __future__ import annotations

from bench.core.contrasts import Question
from bench.report import labels
from bench.report.findings.crossover import Crossing, Curve, Series
from bench.report.reading.delays import Delay

TENS = 10.0
BOTH = 2
"""Sides of a crossing on which verdicts name a winner."""


def place(series: Series) -> str:
    """Return what the series was measured under, `loading, PostgreSQL 18.6, parents=20`."""
    first = series.groups[0]
    parts = (first.scenario.name, labels.backend(first.backend), labels.parameters(series.parameters))
    return ", ".join(part for part in parts if part)


def headline(series: Series) -> str:
    """Return the finding of the series as the title of its figure."""
    crossed = [(curve, at) for curve in series.curves if (at := _with(curve, BOTH))]
    if crossed:
        curve, at = crossed[0]
        others = f", and {len(crossed) - 1} more cross" if len(crossed) > 1 else ""
        return f"{_name(curve)} crosses 1 at {_ms(at[0].at_ms)} ms{others}"
    sides = [_one_side(curve, each) for curve in series.curves for each in _with(curve, 1)]
    word = "clearly crosses" if any(curve.crossings for curve in series.curves) else "crosses"
    return sides[0] if sides else f"No ratio {word} 1 {_span(series)}"


def sentences(series: Series) -> list[str]:
    """Return a sentence for each ratio that crosses 1, one for those that do not, and what the proxy adds.

    A crossing is told where verdicts name a winner on both sides of it. With one side it is no crossing that was shown:
    up to the last such delay, or from the first one on, one of the two is faster, and beyond it nothing is known.
    """
    told = [_told(curve, each) for curve in series.curves for each in _with(curve, 1)]
    vague = [curve for curve in series.curves if curve.crossings and not _with(curve, 1)]
    never = [curve for curve in series.curves if not curve.crossings]
    if vague:
        told.append(f"Crossed {_span(series)} without a verdict on either side: {_names(vague)}.")
    if never:
        told.append(f"Not crossed {_span(series)}: {_names(never)}.")
    return [*told, *(proxy_cost(delay) for delay in series.delays if delay.asked_ms == 0)]


def proxy_cost(delay: Delay) -> str:
    """Return what a way through the proxy costs where no delay was asked for."""
    added = _ms(abs(delay.added_ms))
    if delay.added_ns < 0:
        return f"The proxy itself costs less than can be measured ({added} ms less than the direct way)."
    return f"The proxy itself adds {added} ms to a round trip."


def _told(curve: Curve, crossing: Crossing) -> str:
    if crossing.until_ms is None or crossing.from_ms is None:
        return f"{_one_side(curve, crossing)}."
    before, behind = _words(crossing)
    # Where a verdict names a winner the interval leaves out 1, so that its bound meets 1 before the ratio does.
    ends = [_ms(end) for end in (crossing.low_ms, crossing.high_ms) if end is not None]
    known = f"{before} up to {_ms(crossing.until_ms)} ms and {behind} from {_ms(crossing.from_ms)} ms on"
    place = f"at a round-trip delay of {_ms(crossing.at_ms)} ms ({'-'.join(ends)})"
    return f"{_name(curve)} crosses 1 {place}: {_subject(curve)} is {known}."


def _one_side(curve: Curve, crossing: Crossing) -> str:
    """Return what is known where verdicts name a winner on one side alone."""
    before, behind = _words(crossing)
    known = f"{before} up to {_ms(crossing.until_ms)} ms; above" if crossing.until_ms is not None else ""
    known = f"{behind} from {_ms(crossing.from_ms)} ms on; below" if crossing.from_ms is not None else known
    return f"{_name(curve)}: {_subject(curve)} is {known}, no difference could be shown"


def _words(crossing: Crossing) -> tuple[str, str]:
    """Return what the numerator is before the crossing and behind it."""
    return ("faster", "slower") if crossing.rising else ("slower", "faster")


def _with(curve: Curve, sides: int) -> list[Crossing]:
    """Return the crossings with verdicts that name a winner on so many sides or more."""
    return [each for each in curve.crossings if (each.until_ms is not None) + (each.from_ms is not None) >= sides]


def _subject(curve: Curve) -> str:
    return curve.driver if curve.question is Question.MODE else curve.variant


def _name(curve: Curve) -> str:
    if curve.question is Question.MODE:
        return f"{curve.driver} / {curve.than} for {curve.variant}"
    return f"{curve.variant} / {curve.than} on {curve.driver}"


def _names(curves: list[Curve]) -> str:
    """Return the names of curves, those with one denominator together."""
    together: dict[str, list[str]] = {}
    for curve in curves:
        place = f"/ {curve.than} on {curve.driver}"
        if curve.question is Question.MODE:
            place = f"for {curve.driver} / {curve.than}"
        together.setdefault(place, []).append(curve.variant)
    return "; ".join(f"{', '.join(variants)} {place}" for place, variants in together.items())


def _span(series: Series) -> str:
    return f"between {_ms(max(series.delays[0].added_ms, 0.0))} and {_ms(series.delays[-1].added_ms)} ms"


def _ms(value: float) -> str:
    """Return a delay with two significant digits: it is measured no better."""
    return f"{value:#.2g}" if value < TENS else f"{value:.0f}"
