"""Which classes of Locust users are the two sides of one pair, by their names or by what the user says."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from bench.core.errors import UsageError
from bench.core.names import nearest

STAGE = "ORMBENCH_LOAD_STAGE"
"""Variable of a generator: the folder that holds its plan. Without it Locust is somebody's own, as in its web UI."""
PAIRS = "ORMBENCH_LOAD_PAIRS"
"""Variable: pairs that the user named, as `NAME=A,B;NAME=C,D`."""
SIZE = "ORMBENCH_LOAD_SIZE"
"""Variable: the size of the data, from which users choose what they ask for."""
OPENAPI = "ORMBENCH_LOAD_OPENAPI"
"""Variable: a file with the OpenAPI document of the app, which names the scenarios that are mounted."""
OWN = "ORMBENCH_LOAD_OWN"
"""Variable: set where the app is the user's own, for which our user classes mean nothing."""

SCENARIO = "Scenario"
"""Begins the names of pairs that ask for variants of scenarios."""
FORMS = "SyncX and AsyncX, XSync and XAsync, or X_sync and X_async"
"""Names by which two classes are the sides of a pair X, for people to read."""

_SIDES = ("sync", "async")
_MARKS = {"": "", "Sync": "Async", "_sync": "_async"}
"""What a name has of its side, on the one and on the other."""


@dataclass(frozen=True)
class Pair:
    """What is asked for in two ways."""

    name: str
    sides: tuple[tuple[str, str], ...]
    """Name of the side and of its user class; the first one is what the other is divided by."""


def scenario_pair(scenario: str, variant: str) -> Pair:
    """Return the pair that asks for a variant of a scenario that the target app has mounted."""
    name = "".join(map(capitalised, (SCENARIO, scenario, variant)))
    return Pair(name, tuple((side, f"{name}{capitalised(side)}") for side in _SIDES))


def capitalised(words: str) -> str:
    """Return words as a part of the name of a class.

    The page of Locust's web UI takes underscores out of the names of classes, and cannot pick one that had any.
    """
    return "".join(word[:1].upper() + word[1:] for word in re.split(r"[\W_]+", words))


def pairs_of(class_names: Collection[str], given: Mapping[str, tuple[str, str]]) -> tuple[Pair, ...]:
    """Return the pairs among user classes: those given, then by name (see `FORMS`).

    The sides of a given pair are called sync and async where the names of the classes say so, else as the classes are.

    Raises:
        UsageError: A given pair names a class that is not there.
    """
    for name, classes in given.items():
        unknown = next((each for each in classes if each not in class_names), None)
        if unknown is not None:
            message = (
                f"pair {name} names the user class {unknown!r}, which is not there; {nearest(unknown, class_names)}"
            )
            raise UsageError(message)
    own = [Pair(name, _named(classes)) for name, classes in given.items()]
    taken = {side[1] for pair in own for side in pair.sides}
    found = (pair for pair in _by_name(class_names) if not taken & {side[1] for side in pair.sides})
    return (*own, *(pair for pair in found if pair.name not in given))


def parse_pairs(text: str) -> dict[str, tuple[str, str]]:
    """Return the pairs that `NAME=A,B;NAME=C,D` gives, by their names.

    Raises:
        UsageError: A part is of another form, or a name comes twice.
    """
    pairs: dict[str, tuple[str, str]] = {}
    for part in filter(None, text.split(";")):
        name, _, classes = part.partition("=")
        sides = [each.strip() for each in classes.split(",")]
        if len(sides) != len(_SIDES) or not all((name.strip(), *sides)) or sides[0] == sides[1]:
            message = f"--pair {part!r} must look like Checkout=SyncCheckout,AsyncCheckout"
            raise UsageError(message)
        if name.strip() in pairs:
            message = f"--pair {name.strip()} is given twice; give each pair a name of its own"
            raise UsageError(message)
        pairs[name.strip()] = (sides[0], sides[1])
    return pairs


def _by_name(class_names: Collection[str]) -> Iterator[Pair]:
    for name in class_names:
        for before, behind in (("Sync", ""), ("", "Sync"), ("", "_sync")):
            stem = name.removeprefix(before).removesuffix(behind)
            partner = f"{_MARKS[before]}{stem}{_MARKS[behind]}"
            if stem and name == f"{before}{stem}{behind}" and partner in class_names:
                yield Pair(stem, tuple(zip(_SIDES, (name, partner), strict=True)))


def _named(classes: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    said = tuple("async" if "async" in name.lower() else "sync" if "sync" in name.lower() else "" for name in classes)
    sides = said if sorted(said) == sorted(_SIDES) else classes
    return tuple(zip(sides, classes, strict=True))
