"""What surrounds an operation: senseless values are refused, and equal engines are found equal."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest

from bench.core.conditions import Collector, Conditions, Loop
from bench.core.errors import UsageError

CHANGED: dict[str, Any] = {
    "in_flight": 8,
    "connections": 3,
    "pool_size": 7,
    "max_overflow": 1,
    "pool_timeout_s": 0.5,
    "pre_ping": True,
    "recycle_s": 60,
    "lifo": True,
    "pooled": False,
    "isolation_level": "AUTOCOMMIT",
    "durable": False,
    "echo": True,
    "compiled_cache": 0,
    "statement_cache": 0,
    "loop": Loop.ASYNCIO,
    "collector": Collector.ON,
}
"""Another value than the default for every condition."""


def test_every_condition_is_tried_here() -> None:
    """A condition that is added later needs a place in these tests."""
    assert list(CHANGED) == [each.name for each in fields(Conditions)]


@pytest.mark.parametrize(
    ("name", "value", "least"),
    [
        ("in_flight", 0, 1),
        ("connections", 0, 1),
        ("pool_size", 0, 1),
        ("max_overflow", -1, 0),
        ("pool_timeout_s", -0.1, 0),
        ("compiled_cache", -1, 0),
        ("statement_cache", -1, 0),
    ],
)
def test_a_number_below_the_least_is_refused(name: str, value: float, least: int) -> None:
    """The message names the field, what was given and what is possible; the least itself is accepted."""
    values: dict[str, Any] = {name: value}
    with pytest.raises(UsageError) as caught:
        Conditions(**values)
    assert str(caught.value) == f"{name}={value} makes no sense; give {least} or more"
    assert getattr(Conditions(**{name: least}), name) == least


@pytest.mark.parametrize("meant", [{"pre_ping": True}, {"lifo": True}, {"recycle_s": 0}], ids=repr)
def test_settings_of_a_pool_need_one(meant: dict[str, Any]) -> None:
    """Without a pool they would be ignored, and a difference reported that there was not."""
    with pytest.raises(UsageError, match="mean nothing without a pool; leave them out or set pooled=True"):
        Conditions(pooled=False, **meant)
    assert Conditions(pooled=True, **meant).pooled


@pytest.mark.parametrize("name", CHANGED)
def test_conditions_share_an_engine_unless_it_would_notice(name: str) -> None:
    """The collector is the business of no engine; of what is in flight it notices the connections that are kept."""
    conditions = Conditions(**{name: CHANGED[name]})
    assert (conditions.of_engine == Conditions()) == (name == "collector")
    assert conditions.of_engine.of_engine == conditions.of_engine


def test_crowds_that_keep_as_many_connections_share_an_engine() -> None:
    """Beyond the size of the pool one more in flight waits, and keeps no connection of its own."""
    engines = [Conditions(in_flight=number, pool_size=4).of_engine for number in (1, 3, 4, 5, 256)]
    assert [engines.index(each) for each in engines] == [0, 1, 2, 2, 2]


@pytest.mark.parametrize(
    ("conditions", "first", "most"),
    [
        (Conditions(connections=3, pool_size=20), 3, 3),
        (Conditions(in_flight=4, connections=3, pool_size=20), 12, 12),
        (Conditions(in_flight=4, connections=3, pool_size=5, max_overflow=2), 5, 7),
        (Conditions(in_flight=4, connections=3, pooled=False), 1, 12),
    ],
)
def test_operations_want_as_many_connections_as_each_of_them_uses(
    conditions: Conditions, first: int, most: int
) -> None:
    """Those that the pool keeps are opened before a clock starts, and the overflow comes on top."""
    assert (conditions.first_connections, conditions.most_connections) == (first, most)
    assert conditions.of_engine.first_connections == first


@pytest.mark.parametrize("name", CHANGED)
def test_what_is_not_at_its_default_is_told(name: str) -> None:
    """The report prints the differences alone, and all conditions survive JSON."""
    conditions = Conditions(**{name: CHANGED[name]})
    assert conditions.differences() == {name: CHANGED[name]}
    assert Conditions(**json.loads(json.dumps(conditions.as_data()))) == conditions
    assert Conditions().differences() == {}
