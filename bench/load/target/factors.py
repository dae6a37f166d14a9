"""The settings of the application that a run of load compares: one application for each, all up at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

from bench.core.drivers import Mode, driver_named
from bench.core.errors import UsageError
from bench.core.names import nearest
from bench.load.target.options import TargetOptions
from bench.servers.delaying import check_delays

MOST_SETTINGS = 8
"""More would take turns so rarely that a slow minute falls on a few of them."""

Level = str | float
"""A value of a factor as it is shown: a number, or the names of two drivers."""


@dataclass(frozen=True)
class Setting:
    """One application: how it is served, and what sets it apart from the others of the run."""

    options: TargetOptions
    delay_ms: float = 0.0
    """Added to each direction between the application and its database."""
    levels: Mapping[str, Level] = field(default_factory=dict)
    """By the factor as it is shown, `pool size`; empty where nothing is swept."""

    @property
    def label(self) -> str:
        """Return a short name that is unique in a run."""
        return " ".join(f"{name}={level_text(level)}" for name, level in self.levels.items()) or "app"


def parse_factor(text: str) -> tuple[str, tuple[Level, ...]]:
    """Return the name of a factor and its levels, from `pool-size=5,20` or `drivers=psycopg+psycopg_async,...`.

    Raises:
        UsageError: There is no such factor, or a level makes no sense or comes twice.
    """
    name, _, values = text.partition("=")
    if name not in _FACTORS:
        message = f"--sweep {text!r} names no factor; {nearest(name, _FACTORS)}"
        raise UsageError(message)
    words = values.split(",")
    levels = tuple(_level(name, word.strip()) for word in words)
    if len(levels) < 2 or len(set(levels)) < len(levels):  # noqa: PLR2004 - one value is not compared with anything
        message = f"--sweep {text!r} needs two different values at least, such as {_FACTORS[name].example}"
        raise UsageError(message)
    return name, levels


def settings_of(base: TargetOptions, delay_ms: float, factors: Mapping[str, Sequence[Level]]) -> tuple[Setting, ...]:
    """Return a setting for each combination of the levels of all factors; the base alone where there is none.

    Raises:
        UsageError: There are too many combinations.
    """
    count = math.prod(len(levels) for levels in factors.values())
    if count > MOST_SETTINGS:
        message = f"--sweep asks for {count} applications at once; {MOST_SETTINGS} are the most: give fewer values"
        raise UsageError(message)
    settings = []
    for combination in product(*factors.values()):
        chosen = dict(zip(factors, combination, strict=True))
        setting = Setting(base, delay_ms, {_FACTORS[name].shown or name: level for name, level in chosen.items()})
        for name, level in chosen.items():
            setting = _FACTORS[name].apply(setting, level)
        settings.append(setting)
    return tuple(settings)


def level_text(level: Level) -> str:
    """Return a level as it is written in `--sweep`."""
    return level if isinstance(level, str) else f"{level:g}"


@dataclass(frozen=True)
class _Factor:
    example: str
    apply: Callable[[Setting, Level], Setting]
    least: int | None = None
    """The lowest whole number; None where levels are no whole numbers."""
    shown: str = ""
    """Its name for people, where that is another one."""


def _set(name: str) -> Callable[[Setting, Level], Setting]:
    def apply(setting: Setting, level: Level) -> Setting:
        changed: dict[str, int] = {name: int(level)}
        return replace(setting, options=replace(setting.options, **changed))  # type: ignore[arg-type]  # by its name

    return apply


def _set_drivers(setting: Setting, level: Level) -> Setting:
    return replace(setting, options=replace(setting.options, drivers=tuple(str(level).split("+"))))


def _set_delay(setting: Setting, level: Level) -> Setting:
    return replace(setting, delay_ms=float(level))


_FACTORS = {
    "drivers": _Factor("drivers=psycopg+psycopg_async,psycopg2+asyncpg", _set_drivers),
    "delay": _Factor("delay=0,1,5", _set_delay, shown="delay ms"),
    "pool-size": _Factor("pool-size=5,20", _set("pool_size"), least=1, shown="pool size"),
    "max-overflow": _Factor("max-overflow=0,10", _set("max_overflow"), least=0, shown="max overflow"),
    "threads": _Factor("threads=10,40", _set("thread_tokens"), least=1),
    "app-workers": _Factor("app-workers=1,2", _set("workers"), least=1, shown="app workers"),
}
FACTORS = tuple(_FACTORS)


def _level(name: str, word: str) -> Level:
    if name == "drivers":
        return _drivers(word)
    least = _FACTORS[name].least
    try:
        value = float(word)
        sound = least is None or (value == int(value) and value >= least)
    except (ValueError, OverflowError):
        sound = False
    if not sound:
        kind = "a number" if least is None else f"a whole number from {least}"
        message = f"--sweep {name} has the value {word!r}; give {kind}, such as {_FACTORS[name].example}"
        raise UsageError(message)
    if least is None:
        check_delays([value])
    return value


def _drivers(word: str) -> str:
    modes = [driver_named(each).mode for each in word.split("+")]
    if modes != [Mode.SYNC, Mode.ASYNC]:
        message = f"--sweep drivers has the value {word!r}; give a sync and an async driver, such as psycopg2+asyncpg"
        raise UsageError(message)
    return word
