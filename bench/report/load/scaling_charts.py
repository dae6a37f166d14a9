"""The charts of the Universal Scalability Law: throughput with the fitted curve, and what the fit leaves over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matplotlib.axes import Axes

from bench.core.errors import UsageError
from bench.core.load_plan import Model, Subject
from bench.load.judging.usl import Fit, Parameter, fit
from bench.report import labels
from bench.report.figures import style
from bench.report.findings.load import words
from bench.report.findings.load.analysis import Block
from bench.report.load import planes
from bench.report.load.charts import Chart, Curve, Point
from bench.report.reading.load_records import Purpose

LAW = "Universal Scalability Law"
STEPS = 48
"""Points of a fitted curve."""


@dataclass(frozen=True)
class Fitted:
    """The law as it was fitted to one subject."""

    subject: Subject
    name: str
    measured: Mapping[float, float]
    fit: Fit


def fits(block: Block) -> list[Fitted]:
    """Return the fit of each subject of a closed sweep to which one could be made; invalid levels are left out."""
    return [each for each in _attempts(block).values() if isinstance(each, Fitted)]


def told(block: Block) -> list[str]:
    """Return the parameters of every fit, and why there is none where there is none."""
    attempts = _attempts(block)
    why: dict[str, list[str]] = {}
    for name, each in attempts.items():
        if isinstance(each, UsageError):
            why.setdefault(str(each), []).append(name)
    return [
        *(sentence(each) for each in attempts.values() if isinstance(each, Fitted)),
        *(f"The {LAW} is not fitted to {labels.joined(names)}: {reason}." for reason, names in why.items()),
    ]


def _attempts(block: Block) -> dict[str, Fitted | UsageError]:
    """Return the fit of each subject by its name, or why there is none.

    The law is about users at a time, which an open block has not; one level is no sweep, and a factor asks about
    settings at a few levels.
    """
    if block.model is Model.OPEN or block.purpose is Purpose.FACTOR or len(block.levels) == 1:
        return {}
    found: dict[str, Fitted | UsageError] = {}
    for subject in block.subjects:
        cells = [each for each in block.cells if each.subject.id == subject.id and each.is_sound]
        measured = {each.level: each.throughput.estimate for each in cells}
        name = words.subject(subject, settings=block.has_settings)
        try:
            found[name] = Fitted(subject, name, measured, fit(measured))
        except UsageError as error:
            found[name] = error
    return found


def title(found: list[Fitted]) -> str:
    """Return where the fitted throughput is highest."""
    return f"By the fitted law {'; '.join(peak(each, each.name) for each in found)}"


def peak(each: Fitted, who: str) -> str:
    """Return where the law has its peak, as far as levels were measured and the fit can tell."""
    users, most = each.fit.peak_users, max(each.measured)
    if not each.fit.has_peak:
        return f"where {who} has its peak cannot be told"
    if users is None:
        return f"{who} does not grow beyond 1 user"
    return f"{who} still grows at {most:g} users" if users > most else f"{who} has its peak at {users:.0f} users"


def sentence(each: Fitted) -> str:
    """Return the parameters of a fit with their intervals, its peak and its worst residual."""
    worst = max(map(abs, each.fit.residuals.values()))
    rate, sigma, kappa = each.fit.rate_per_s, each.fit.sigma, each.fit.kappa
    return (
        f"{each.name}: one user gets {words.rate(rate.estimate)} ({words.number(rate.low)}-{words.number(rate.high)}), "
        f"contention (sigma) {_parameter(sigma)}, coherence (kappa) {_parameter(kappa)}; "
        f"by the law {peak(each, 'it')}. The fit is off by {words.share(worst)} at most. "
        "The law describes the levels and explains nothing."
    )


def _parameter(value: Parameter) -> str:
    return f"{value.estimate:.2g} ({value.low:.2g}-{value.high:.2g})"


def charts(block: Block, found: list[Fitted]) -> list[Chart]:
    """Return the fit over users, and its residuals."""
    tones = style.tones(block.sides)
    fitted = tuple(curve for each in found for curve in _curves(each, tones[each.subject.side]))
    left = tuple(
        Curve("", tones[each.subject.side], tuple(Point.bare(*pair) for pair in _residuals(each)), joined=False)
        for each in found
    )
    unit = "users at a time"
    return [
        Chart("good answers per s; line: fitted law", unit, fitted, planes.from_zero, planes.from_zero, share=1.5),
        Chart("measured over fitted, minus 1, %", unit, left, planes.from_zero, planes.around_zero, under=_zero),
    ]


def _zero(axes: Axes) -> None:
    axes.axhline(0, color=style.MUTED, linewidth=0.9)


def _curves(each: Fitted, tone: str) -> tuple[Curve, Curve]:
    most = max(each.measured)
    steps = [1 + (most - 1) * step / (STEPS - 1) for step in range(STEPS)]
    law = tuple(Point.bare(users, each.fit.throughput_per_s(users)) for users in steps)
    dots = tuple(Point.bare(users, value) for users, value in sorted(each.measured.items()))
    return Curve("", tone, law, mark=""), Curve(f"{each.name}, measured", tone, dots, joined=False)


def _residuals(each: Fitted) -> list[tuple[float, float]]:
    return [(users, 100 * share) for users, share in sorted(each.fit.residuals.items())]
