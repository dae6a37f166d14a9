"""Name everything that differs between the surroundings of two runs, and tell what makes them unlike machines."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import chain

from bench.core.claims import Value
from bench.core.environment import comparable_part
from bench.core.errors import UsageError
from bench.core.verdicts import MARGIN
from bench.report import labels
from bench.report.findings.analysis import Analysis
from bench.report.reading.records import BackendUsed, Environment, VariantUsed

NONE = "none"
NAMES = {
    "cpu": "CPU",
    "cgroup_cpu_quota": "CPU quota",
    "memory_gb": "memory, GB",
    "git": "ormbench revision",
    "loop": "event loop",
    "python": "Python",
    "implementation": "Python implementation",
    "build": "Python build",
}
"""Words for the names of the environment that do not speak for themselves."""


@dataclass(frozen=True)
class Difference:
    """Something around the cases that is not the same in both runs."""

    what: str
    before: str
    after: str
    unlike: bool = False
    """Whether it makes the two machines unlike, so that their times are not put together without being forced."""

    @property
    def said(self) -> str:
        """Return the difference in a line, `SQLAlchemy: 2.0.44, then 2.1.9`."""
        return f"{self.what}: {self.before}, then {self.after}"


def differences(base: Analysis, new: Analysis) -> tuple[Difference, ...]:
    """Return every difference, those that make the machines unlike first."""
    before, after = base.run.manifest, new.run.manifest
    found = list(
        chain(
            _environment(before.environment, after.environment),
            _profile(base, new),
            _differing("seed", before.seed, after.seed),
            _backends(base, new),
            _delays(base, new),
            _code(base, new),
            _groups(base, new),
        )
    )
    return tuple(sorted(found, key=lambda each: not each.unlike))


def refuse_unlike(found: Iterable[Difference]) -> None:
    """Refuse to compare what ran on unlike machines.

    Raises:
        UsageError: A difference makes the machines unlike; the message names all of these.
    """
    unlike = [each.said for each in found if each.unlike]
    if unlike:
        message = f"the two runs are not alike ({'; '.join(unlike)}); measure both alike, or compare with --force"
        raise UsageError(message)


def _differing(what: str, before: object, after: object, *, unlike: bool = False) -> Iterator[Difference]:
    if before != after:
        yield Difference(what, _word(before), _word(after), unlike=unlike)


def _differing_each(
    before: Mapping[str, object], after: Mapping[str, object], prefix: str = "", suffix: str = ""
) -> Iterator[Difference]:
    """Yield the names whose values differ, those that only one side has among them."""
    for name in dict.fromkeys([*before, *after]):
        yield from _differing(f"{prefix}{name}{suffix}", before.get(name), after.get(name))


def _word(value: object) -> str:
    return NONE if value is None or value == "" else str(value)


def _environment(before: Environment, after: Environment) -> Iterator[Difference]:
    """Yield what makes machines unlike, then packages (what people compare), then the rest."""
    sides = asdict(before), asdict(after)
    deciding = [comparable_part(side) for side in sides]
    packages = [side.pop("packages") for side in deciding]
    for name in deciding[0]:
        yield from _differing(NAMES.get(name, name), *(side[name] for side in deciding), unlike=True)
    yield from _differing_each(packages[0], packages[1])
    told = {*deciding[0], "packages", "pool"}
    rest = [{NAMES.get(name, name): value for name, value in side.items() if name not in told} for side in sides]
    yield from _differing_each(rest[0], rest[1])
    yield from _differing_each(before.pool, after.pool, "connection pool, ")


def _profile(base: Analysis, new: Analysis) -> Iterator[Difference]:
    before, after = base.run.manifest.profile, new.run.manifest.profile
    yield from _differing("profile", before.name, after.name, unlike=True)
    yield from _differing("size of the datasets", before.size, after.size, unlike=True)
    yield from _differing("passes", before.passes, after.passes)
    yield from _differing("block, ms", before.block_ms, after.block_ms)


def _backends(base: Analysis, new: Analysis) -> Iterator[Difference]:
    for label in dict.fromkeys([*base.backends, *new.backends]):
        before, after = base.backends.get(label), new.backends.get(label)
        if before is None or after is None:
            sides = [labels.backend(each) if each else "not in this run" for each in (before, after)]
            yield Difference(f"backend {label}", sides[0], sides[1])
        else:
            yield from _backend(before, after)


def _backend(before: BackendUsed, after: BackendUsed) -> Iterator[Difference]:
    label = before.label
    yield from _differing(f"backend {label}", labels.backend(before), labels.backend(after), unlike=True)
    yield from _differing(f"origin of {label}", before.origin, after.origin)
    yield from _differing_each(before.settings, after.settings, "setting ", f" of {label}")
    yield from _differing_each(_rows(before), _rows(after), "dataset ", f" on {label}")


def _rows(used: BackendUsed) -> dict[str, str]:
    return {each.name: f"{each.rows:,} rows" for each in used.datasets}


def _delays(base: Analysis, new: Analysis) -> Iterator[Difference]:
    """Yield delays that one run lacks, and those that came to something else: by more than counts as a difference."""
    for place in sorted(base.delays.keys() | new.delays.keys()):
        before, after = base.delays.get(place), new.delays.get(place)
        what = f"delay of {place[1]:g} ms on {place[0]}, SELECT 1 in ms"
        if before is None or after is None:
            yield from _differing(what, *(each and labels.milliseconds(each.select_1_ns) for each in (before, after)))
        elif abs(after.select_1_ns / before.select_1_ns - 1) > MARGIN:
            yield from _differing(what, *(labels.milliseconds(each.select_1_ns) for each in (before, after)))


def _code(base: Analysis, new: Analysis) -> Iterator[Difference]:
    """Yield the variants whose code changed, each with the beginning of its SHA-256."""
    earlier = {
        (scenario.name, variant.name): variant
        for scenario in base.run.manifest.scenarios
        for variant in scenario.variants
    }
    for scenario in new.run.manifest.scenarios:
        for variant in scenario.variants:
            if before := earlier.get((scenario.name, variant.name)):
                what = f"code of {scenario.name} [{variant.name}]"
                yield from _differing(what, _digest(before), _digest(variant))


def _digest(variant: VariantUsed) -> str:
    text = f"{variant.source}\0{variant.source_async}"
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _groups(base: Analysis, new: Analysis) -> Iterator[Difference]:
    """Yield groups with another baseline, and variants with other conditions."""
    earlier = {group.used.id: group.used for group in base.groups}
    for group in new.groups:
        if before := earlier.get(group.used.id):
            after = group.used
            yield from _differing(f"baseline of {after.id}", before.baseline, after.baseline)
            measured = {case.variant for case in before.cases}
            common = [variant.name for variant in group.variants if variant.name in measured]
            sides = [{name: _conditions(used.conditions.get(name, {})) for name in common} for used in (before, after)]
            yield from _differing_each(sides[0], sides[1], "conditions of [", f"] in {after.id}")


def _conditions(values: Mapping[str, Value | None]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())
