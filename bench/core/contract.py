"""The scenario contract: what an author writes in one file, checked while it is read."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from random import Random
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection

from bench.core.claims import Claim, DriverFaster, Faster, Parameters, Raises, Statements, Value
from bench.core.conditions import Conditions
from bench.core.dataset import Dataset
from bench.core.drivers import DRIVERS, Driver
from bench.core.errors import UsageError
from bench.core.names import nearest

FULL_ANSWER = "the full answer"
LIMIT_S = 120.0
"""Seconds: far more than any case of the catalogue needs, so that a busy machine is not taken for a case that hangs."""
DELAY = "delay_ms"
"""The parameter that `--delay` adds to every group; no scenario may have one of that name."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case runs: the kind of backend (MariaDB and MySQL are two), and the driver."""

    kind: str
    driver: Driver


def _able(_place: Place, _parameters: Parameters) -> str | None:
    return None


def _unchanged(conditions: Conditions) -> Conditions:
    return conditions


@dataclass(frozen=True)
class Divergence:
    """A lawful difference between the two twins of a variant, with the reason that the report prints."""

    reason: str


@dataclass(frozen=True)
class Variant:
    """One way to do the work of a scenario, as a blocking body and its async twin.

    A body takes a database handle and a key and returns its rows as plain tuples. All of the body is timed and
    nothing else is. Variants with the same `answers` must return the same rows; a variant that does less work
    on purpose names what it answers and is shown for scale only.

    `conditions` changes what the scenario sets around all of its variants, e.g. `pre_ping`. `unable` gives the reason
    why a place cannot do this at all, or None; the report prints it. `other_sql` names the drivers that lawfully send
    other statements than the first one, each with the reason. A `bare` variant goes past SQLAlchemy to the driver's
    own connection, where no statement is heard.
    """

    name: str
    body: Callable[..., Any]
    body_async: Callable[..., Any]
    divergence: Divergence | None = None
    answers: str = FULL_ANSWER
    conditions: Callable[[Conditions], Conditions] = _unchanged
    unable: Callable[[Place, Parameters], str | None] = _able
    other_sql: Mapping[str, str] = field(default_factory=dict)
    bare: bool = False

    def __post_init__(self) -> None:
        if inspect.iscoroutinefunction(self.body) or not _is_written_as_def(self.body):
            _reject(f"variant {self.name!r}: the first body must be a plain function; write it with `def`")
        if not inspect.iscoroutinefunction(self.body_async) or not _is_written_as_def(self.body_async):
            _reject(f"variant {self.name!r}: the async twin is missing; the second body must be an `async def`")
        for name in self.other_sql:
            if name not in DRIVERS:
                _reject(f"variant {self.name!r}: other_sql names driver {name!r}; {nearest(name, DRIVERS)}")
        if not (self.name and all(letter.isalnum() or letter in "_-." for letter in self.name)):
            _reject(f"variant name {self.name!r} may hold letters, digits, '_', '-' and '.' only")

    @property
    def label(self) -> str:
        """Return the first line of the body's docstring: what the report calls this variant."""
        lines = (inspect.getdoc(self.body) or self.name).splitlines()
        return lines[0]


def _nothing_lacking(_parameters: Parameters, _size: Any) -> str | None:  # noqa: ANN401 - see Dataset.size
    return None


