"""SELECT: names, globs and the suggestion for a pattern that picks nothing."""

from __future__ import annotations

import pytest

from bench.core.cases import Case
from bench.core.errors import UsageError
from bench.core.selection import matches, select

CASES = [
    Case("loading", f"parents={parents}", variant, backend, driver)
    for backend, driver in (("sqlite", "pysqlite"), ("postgresql", "psycopg"), ("postgresql", "asyncpg"))
    for parents in (20, 200)
    for variant in ("joined", "selectin")
] + [Case("writing", "rows=10", "bulk", "sqlite", "pysqlite")]


def test_no_pattern_picks_everything() -> None:
    """Without SELECT all cases are measured, in their order."""
    assert select([], CASES) == CASES


def test_a_name_picks_its_scenario() -> None:
    """The bare name of a scenario is enough, and picks no other."""
    assert select(["writing"], CASES) == CASES[-1:]
    assert len(select(["loading"], CASES)) == 12


def test_brackets_stand_for_themselves() -> None:
    """The variant in an id is typed as it is shown; brackets are no character class."""
    picked = select(["loading/*[joined]@postgresql+*"], CASES)
    assert {(case.variant, case.backend) for case in picked} == {("joined", "postgresql")}
    assert len(picked) == 4
    assert not matches("loading/parents=20[joined]@sqlite+pysqlit[e]", CASES[0])


def test_a_whole_id_picks_one_case() -> None:
    """The id that a result shows selects exactly that case."""
    assert [select([case.id], CASES) for case in CASES] == [[case] for case in CASES]


def test_a_question_mark_is_one_character() -> None:
    """`?` stands for one character, `*` for any number of them."""
    assert {case.parameters for case in select(["loading/parents=2?[*"], CASES)} == {"parents=20"}
    assert {case.parameters for case in select(["loading/parents=2*[*"], CASES)} == {"parents=20", "parents=200"}


def test_a_glob_covers_the_whole_id() -> None:
    """A pattern that is only a part of an id picks nothing."""
    with pytest.raises(UsageError):
        select(["parents=20"], CASES)


def test_other_signs_of_regular_expressions_are_literal() -> None:
    """Dot and plus in a pattern are what they look like."""
    assert not matches("loading/parents=20[joined]@sqlite.pysqlite", CASES[0])
    assert matches("loading/parents=20[joined]@sqlite+pysqlite", CASES[0])


def test_several_patterns_add_up_without_repeats() -> None:
    """A case that two patterns pick is measured once."""
    assert select(["loading", "*", "writing"], CASES) == CASES


def test_a_misspelt_scenario_is_suggested() -> None:
    """A pattern without a slash is taken for a scenario's name."""
    with pytest.raises(UsageError, match=r"^'loadin' matches no case; did you mean 'loading'\?$"):
        select(["loadin"], CASES)


def test_a_misspelt_id_is_suggested() -> None:
    """A pattern with a slash is answered with the nearest id."""
    with pytest.raises(UsageError) as caught:
        select(["writing/rows=10[blk]@sqlite+pysqlite"], CASES)
    assert "did you mean 'writing/rows=10[bulk]@sqlite+pysqlite'?" in str(caught.value)


def test_an_id_unlike_any_other_points_to_the_list() -> None:
    """Pages of ids are no hint; the command that lists them is."""
    with pytest.raises(UsageError, match="`ormbench list SCENARIO` shows its cases"):
        select(["/////"], CASES)


def test_each_pattern_must_pick_something() -> None:
    """One good pattern does not hide a bad one."""
    with pytest.raises(UsageError, match="'wrting'"):
        select(["loading", "wrting"], CASES)
