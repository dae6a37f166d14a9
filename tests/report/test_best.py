"""The best choice of a group, where it is clear, where it is the usual one, and where nothing can be told apart."""

from __future__ import annotations

from pathlib import Path

import pytest
import stored

from bench.report.analysis import analyse
from bench.report.best import BestChoice, best_choices
from bench.report.results import load

PLAN = {"parameters": {"parents": [20]}, "backends": ("postgresql",), "noise": 0.002}


def of(folder: Path, **changes: object) -> list[BestChoice]:
    """Return the best choices of a run that was made up."""
    return best_choices(analyse(load(stored.write(folder / "run", stored.Plan(**(PLAN | changes))))))  # type: ignore[arg-type]


def test_the_fastest_choice_is_told_with_whom_it_beats_and_who_is_level(tmp_path: Path) -> None:
    """psycopg2 and asyncpg are 1 % apart, so both lead; what answers less does not count."""
    [best] = of(tmp_path)
    assert best.lead.startswith(
        "loading, parents=20: On PostgreSQL 18.6, core_join with psycopg2 is the fastest of 20: 0.5"
    )
    assert " the time of selectin with psycopg (" in best.lead
    assert best.further.startswith(
        "Level with it: core_join with asyncpg. The best of async (core_join with asyncpg) takes 1.01"
    )
    assert best.further.endswith(" the time of the best of sync (core_join with psycopg2).")


def test_the_usual_choice_may_be_the_best(tmp_path: Path) -> None:
    """Then nothing is claimed to beat it, and its best async rival still stands beside it."""
    [best] = of(tmp_path, variants=("selectin", "joined"), fail=("psycopg2", "asyncpg"))
    assert best.lead.endswith("nothing beats selectin with psycopg, the baseline, of 4 choices.")
    assert best.further.startswith("The best of async (selectin with psycopg_async) takes 1.3")


def test_what_cannot_be_told_apart_has_no_fastest(tmp_path: Path) -> None:
    """With so much noise in two passes no choice leads, and none is named as the fastest."""
    [best] = of(tmp_path, noise=2.0, passes=2, rounds=2)
    assert best.lead.endswith("no choice of 20 is clearly the fastest.")
    assert "Level" not in best.further


@pytest.mark.parametrize(
    "fail", [("sqlite+pysqlite", "sqlite+aiosqlite"), ("sqlite+aiosqlite", "[joined]@sqlite+pysqlite")]
)
def test_a_group_without_rivals_has_no_best_choice(tmp_path: Path, fail: tuple[str, ...]) -> None:
    """One valid case, or none, beats nobody."""
    assert of(tmp_path, backends=("sqlite",), variants=("selectin", "joined"), fail=fail) == []


def test_a_large_run_has_a_digest_in_place_of_sentences(tmp_path: Path) -> None:
    """Nobody reads more than twenty of them."""
    assert of(tmp_path, parameters={"parents": list(range(1, 23))}, variants=("selectin", "joined"), passes=2) == []
