"""How the figures of load are written for people: levels, rates, settings, subjects."""

from __future__ import annotations

from collections.abc import Mapping

from bench.core.load_plan import Model, Subject
from bench.report import labels

FINE_RATE = 100.0
"""Below this rate per second one decimal is told."""
_SETTINGS = {
    "drivers": "{}",
    "delay ms": "{} ms delay",
    "pool size": "pool of {}",
    "max overflow": "overflow of {}",
    "threads": "{} threads",
    "app workers": "{} workers",
}
"""How a value reads, by the name of its factor."""


def level(model: Model, value: float) -> str:
    """Return the level of a window, `16 users` or `200/s`."""
    return labels.plural(round(value), "user") if model is Model.CLOSED else rate(value)


def condition(model: Model, value: float) -> str:
    """Return the level with its model, as the beginning of a sentence."""
    if model is Model.CLOSED:
        return f"With {labels.plural(round(value), 'user')} at a time (closed)"
    return f"At {number(value)} arrivals per s (open)"


def rate(value: float) -> str:
    """Return a rate per second, `412/s`."""
    return f"{number(value)}/s"


def number(value: float) -> str:
    """Return a rate without its unit, with as many digits as are known."""
    return f"{value:,.1f}".removesuffix(".0") if value < FINE_RATE else f"{value:,.0f}"


def share(value: float) -> str:
    """Return a share in per cent that tells nothing from very little: `0 %`, `0.04 %`, `2.1 %`."""
    if value == 0:
        return "0 %"
    return labels.percent(value) if value >= 0.001 else f"{value * 100:.2g} %"  # noqa: PLR2004 - 0.1 %


def setting(values: Mapping[str, str | float]) -> str:
    """Return what sets an application apart, `pool of 20, 40 threads`."""
    return ", ".join(
        _SETTINGS[name].format(_value(value)) if name in _SETTINGS else f"{name} {_value(value)}"
        for name, value in values.items()
    )


def changed(values: Mapping[str, str | float], other: Mapping[str, str | float]) -> str:
    """Return the part of a setting in which it is unlike another one."""
    return setting({name: value for name, value in values.items() if other.get(name) != value})


def _value(value: str | float) -> str:
    return f"{value:g}" if isinstance(value, int | float) else value


def subject(each: Subject, *, settings: bool) -> str:
    """Return who is asked, `async (pool of 20)`."""
    told = setting(each.setting) if settings else ""
    return f"{each.side} ({told})" if told else each.side
