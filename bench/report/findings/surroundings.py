"""The conditions around the operations of a group, as far as they are unusual: of all variants, and of single ones."""

from __future__ import annotations

from bench.core.claims import Value
from bench.core.conditions import Conditions
from bench.report.findings.analysis import GroupResult

_USUAL = Conditions().as_data()


def common(group: GroupResult) -> str:
    """Return what is unusual for every variant of the group alike, `in_flight 64, pool_size 20`; nothing if nothing."""
    return _said({name: _value(group, group.used.baseline, name) for name in _names(group) if _is_common(group, name)})


def own(group: GroupResult, variant: str) -> str:
    """Return what sets a variant apart: its unusual conditions, and usual ones where the baseline's are unusual."""
    conditions = group.used.conditions
    telling = [*conditions.get(group.used.baseline, {}), *conditions.get(variant, {})]
    return _said({name: _value(group, variant, name) for name in dict.fromkeys(telling) if not _is_common(group, name)})


def _names(group: GroupResult) -> list[str]:
    """Return the conditions that are unusual for any variant, in the order in which they were written down."""
    return list(dict.fromkeys(name for each in group.used.conditions.values() for name in each))


def _is_common(group: GroupResult, name: str) -> bool:
    return len({_value(group, variant.name, name) for variant in group.variants}) == 1


def _value(group: GroupResult, variant: str, name: str) -> Value | None:
    value: Value | None = group.used.conditions.get(variant, {}).get(name, _USUAL.get(name))
    return value


def _said(values: dict[str, Value | None]) -> str:
    return ", ".join(f"{name} {_word(value)}" for name, value in values.items())


def _word(value: Value | None) -> str:
    if value is None:
        return "default"
    return ("on" if value else "off") if isinstance(value, bool) else str(value)
