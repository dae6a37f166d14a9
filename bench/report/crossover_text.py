"""What a series of network delays says, in sentences: where ratios cross 1, and what the proxy itself costs."""

from __future__ import annotations

from bench.core.contrasts import Question
from bench.report import labels
from bench.report.crossover import Crossing, Curve, Series
from bench.report.delays import Delay

TENS = 10.0


def place(series: Series) -> str:
    """Return what the series was measured under, `loading, PostgreSQL 18.6, parents=20`."""
    first = series.groups[0]
    parts = (first.scenario.name, labels.backend(first.backend), labels.parameters(series.parameters))
    return ", ".join(part for part in parts if part)


def headline(series: Series) -> str:
    """Return the finding of the series as the title of its figure."""
    crossed = [curve for curve in series.curves if any(_is_told(each) for each in curve.crossings)]
    if not crossed:
        word = "clearly crosses" if any(curve.crossings for curve in series.curves) else "crosses"
        return f"No ratio {word} 1 {_span(series)}"
    first = crossed[0]
    at_ms = _ms(first.crossings[0].at_ms)
    others = f", and {len(crossed) - 1} more cross" if len(crossed) > 1 else ""
    return f"{_name(first)} crosses 1 at {at_ms} ms{others}"


def sentences(series: Series) -> list[str]:
    """Return a sentence for each ratio that crosses 1, one for those that do not, and what the proxy adds."""
    told = [_told(curve, each) for curve in series.curves for each in curve.crossings if _is_told(each)]
    vague = [curve for curve in series.curves if curve.crossings and not any(map(_is_told, curve.crossings))]
    never = [curve for curve in series.curves if not curve.crossings]
    if vague:
        told.append(f"Too wide an interval to tell where 1 is crossed {_span(series)}: {_names(vague)}.")
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
    before, behind = ("faster", "slower") if crossing.rising else ("slower", "faster")
    at_ms = _ms(crossing.at_ms)
    return (
        f"{_name(curve)} crosses 1 at a round-trip delay of {at_ms} ms ({_interval(crossing)}): "
        f"{_subject(curve)} is {before} below and {behind} above."
    )


def _interval(crossing: Crossing) -> str:
    low, high = (None if end is None else _ms(end) for end in (crossing.low_ms, crossing.high_ms))
    if low is None:
        return f"at most {high}"
    return f"{low} or more" if high is None else f"{low}-{high}"


def _is_told(crossing: Crossing) -> bool:
    """Say whether at least one end of the interval lies within what was measured."""
    return crossing.low_ms is not None or crossing.high_ms is not None


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
