"""What forbids a window a winner."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.core.load_plan import Model, Stage, Window
from bench.load.reading.guards import Breach, Mark, MarkKind, marks
from bench.load.reading.stage_folder import read_stage
from tests.load.scripted_load import Script, side, write_stage

GET = "GET /users/{user_id}"
THRICE = {"ok": {GET: 3_000}, "begun": 1_000}
"""Each arrival sends three requests."""


def marked(
    folder: Path, script: Script, ceiling_per_s: float | None = None, model: Model = Model.OPEN
) -> tuple[Mark, ...]:
    """Return the marks of a window of 5 s that came to what is scripted."""
    window = Window(number=0, round=0, subject="UserById:sync", model=model, users=2, rate_per_s=200)
    stage = Stage(name="open", subjects=(side("sync"),), windows=(window,))
    return marks(read_stage(write_stage(folder / "s", stage, {0: script})).windows[0], ceiling_per_s)


@pytest.mark.parametrize(
    ("script", "ceiling_per_s", "kind", "what", "value"),
    [
        ({}, 399.0, MarkKind.GENERATOR_LIMITED, Breach.CEILING, 200 / 399),
        ({"cpu": 0.91}, None, MarkKind.GENERATOR_LIMITED, Breach.CPU, 0.91),
        ({"late": 11}, None, MarkKind.GENERATOR_LIMITED, Breach.LATE, 0.011),
        ({"scheduled": 1_021}, None, MarkKind.GENERATOR_LIMITED, Breach.SENT, 1_000 / 1_021),
        (THRICE | {"late": 11}, None, MarkKind.GENERATOR_LIMITED, Breach.LATE, 0.011),
        (THRICE | {"scheduled": 1_021}, None, MarkKind.GENERATOR_LIMITED, Breach.SENT, 1_000 / 1_021),
        ({"errors": {GET: {"503": 11}}}, None, MarkKind.OVERLOAD, Breach.ERRORS, 11 / 1_011),
        ({"dropped": 11}, None, MarkKind.OVERLOAD, Breach.DROPPED, 11 / 1_011),
        ({"lost": ["w-1"]}, None, MarkKind.LOST_WORKER, Breach.WORKERS, 1),
    ],
)
def test_what_is_beyond_a_limit_is_marked(  # noqa: PLR0913, PLR0917 - one row of the table
    tmp_path: Path, script: dict[str, Any], ceiling_per_s: float | None, kind: MarkKind, what: Breach, value: float
) -> None:
    """One breach gives one mark, with what was seen and what is allowed."""
    (mark,) = marked(tmp_path, Script(**script), ceiling_per_s)
    assert (mark.kind, mark.what, mark.value) == (kind, what, pytest.approx(value))
    assert mark.value < mark.limit if what is Breach.SENT else mark.value > mark.limit


@pytest.mark.parametrize(
    ("script", "ceiling_per_s"),
    [
        ({}, 400.0),
        ({"cpu": 0.9, "late": 10}, None),
        ({"scheduled": 1_020}, None),
        ({"ok": {GET: 990}, "errors": {GET: {"503": 10}}}, None),
        ({"ok": {GET: 990}, "dropped": 10}, None),
    ],
)
def test_what_is_at_a_limit_is_not(tmp_path: Path, script: dict[str, Any], ceiling_per_s: float | None) -> None:
    """The limits themselves are allowed."""
    assert marked(tmp_path, Script(**script), ceiling_per_s) == ()


def test_dropped_arrivals_are_the_applications_overload(tmp_path: Path) -> None:
    """A fifth of the arrivals found too many requests waiting: the generator could have sent them."""
    found = marked(tmp_path, Script(ok={GET: 800}, dropped=200))
    assert [mark.what for mark in found] == [Breach.DROPPED]


def test_a_closed_window_has_no_arrivals_to_miss(tmp_path: Path) -> None:
    """It is asked as often as it answers."""
    assert marked(tmp_path, Script(), model=Model.CLOSED) == ()


def test_a_window_without_a_request_is_not_sent(tmp_path: Path) -> None:
    """A generator that did nothing was at its limit; nothing is divided by zero."""
    (mark,) = marked(tmp_path, Script(ok={}, scheduled=1_000))
    assert (mark.what, mark.value) == (Breach.SENT, 0.0)
