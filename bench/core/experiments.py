"""The experiment contract: a claim about behaviour, tried once on each driver, with what is expected written before."""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from bench.core.contract import Divergence, Place
from bench.core.dataset import Dataset
from bench.core.drivers import DRIVERS, FAMILIES, Mode
from bench.core.errors import UsageError
from bench.core.laboratory import AsyncLaboratory, Laboratory


@dataclass(frozen=True)
class Saying:
    """An entry of the catalogue of claims: what people say and who says it."""

    id: str
    text: str
    source: str
    untested: str = ""
    """Why nothing here can put it to the test, or why nothing can on some machines, where that is so."""
    chapter: str = ""
    """What it is about: the heading of the catalogue that it stands under."""


class Says(StrEnum):
    """How often a prediction says that something is so: what repetitions mean that differ."""

    ALWAYS = "always"
    """One that is other refutes it."""
    EVER = "ever"
    """It can happen: one that is so upholds it. Where none is, it was not seen, which is no proof that it cannot be."""
    EACH = "each"
    """It tells what one repetition does, and says nothing of all of them: where they differ, it depends on chance."""


Upheld = bool | Literal["in part", "not seen"] | None
"""What all repetitions together mean for a prediction; None where there is none."""


@dataclass(frozen=True)
class Prediction:
    """What an outcome is, in words and as a test of the outcome."""

    words: str
    holds: Callable[[Any], bool]
    says: Says = Says.ALWAYS


SAYS_NOTHING = Prediction("", lambda _: False)
"""What a claim predicts at a place that it is not about, and what is expected where nobody knows."""

Expected = Any
"""Plain data that the outcome must equal, a `Prediction`, or a function of the `Place` that returns one of them."""


def by_mode(*, sync: Expected, awaited: Expected) -> Callable[[Place], Expected]:
    """Return what is expected of blocking drivers, and of awaited ones."""
    return lambda place: sync if place.driver.mode is Mode.SYNC else awaited


def by_place(found: Mapping[str, Expected], otherwise: Expected = SAYS_NOTHING) -> Callable[[Place], Expected]:
    """Return what is expected by the name of the driver or, where that is not named, by the kind of backend."""
    return lambda place: found.get(place.driver.name, found.get(place.kind, otherwise))


def prediction_at(expected: Expected, place: Place) -> Prediction | None:
    """Return what is predicted at a place, or None where nothing is said about it.

    Raises:
        UsageError: It is neither plain data nor a prediction.
    """
    expected = _at(expected, place)
    if isinstance(expected, Prediction):
        return None if expected is SAYS_NOTHING else expected
    try:
        value = plain(expected)
    except TypeError:
        message = f"{expected!r} is neither plain data nor a Prediction; no outcome can be held against it"
        raise UsageError(message) from None
    return Prediction(told(value), lambda outcome: bool(outcome == value))


def _at(expected: Expected, place: Place) -> Expected:
    while callable(expected):
        expected = expected(place)
    return expected


