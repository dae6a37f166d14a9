"""The best choice of a group, where it is clear, where it is the usual one, and where nothing can be told apart."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
import stored
from rich.console import Console

from bench.core.discovery import discover
from bench.core.verdicts import Verdict
from bench.report import drawing, markdown, page, terminal
from bench.report.answer import best
from bench.report.answer.best import BestChoice, best_choices
from bench.report.answer.digest import entries
from bench.report.findings.analysis import analyse
from bench.report.findings.driver_map import driver_map
from bench.report.findings.standings import BESIDE
from bench.report.reading.results import load

PLAN = {"parameters": {"parents": [20]}, "backends": ("postgresql",), "noise": 0.002}


def of(folder: Path, **changes: object) -> list[BestChoice]:
    """Return the best choices of a run that was made up."""
    return best_choices(analyse(load(stored.write(folder / "run", stored.Plan(**(PLAN | changes))))))  # type: ignore[arg-type]


def test_the_fastest_choice_is_told_with_whom_it_beats_and_who_is_beside_it(tmp_path: Path) -> None:
    """psycopg2 and asyncpg are 1 % apart, so they are equivalent; what answers less does not count."""
    [best] = of(tmp_path)
    choice = "`core_join` with `psycopg2` is the fastest of 20 (1 equivalent)"
    assert best.lead.startswith(f"`loading` (parents=20) on PostgreSQL 18.6: {choice}, 0.5")
    assert " the time of `selectin` with `psycopg` (" in best.lead
    assert best.lead.endswith(" ms, 8 passes).")
    assert best.further.startswith(
        "Equivalent to it: `core_join` with `asyncpg`. The best of async (`core_join` with `asyncpg`) takes 1.01"
    )
    stacks = "(two stacks: mode and library differ)"
    assert best.further.endswith(f" the time of the best of sync (`core_join` with `psycopg2`) {stacks}.")


def test_who_is_not_told_apart_from_a_rival_is_not_called_the_fastest(tmp_path: Path) -> None:
    """It took the least time here, and the rival may be as fast or faster."""
    [best] = of(tmp_path, noise=0.05)
    assert "`core_join` with `psycopg2` took the least time of 20 (1 not told apart), 0.4" in best.lead
    assert best.further.startswith("Not told apart from it: `core_join` with `asyncpg`. ")


def test_the_best_choice_comes_with_the_parameters_under_which_it_changes(tmp_path: Path) -> None:
    """A round trip that costs much makes `joined` the best: each group says where the other one is."""
    changes = {"parameters": {"delay_ms": [0.0, 2.0]}, "variants": ("selectin", "joined"), "noise": 0.0, "passes": 2}
    near, far = of(tmp_path, **changes)
    assert near.lead.startswith("`loading` (delay_ms=0) on PostgreSQL 18.6: `selectin` with `psycopg2` is the fastest")
    assert "Changes with delay_ms=2 to `joined` with `psycopg2`. The best of async" in near.further
    assert far.lead.startswith("`loading` (delay_ms=2) on PostgreSQL 18.6: `joined` with `psycopg2` is the fastest")
    assert "Changes with delay_ms=0 to `selectin` with `psycopg2`. The best of async" in far.further


def test_a_choice_that_nothing_beats_says_so(tmp_path: Path) -> None:
    """Groups of another backend are another question."""
    changes = {"parameters": {"parents": [20, 500]}, "backends": ("sqlite", "postgresql"), "noise": 0.0, "passes": 2}
    found = of(tmp_path, **changes)
    assert len(found) == 4
    said = "It is the best or not behind the best under all 2 sets of parameters."
    assert all(said in each.further for each in found)


def test_of_many_changes_the_most_frequent_are_named(tmp_path: Path) -> None:
    """Where no short rule parts the places, their number stands for it."""
    plan = stored.Plan(parameters={"parents": [1, 2, 3, 4, 5, 6, 7]}, backends=("sqlite",), passes=2, noise=0.0)
    analysis = analyse(load(stored.write(tmp_path / "run", plan)))
    leaders = "selectin", "joined", "select", "joined", "joined", "joined", "subquery"
    maps = [
        replace(found, leaders={(variant, "pysqlite"): Verdict.EQUIVALENT})
        for group, variant in zip(analysis.groups, leaders, strict=True)
        if (found := driver_map(analysis, group))
    ]
    named = "in 4 of 7 to `joined` with `pysqlite`; with parents=3 to `select` with `pysqlite`"
    assert list(best._changes(maps[0], maps)) == [f"Changes {named}; elsewhere to 1 more."]


def test_names_are_code_on_the_page_and_in_markdown_and_bold_in_the_terminal(tmp_path: Path) -> None:
    """`equal with asyncpg` would read as words of the sentence."""
    plan = stored.Plan(parameters={"parents": [20]}, backends=("postgresql",), passes=2, noise=0.0)
    analysis = analyse(load(stored.write(tmp_path / "run", plan)))
    text = page.html(analysis, [], drawing.Drawn(), tmp_path)
    assert "<code>core_join</code> with <code>psycopg2</code> is the fastest" in text
    said = markdown.text(analysis, [], drawing.Drawn())
    assert "`core_join` with `psycopg2` is the fastest" in said
    assert best.NOTE in said
    assert BESIDE in best.NOTE
    assert "<strong>raiseload answers something else</strong> (users without orders): it is shown for scale" in text
    out = StringIO()
    terminal.show(analysis, Console(file=out, width=200, force_terminal=True, color_system="standard"))
    assert "\x1b[1mcore_join\x1b[0m with \x1b[1mpsycopg2\x1b[0m is the fastest" in out.getvalue()


def test_the_usual_choice_may_be_the_best(tmp_path: Path) -> None:
    """Then nothing is claimed to beat it, and its best async rival still stands beside it."""
    [best] = of(tmp_path, variants=("selectin", "joined"), fail=("psycopg2", "asyncpg"))
    assert best.lead.endswith("nothing beats `selectin` with `psycopg`, the baseline, of 4 choices.")
    assert best.further.startswith("The best of async (`selectin` with `psycopg_async`) takes 1.3")
    assert best.further.endswith(" the time of the best of sync (`selectin` with `psycopg`) (same library).")


def test_layers_are_no_choices(tmp_path: Path) -> None:
    """Where each variant holds another one, the fastest is the one that does the least: nobody is told to take it."""
    folder = stored.write(tmp_path / "run", stored.Plan(backends=("postgresql",), parameters={}, passes=2))
    path = folder / "run.json"
    data = json.loads(path.read_text())
    data["scenarios"][0]["compares_layers"] = True
    path.write_text(json.dumps(data))
    analysis = analyse(load(folder))
    assert best_choices(analysis) == []
    (entry,) = entries(analysis)
    assert entry.variant == "none: layers are compared"
    assert next(each for each in discover() if each.name == "layers").compares_layers


def test_what_cannot_be_told_apart_has_no_fastest(tmp_path: Path) -> None:
    """With so much noise in two passes no choice leads, and none is named as the fastest."""
    [best] = of(tmp_path, noise=2.0, passes=2, rounds=2)
    assert "no choice of 20 is clearly the fastest (19 not told apart beside `" in best.lead
    assert "told apart" not in best.further


@pytest.mark.parametrize(
    "fail", [("sqlite+pysqlite", "sqlite+aiosqlite"), ("sqlite+aiosqlite", "[joined]@sqlite+pysqlite")]
)
def test_a_group_without_rivals_has_no_best_choice(tmp_path: Path, fail: tuple[str, ...]) -> None:
    """One valid case, or none, beats nobody."""
    assert of(tmp_path, backends=("sqlite",), variants=("selectin", "joined"), fail=fail) == []


def test_a_large_run_has_a_digest_in_place_of_sentences(tmp_path: Path) -> None:
    """Nobody reads more than twenty of them."""
    assert of(tmp_path, parameters={"parents": list(range(1, 23))}, variants=("selectin", "joined"), passes=2) == []