def _plain(_parameters: Parameters) -> Conditions:
    return Conditions()


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One question about performance: its variants, parameters, data, keys and claims.

    `key(parameters, size, random)` draws what one operation asks for; it is called before the clock starts.
    `smoke`, `quick` and `full` name the parameter values that those profiles measure (all values where they are left
    out); None keeps a profile from measuring the scenario at all.
    `lacks(parameters, size)` gives the reason why a combination makes no sense on a dataset of that size, and
    `unable(place, parameters)` why a place cannot do it, or None.

    `conditions(parameters)` says what surrounds the bodies. A scenario that writes says in `arrange(connection, keys)`
    how the database is made ready for the operations of a block, outside of the clock; and in `outcome(connection,
    key)` what an operation leaves behind, which is proved as a part of its answer. Both get a blocking connection of
    their own, whose work is committed. `weighs_memory` asks for the peak memory of one operation, in a pass of its own.
    `compares_layers` says that the variants hold each other as layers: each is asked what it adds, and none is chosen.
    A case that takes longer than `limit_s` seconds for a block, or for its proof, hangs and is given up.
    """

    name: str
    variants: Sequence[Variant]
    baseline: str
    dataset: Dataset
    key: Callable[[Parameters, Any, Random], Any]
    parameters: Mapping[str, Sequence[Value]] = field(default_factory=dict)
    quick: Mapping[str, Sequence[Value]] | None = field(default_factory=dict)
    smoke: Mapping[str, Sequence[Value]] | None = field(default_factory=dict)
    full: Mapping[str, Sequence[Value]] | None = field(default_factory=dict)
    lacks: Callable[[Parameters, Any], str | None] = _nothing_lacking
    unable: Callable[[Place, Parameters], str | None] = _able
    conditions: Callable[[Parameters], Conditions] = _plain
    arrange: Callable[[Connection, Sequence[Any]], None] | None = None
    outcome: Callable[[Connection, Any], Any] | None = None
    weighs_memory: bool = False
    compares_layers: bool = False
    limit_s: float = LIMIT_S
    claims: Sequence[Claim] = ()

    def __post_init__(self) -> None:
        if not self.name.replace("_", "").replace("-", "").isalnum():
            _reject(f"scenario name {self.name!r} may hold letters, digits, '_' and '-' only")
        names = [variant.name for variant in self.variants]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            _reject(f"scenario {self.name!r}: variant {repeated[0]!r} is given twice")
        if self.baseline not in names:
            hint = nearest(self.baseline, names)
            _reject(f"scenario {self.name!r}: baseline {self.baseline!r} is no variant; {hint}")
        if not self.limit_s > 0:
            _reject(f"scenario {self.name!r}: limit_s={self.limit_s} makes no sense; give a number of seconds")
        self._check_parameters()
        self._check_claims(names)

    @property
    def question(self) -> str:
        """Return the first line of the scenario file's docstring."""
        return self.documentation.partition("\n")[0]

    @property
    def documentation(self) -> str:
        """Return the docstring of the scenario file: the question, and which situation its numbers stand for."""
        module = inspect.getmodule(self.variants[0].body)
        return inspect.cleandoc((module.__doc__ if module else None) or self.name)

    def variant(self, name: str) -> Variant:
        """Return the variant of that name; a KeyError here is a defect of the caller."""
        return self._by_name[name]

    def combinations(self) -> Iterator[Parameters]:
        """Yield every combination of parameter values, in the order of declaration."""
        return self._cross({})

    def grid(self, profile: str) -> Iterator[Parameters]:
        """Yield every combination of parameter values that the profile measures, in the order of declaration."""
        chosen = self._profiles.get(profile, {})
        return iter(()) if chosen is None else self._cross(chosen)

    def surroundings(self, variant: str, parameters: Parameters) -> Conditions:
        """Return the conditions of a variant under these parameters.

        Raises:
            UsageError: They make no sense.
        """
        try:
            return self.variant(variant).conditions(self.conditions(parameters))
        except UsageError as error:
            message = f"scenario {self.name!r}, variant {variant!r}, {dict(parameters)}: {error}"
            raise UsageError(message) from None

    def hindrance(self, variant: str, place: Place, parameters: Parameters) -> str | None:
        """Return why a variant cannot run at a place, or None where it can."""
        return self.unable(place, parameters) or self.variant(variant).unable(place, parameters)

    @cached_property
    def _by_name(self) -> Mapping[str, Variant]:
        return {variant.name: variant for variant in self.variants}

    @property
    def _profiles(self) -> dict[str, Mapping[str, Sequence[Value]] | None]:
        return {"smoke": self.smoke, "quick": self.quick, "full": self.full}

    def _cross(self, chosen: Mapping[str, Sequence[Value]]) -> Iterator[Parameters]:
        axes = [chosen.get(name, values) for name, values in self.parameters.items()]
        for combination in product(*axes):
            yield MappingProxyType(dict(zip(self.parameters, combination, strict=True)))

    def _check_parameters(self) -> None:
        if DELAY in self.parameters:
            _reject(f"scenario {self.name!r}: parameter {DELAY!r} is what --delay adds; choose another name")
        for name, values in self.parameters.items():
            if not values:
                _reject(f"scenario {self.name!r}: parameter {name!r} has no values")
        for profile, chosen in self._profiles.items():
            for name, values in (chosen or {}).items():
                unknown = [value for value in values if value not in self.parameters.get(name, ())]
                if unknown or not values or name not in self.parameters:
                    asked = f"{name}={unknown or list(values)}"
                    _reject(f"scenario {self.name!r}: {profile} asks for {asked}, which is no parameter value")
        for parameters in self.combinations():
            for variant in self.variants:
                self.surroundings(variant.name, parameters)

    def _check_claims(self, variants: Sequence[str]) -> None:
        for claim in self.claims:
            for name in _variants_of(claim):
                if name not in variants:
                    hint = nearest(name, variants)
                    _reject(f"scenario {self.name!r}: claim {claim.id} names variant {name!r}; {hint}")
            for name in _drivers_of(claim):
                if name not in DRIVERS:
                    hint = nearest(name, DRIVERS)
                    _reject(f"scenario {self.name!r}: claim {claim.id} names driver {name!r}; {hint}")


def _is_written_as_def(body: object) -> bool:
    # Only such a function has a source of its own, which the proof of the same code reads.
    return inspect.isfunction(body) and body.__name__ != "<lambda>"


def _variants_of(claim: Claim) -> tuple[str, ...]:
    match claim.check:
        case Statements(variant=variant) | DriverFaster(variant=variant):
            return (variant,)
        case Faster(variant=variant, than=than):
            return (variant, than)
        case Raises():
            return ()


def _drivers_of(claim: Claim) -> tuple[str, ...]:
    match claim.check:
        case DriverFaster(pairs=pairs):
            return (*pairs.keys(), *pairs.values())
        case Faster(drivers=drivers):
            return tuple(drivers)
        case _:
            return ()


def _reject(message: str) -> None:
    raise UsageError(message)
