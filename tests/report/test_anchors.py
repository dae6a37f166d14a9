"""The places of groups on the page."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import stored
from test_render import elements

from bench.report.anchors import anchors
from bench.report.findings.analysis import MOST_OPEN, Analysis, analyse
from bench.report.reading.results import load
from bench.report.render import render, render_analysis


def test_an_anchor_is_made_of_the_id_alone() -> None:
    """Another group before it changes nothing; ids that differ in signs alone are told apart."""
    name = "loading/relation=one-to-many-10,parents=20@postgresql"
    assert anchors([name])[name] == "group-loading-relation-one-to-many-10-parents-20-postgresql"
    assert anchors(["layers/work=get@sqlite", name])[name] == anchors([name])[name]
    assert list(anchors(["a/x=1@b", "a/x-1@b", "a/x=1@b-2", "a/x_1@b"]).values()) == [
        "group-a-x-1-b",
        "group-a-x-1-b-2",
        "group-a-x-1-b-2-2",
        "group-a-x-1-b-3",
    ]


def leads_to(text: str, said: str) -> str:
    """Return the address of the first link behind what is said on a page."""
    found = re.search(r'href="#([^"]+)"', text[text.index(said) :])
    assert found is not None
    return found.group(1)


def test_claims_choices_and_answers_lead_to_their_group(run_dir: Path, analysis: Analysis, tmp_path: Path) -> None:
    """A click on what was found shows the tables that it rests on; a claim leads to its scenario as well."""
    page = render(run_dir, tmp_path / "out")
    text = page.read_text(encoding="utf-8")
    ids = set(elements(page).ids)
    places = anchors(group.used.id for group in analysis.groups)
    assert set(places.values()) <= ids
    claim = text[text.index("C102: ") :]
    assert leads_to(claim, "Tested by") == "scenario-1"
    for group, name in zip(analysis.groups, ("SQLite 3.45.1", "PostgreSQL 18.6"), strict=True):
        assert f'<td><a href="#{places[group.used.id]}">{name}</a></td>' in claim
    choices = text[text.index("The best choice</h3>") :]
    assert leads_to(choices, "SQLite") == places[analysis.groups[0].used.id]
    assert leads_to(choices, "PostgreSQL") == places[analysis.groups[1].used.id]
    assert leads_to(text, "On SQLite 3.45.1, aiosqlite takes") == places[analysis.groups[0].used.id]


def test_of_a_large_run_the_row_of_the_map_is_the_place_of_a_group(tmp_path: Path) -> None:
    """Its groups have no section of their own."""
    plan = stored.Plan(backends=("sqlite",), variants=("selectin", "joined"), passes=2)
    plan = replace(plan, parameters={"parents": list(range(1, MOST_OPEN + 2))})
    analysis = analyse(load(stored.write(tmp_path / "run", plan)))
    page = render_analysis(analysis, tmp_path / "out")
    text = page.read_text(encoding="utf-8")
    for group in analysis.groups:
        place = anchors(each.used.id for each in analysis.groups)[group.used.id]
        assert f'<tr id="{place}"><th scope="row">parents={group.used.parameters["parents"]}</th>' in text
    assert leads_to(text, "C102: ") in set(elements(page).ids)
