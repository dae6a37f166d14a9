"""The scenario contract: what an author writes in one file, checked while it is read."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from random import Random
from types import MappingProxyType
from typing import Any

from bench.core.claims import Claim, Faster, Parameters, Raises, Statements, Value
from bench.core.dataset import Dataset
from bench.core.errors import UsageError
from bench.core.names import nearest

FULL_ANSWER = "the full answer"


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
    """

    name: str
    body: Callable[..., Any]
    body_async: Callable[..., Any]
    divergence: Divergence | None = None
    answers: str = FULL_ANSWER

    def __post_init__(self) -> None:
        if inspect.iscoroutinefunction(self.body) or not _is_written_as_def(self.body):
            _reject(f"variant {self.name!r}: the first body must be a plain function; write it with `def`")
        if not inspect.iscoroutinefunction(self.body_async) or not _is_written_as_def(self.body_async):
            _reject(f"variant {self.name!r}: the async twin is missing; the second body must be an `async def`")
        if not (self.name and all(letter.isalnum() or letter in "_-." for letter in self.name)):
            _reject(f"variant name {self.name!r} may hold letters, digits, '_', '-' and '.' only")

    @property
    def label(self) -> str:
        """Return the first line of the body's docstring: what the report calls this variant."""
        lines = (inspect.getdoc(self.body) or self.name).splitlines()
        return lines[0]


def _nothing_lacking(_parameters: Parameters, _size: Any) -> str | None:  # noqa: ANN401 - see Dataset.size
    return None


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One question about performance: its variants, parameters, data, keys and claims.

    `key(parameters, size, random)` draws what one operation asks for; it is called before the clock starts.
    `quick` and `smoke` name the parameter values that those profiles measure (all values where they are left out).
    `lacks(parameters, size)` gives the reason why a combination makes no sense on a dataset of that size, or None.
    """

    name: str
    variants: Sequence[Variant]
    baseline: str
    dataset: Dataset
    key: Callable[[Parameters, Any, Random], Any]
    parameters: Mapping[str, Sequence[Value]] = field(default_factory=dict)
    quick: Mapping[str, Sequence[Value]] = field(default_factory=dict)
    smoke: Mapping[str, Sequence[Value]] = field(default_factory=dict)
    lacks: Callable[[Parameters, Any], str | None] = _nothing_lacking
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
        return {variant.name: variant for variant in self.variants}[name]

    def grid(self, profile: str) -> Iterator[Parameters]:
        """Yield every combination of parameter values that the profile measures, in the order of declaration."""
        chosen = {"quick": self.quick, "smoke": self.smoke}.get(profile, {})
        axes = [chosen.get(name, values) for name, values in self.parameters.items()]
        for combination in product(*axes):
            yield MappingProxyType(dict(zip(self.parameters, combination, strict=True)))

    def _check_parameters(self) -> None:
        for name, values in self.parameters.items():
            if not values:
                _reject(f"scenario {self.name!r}: parameter {name!r} has no values")
        for profile, chosen in (("quick", self.quick), ("smoke", self.smoke)):
            for name, values in chosen.items():
                unknown = [value for value in values if value not in self.parameters.get(name, ())]
                if unknown or not values or name not in self.parameters:
                    asked = f"{name}={unknown or list(values)}"
                    _reject(f"scenario {self.name!r}: {profile} asks for {asked}, which is no parameter value")

    def _check_claims(self, variants: Sequence[str]) -> None:
        for claim in self.claims:
            for name in _variants_of(claim):
                if name not in variants:
                    hint = nearest(name, variants)
                    _reject(f"scenario {self.name!r}: claim {claim.id} names variant {name!r}; {hint}")


def _is_written_as_def(body: object) -> bool:
    # Only such a function has a source of its own, which the proof of the same code reads.
    return inspect.isfunction(body) and body.__name__ != "<lambda>"


def _variants_of(claim: Claim) -> tuple[str, ...]:
    match claim.check:
        case Statements(variant=variant):
            return (variant,)
        case Faster(variant=variant, than=than):
            return (variant, than)
        case Raises():
            return ()


def _reject(message: str) -> None:
    raise UsageError(message)
