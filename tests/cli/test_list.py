"""`ormbench list`: what there is to measure, for people and for scripts."""

from __future__ import annotations

import json

from bench.core.discovery import discover
from tests.cli.command import Ormbench, planted


def test_every_scenario_is_shown_with_its_question(ormbench: Ormbench) -> None:
    """And with its variants; the last line counts the cases."""
    ended = ormbench.here("list")
    assert (ended.code, ended.err) == (0, "")
    said = " ".join(ended.out.split())
    for scenario in discover():
        assert f"{scenario.name} {scenario.question}" in said
        assert all(variant.name in said for variant in scenario.variants)
    number = len(json.loads(ormbench.here("list", "--json").out)["cases"])
    assert f"{number} cases" in ended.out.splitlines()[-1]


def test_ids_that_are_shown_can_be_selected(ormbench: Ormbench) -> None:
    """The JSON names the cases by the ids that SELECT picks, one line for each."""
    words = ("--scenario", planted("sound"))
    listed = json.loads(ormbench.here("list", "--json", *words).out)
    [sound] = [each for each in listed["scenarios"] if each["name"] == "sound"]
    assert sound == {
        "name": "sound",
        "question": sound["question"],
        "baseline": "get",
        "variants": {"get": "Get an entity by its key.", "columns": "Select two columns."},
        "parameters": {},
        "claims": [],
    }
    ids = [each for each in listed["cases"] if each.startswith("sound/")]
    assert "sound/[get]@sqlite+pysqlite" in ids
    assert ormbench.here("list", "sound", *words).out.splitlines() == ids
    one = "sound/[get]@sqlite+pysqlite"
    assert ormbench.here("list", one, *words).out.splitlines() == [one]