def plain(value: object) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Return an outcome as JSON gives it back: tuples become lists.

    Raises:
        TypeError: It is no plain data.
    """
    return json.loads(json.dumps(value))


def told(value: object) -> str:
    """Return an outcome in words, equal ones put together: `items, note: MissingGreenlet; status: nothing`."""
    match value:
        case dict():
            names: dict[str, list[str]] = {}
            for name, each in value.items():
                words = f"({told(each)})" if isinstance(each, dict) else told(each)
                names.setdefault(words, []).append(str(name))
            return "; ".join(f"{', '.join(alike)}: {each}" for each, alike in names.items())
        case list() | tuple():
            return f"[{', '.join(told(each) for each in value)}]"
        case bool():
            return "yes" if value else "no"
        case None:
            return "none"
        case float():
            return f"{value:.3g}"
        case _:
            return str(value)


@dataclass(frozen=True)
class Said:
    """A claim that an experiment puts to the test: our reading of a saying, in words that an outcome can refute.

    Reports show it beside the saying itself, which has the same id.
    """

    id: str
    text: str
    predicts: Expected
    """What the outcome is where the claim is true; `SAYS_NOTHING` at places that it is not about."""
    advice: str = ""
    """What an engineer should do about it, in one sentence that holds whatever the verdict."""


class Need(StrEnum):
    """What an experiment needs beside a database."""

    NOTHING = "nothing"
    WIRE = "wire"
    """Counts of what passes between driver and server."""
    FAULTS = "faults"
    """A private server and a wire of its own that it may disturb; never a given URL."""


def _able(_place: Place) -> str | None:
    return None


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """One question about behaviour, answered by a fact: a count, an exception, a wrong row, a leaked connection.

    `run` and `run_async` are twins, compared as those of variants are. They get a laboratory whose rows are fresh, and
    return the outcome as plain data. One of them may be None where the question does not arise in that mode; `unable`
    then gives the reason, as it does for every place where the question makes no sense. `expects` is what we expect to
    find and `claims` are what people say: both are written down before.
    """

    name: str
    question: str
    claims: Sequence[Said]
    dataset: Dataset
    run: Callable[[Laboratory], Any] | None
    run_async: Callable[[AsyncLaboratory], Awaitable[Any]] | None
    expects: Expected
    divergence: Divergence | None = None
    explained: str = ""
    """Why outcomes were other than expected, in a sentence, once that is known; `expects` stays as it was written."""
    explained_at: Collection[str] = ()
    """Where `explained` is why: drivers by name, or kinds of backends. Elsewhere a surprise is left unexplained."""
    remark: str = ""
    """Why drivers differ, where outcomes are as expected and say nothing of it."""
    needs: Need = Need.NOTHING
    unable: Callable[[Place], str | None] = _able
    repeats: int = 1
    """How often it runs where chance has a part in the outcome; the outcomes are counted."""
    limit_s: float = 30.0
    """After so long in one repetition it is given up, and has no outcome."""

    def __post_init__(self) -> None:
        if not (self.name and all(letter.isalnum() or letter in "_-" for letter in self.name)):
            _reject(f"experiment name {self.name!r} may hold letters, digits, '_' and '-' only")
        if self.run is None and self.run_async is None:
            _reject(f"experiment {self.name!r} has no body; give run and run_async")
        if self.run is not None and inspect.iscoroutinefunction(self.run):
            _reject(f"experiment {self.name!r}: run must be a plain function; write it with `def`")
        if self.run_async is not None and not inspect.iscoroutinefunction(self.run_async):
            _reject(f"experiment {self.name!r}: run_async must be an `async def`")
        if (self.run is None or self.run_async is None) and self.unable is _able:
            _reject(f"experiment {self.name!r} has no twin; say in unable why it does not arise in the other mode")
        if not inspect.getdoc(self.body):
            _reject(f"experiment {self.name!r}: its first body needs a docstring that says how it is tested")
        self._check_explained()
        if self.repeats < 1 or self.limit_s <= 0:
            _reject(f"experiment {self.name!r}: give repeats of 1 or more and a limit_s above 0")

    def _check_explained(self) -> None:
        if bool(self.explained) != bool(self.explained_at):
            _reject(f"experiment {self.name!r}: an explanation is one of some drivers; give explained and explained_at")
        for name in self.explained_at:
            if name not in DRIVERS and name not in FAMILIES:
                _reject(f"experiment {self.name!r}: explained_at names {name!r}, which is no driver and no backend")

    def explains(self, place: Place) -> bool:
        """Say whether `explained` is why the outcome at a place is other than expected, where it is."""
        return place.driver.name in self.explained_at or place.kind in self.explained_at

    @property
    def body(self) -> Callable[..., Any]:
        """Return the body that stands for both: the blocking one where there is one."""
        body = self.run or self.run_async
        if body is None:
            raise AssertionError
        return body

    @property
    def how(self) -> str:
        """Return how it is tested: the docstring of the body that its claims are about, in one paragraph."""
        awaited = inspect.getdoc(self.run_async) if self.run_async and self._is_about_awaited_code else None
        return " ".join((awaited or inspect.getdoc(self.body) or "").split())

    @property
    def _is_about_awaited_code(self) -> bool:
        """Say whether no claim is about a blocking driver."""
        places = (Place(kind, each) for kind in FAMILIES for each in DRIVERS.values() if each.family == FAMILIES[kind])
        blocking = [each for each in places if each.driver.mode is Mode.SYNC and self.hindrance(each) is None]
        return all(_at(said.predicts, place) is SAYS_NOTHING for said in self.claims for place in blocking)

    @property
    def theme(self) -> str:
        """Return the name of the file that it stands in."""
        return Path(self.body.__code__.co_filename).stem

    def hindrance(self, place: Place) -> str | None:
        """Return why it cannot run at a place, or None where it can."""
        reason = self.unable(place)
        if reason is None and place.kind == "sqlite" and self.needs is not Need.NOTHING:
            reason = "SQLite is a library: there is no server and no wire"
        if reason is None and (self.run if place.driver.mode is Mode.SYNC else self.run_async) is None:
            reason = f"the question does not arise on a driver that is {place.driver.mode}"
        return reason


def _reject(message: str) -> None:
    raise UsageError(message)
