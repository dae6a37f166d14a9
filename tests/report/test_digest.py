"""The digest of a large run: standings, rules and what they are put into."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import stored

from bench.core.cases import Case
from bench.core.contrasts import Question
from bench.core.profiles import PROFILES
from bench.core.verdicts import Verdict
from bench.report.answer import digest
from bench.report.answer.rules import rule
from bench.report.findings.analysis import Analysis, analyse, ratio_of
from bench.report.findings.maps import Cell, ratio_map
from bench.report.findings.standings import Verdicts, leaders, variants
from bench.report.reading.records import Blocks, Environment, Manifest, Run
from bench.report.reading.results import load
from bench.report.spreadsheets import files, write


def places(**values: list[Any]) -> list[dict[str, Any]]:
    """Return every combination of the values."""
    return list(stored.Plan(parameters=values).grid())


PLACES = places(parents=[1, 10, 100], relation=["one", "many"], driver=["psycopg", "asyncpg"])


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (lambda place: place["relation"] == "one", "relation=one"),
        (lambda place: place["parents"] >= 10, "parents >= 10"),
        (lambda place: place["parents"] <= 10, "parents <= 10"),
        (lambda place: place["parents"] == 10, "parents=10"),
        (lambda place: place["parents"] in {1, 100}, "parents=1 or 100"),
        (lambda place: place["parents"] == 100 and place["relation"] == "many", "parents=100 and relation=many"),
        (lambda place: place["parents"] >= 10 and place["driver"] == "asyncpg", "parents >= 10 and driver=asyncpg"),
        (lambda place: (place["relation"] == "one") == (place["driver"] == "psycopg"), None),
    ],
)
def test_a_rule_parts_places_exactly_or_is_none(wanted: Any, said: str | None) -> None:  # noqa: ANN401 - a predicate
    """One name where one is enough, two where it takes two, and no rule that is nearly right."""
    inside = [place for place in PLACES if wanted(place)]
    assert rule(inside, [place for place in PLACES if not wanted(place)]) == said


def timed(times: dict[str, Sequence[float]]) -> tuple[Run, dict[str, Case]]:
    """Return a run with a case of each name, all of whose blocks take so long in each pass."""
    cases = {name: Case("loading", "", name, "sqlite", "pysqlite") for name in times}
    blocks = {
        cases[name].id: {number: Blocks((each,) * 3, (each,) * 3) for number, each in enumerate(passes, 1)}
        for name, passes in times.items()
    }
    manifest = Manifest(2, "run", "", "", PROFILES["quick"], 1, Environment("3.11"))
    return Run(Path(), manifest, (), blocks, ()), cases


def leading(times: dict[str, Sequence[float]], verdicts: Verdicts) -> tuple[str, ...]:
    """Return who leads of all that were timed, each over the first."""
    run, cases = timed(times)
    over = {
        case: ratio.estimate for case in cases.values() if (ratio := ratio_of(run, case, next(iter(cases.values()))))
    }
    return tuple(case.variant for case in leaders(run, over, verdicts))


STILL = [1.0] * 4
NEAR = [1.05, 1.07, 1.06, 1.06]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({"a": STILL, "b": [0.8] * 4, "c": [2.0] * 4}, ("b",)),
        ({"a": STILL, "b": [0.8, 1.02, 0.9, 0.95]}, ("b", "a")),
        ({"a": STILL, "b": [0.98] * 4}, ("b", "a")),
        ({"a": [1.019, 1.022, 1.027, 1.032], "b": STILL}, ("b",)),
        ({"a": [0.8, 1.9, 1.3, 2.2], "b": STILL, "c": NEAR}, ("b", "a")),
        ({"a": [2.5, 9.0, 4.0, 6.0], "b": STILL, "c": NEAR}, ("b",)),
        ({}, ()),
    ],
)
def test_the_fastest_leads_and_is_held_against_each_of_the_others(
    times: dict[str, Sequence[float]], expected: tuple[str, ...]
) -> None:
    """Behind is whose own ratio to it is decided, however noisy the common denominator is."""
    assert leading(times, {}) == expected


def test_a_verdict_on_the_two_comes_before_their_ratio() -> None:
    """What is left open among many contrasts is not told apart, and nothing else is said of it here."""
    times: dict[str, Sequence[float]] = {"a": STILL, "b": [0.9] * 4, "c": NEAR}
    pair = frozenset(timed(times)[1][name] for name in "ab")
    said = {verdict: leading(times, {pair: verdict}) for verdict in Verdict if verdict is not Verdict.NOT_VALID}
    beside = Verdict.EQUIVALENT, Verdict.INCONCLUSIVE
    assert said == {verdict: ("b", "a") if verdict in beside else ("b",) for verdict in said}


def test_only_what_was_shown_to_be_equal_is_called_equivalent() -> None:
    """An interval of ±15 % that holds 1 tells nobody apart, and proves nothing equal."""
    run, cases = timed({"a": STILL, "b": [1.001] * 4, "c": [0.9, 1.15, 0.95, 1.2]})
    found = leaders(run, {cases["a"]: 1.0, cases["b"]: 1.001, cases["c"]: 1.04}, {})
    told = {case.variant: said for case, said in found.items()}
    assert told == {"a": Verdict.EQUIVALENT, "b": Verdict.EQUIVALENT, "c": Verdict.INCONCLUSIVE}
    names, all_three = tuple(told), frozenset("ab")
    seats = [digest._Seat({"n": 1}, names[:2], 3, all_three), digest._Seat({"n": 2}, names, 4, all_three)]
    assert digest._choice(seats) == "a or b (equivalent) everywhere (c not told apart in 1)"


def test_what_the_verdict_leaves_open_is_not_behind_the_baseline(tmp_path: Path) -> None:
    """An interval that leaves out 1 by chance among many decides no choice either."""
    plan = stored.Plan(parameters={"parents": [20]}, noise=0.2, seed=3, passes=3)
    analysis = analyse(load(stored.write(tmp_path / "run", plan)))
    group = analysis.groups[1]
    opened = [
        finding.contrast
        for finding in group.of(Question.VARIANT)
        if finding.verdict is Verdict.INCONCLUSIVE and finding.ratio and not finding.ratio.interval.contains(1)
    ]
    assert opened
    for contrast in opened:
        both = contrast.numerator, contrast.denominator
        stand = variants(group, contrast.numerator.driver)
        pair = {case: stand[case] for case in both if case in stand}
        assert len(leaders(analysis.run, pair, group.verdicts)) == len(pair)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """Return a run in which joined is best where a round trip costs much, and the baseline elsewhere."""
    plan = stored.Plan(
        variants=("selectin", "joined", "raiseload"),
        backends=("postgresql", "mariadb"),
        parameters={"relation": ["one", "many"], "parents": [20], "delay_ms": [0.0, 2.0]},
        passes=4,
        fail=("raiseload]@mariadb+pymysql",),
    )
    return analyse(load(stored.write(tmp_path_factory.mktemp("digest") / "run", plan)))


def test_the_digest_names_the_best_choice_and_when_it_changes(large: Analysis) -> None:
    """What answers less is no choice, however fast it is."""
    entry = digest.entries(large)[0]
    assert (entry.scenario, entry.backends, entry.groups) == ("loading", "PostgreSQL 18.6", 4)
    assert entry.variant == "selectin in 8 of 16; joined with delay_ms=2"


def test_the_digest_says_what_async_takes_and_which_driver_is_fastest(large: Analysis) -> None:
    """Async over sync within one library; drivers of equal speed are level."""
    entry = digest.entries(large)[0]
    assert entry.mode.startswith(f"{entry.mode_median}, lowest ")
    assert "; async slower with delay_ms=0" in entry.mode
    assert entry.driver == "psycopg2 or asyncpg (equivalent) in 2 of 4; open in 2"


@pytest.mark.parametrize(
    ("ratios", "open_", "said"),
    [
        ([1.3], 0, "1.30x; async slower everywhere"),
        ([1.3, 1.1, 1.2], 0, "1.20x, lowest 1.10x, highest 1.30x; async slower everywhere"),
        ([1.3, 1.1, 1.2], 1, "1.20x, lowest 1.10x, highest 1.30x; async slower with n <= 2; inconclusive in 1 of 3"),
        ([1.3, 1.1, 1.2], 3, "1.20x, lowest 1.10x, highest 1.30x; inconclusive in 3 of 3"),
        ([], 0, ""),
    ],
)
def test_a_median_stands_with_its_extremes_and_with_what_stays_open(ratios: list[float], open_: int, said: str) -> None:
    """The lowest and the highest are named, for in brackets they would read as an interval."""
    verdicts = [*[Verdict.SLOWER] * (len(ratios) - open_), *[Verdict.INCONCLUSIVE] * open_]
    found = [
        digest.Pair({"n": number}, ratio, verdict)
        for number, (ratio, verdict) in enumerate(zip(ratios, verdicts, strict=True), start=1)
    ]
    assert digest._modes(found) == said


@pytest.mark.parametrize(
    ("leaders", "said"),
    [
        (["ab", "ab", "ab"], "a or b (not told apart) everywhere"),
        (["ab", "ab", "a"], "a everywhere (b not told apart in 2)"),
        (["a", "a", "ab"], "a everywhere"),
        (["ab"], "a or b (not told apart)"),
        (["abc", "abc", "ab"], "a or b (not told apart) everywhere (c not told apart in 2)"),
        (["abcd", "abcd"], "a, b, c or d (not told apart) everywhere"),
        (["abcde", "abcde"], "a, b, c or 2 more (not told apart) everywhere"),
        (["ab", "ab", "c"], "a or b (not told apart) in 2 of 3; c with n=3"),
        (["ab", "ab", "abcdef"], "a or b (not told apart) in 2 of 3; open in 1"),
    ],
)
def test_the_singular_is_for_one_that_every_other_is_slower_than_somewhere(leaders: list[str], said: str) -> None:
    """Who is behind it in none of its places shares its title; `a everywhere` would be a finding that nobody made."""
    seats = [digest._Seat({"n": number}, tuple(names), 6) for number, names in enumerate(leaders, start=1)]
    assert digest._choice(seats) == said


def test_what_nothing_can_be_told_about_is_open(tmp_path: Path) -> None:
    """Where no rival is behind the fastest, the digest names no choice."""
    plan = stored.Plan(
        backends=("sqlite",), variants=("selectin", "subquery"), parameters={}, scenarios=("one",), passes=2, noise=0.5
    )
    (entry,) = digest.entries(analyse(load(stored.write(tmp_path / "run", plan))))
    assert entry.variant == "open: selectin and subquery are not told apart"


def test_who_runs_alone_has_won_nothing(tmp_path: Path) -> None:
    """Where the rivals are void, or there are none, the digest says `only`, and counts no victory."""
    plan = stored.Plan(backends=("sqlite",), parameters={"parents": [1, 2]}, passes=2, fail=("pysqlite",), noise=0.0)
    (entry,) = digest.entries(analyse(load(stored.write(tmp_path / "run", plan))))
    assert entry.driver == "only aiosqlite"
    seats = [digest._Seat({"n": 1}, ("a",), 1), digest._Seat({"n": 2}, ("b",), 3)]
    assert digest._choice(seats) == "b; without a rival in 1"


def test_without_a_valid_case_there_is_no_choice(tmp_path: Path) -> None:
    """A void baseline leaves nothing to be divided by."""
    plan = stored.Plan(backends=("sqlite",), parameters={}, passes=2, fail=("pysqlite", "aiosqlite"))
    (entry,) = digest.entries(analyse(load(stored.write(tmp_path / "run", plan))))
    assert (entry.variant, entry.mode, entry.driver) == ("nothing valid", "", "nothing valid")


def test_the_digest_over_all_backends_has_one_entry_a_scenario(large: Analysis) -> None:
    """The terminal has no room for more."""
    (entry,) = digest.entries(large, by_backend=False)
    assert entry.backends == "PostgreSQL 18.6, MariaDB 11.8.2"
    assert entry.groups == 8


def test_the_ratio_map_gives_parameters_against_variants_and_modes(large: Analysis) -> None:
    """A cell spans the drivers; its heat says that all of them agree, and how far from 1 they are."""
    found = ratio_map([group for group in large.groups if group.backend.label == "postgresql"])
    assert found.columns == ("joined", "raiseload", "psycopg_async / psycopg")
    assert [name for name, _ in found.rows] == [
        f"relation={relation}, parents=20, delay_ms={delay}" for relation in ("one", "many") for delay in (0, 2)
    ]
    joined, raiseload, mode = found.rows[0][1]
    assert (joined.heat, raiseload.heat, mode.heat) == ("s2", "f3", "s2")
    assert (joined.word, raiseload.word, mode.word) == ("slower", "faster", "slower")
    assert found.rows[1][1][0].heat == "f1"
    assert "x" in joined.text


def test_a_cell_without_a_valid_ratio_says_so(tmp_path: Path) -> None:
    """It has no heat and no number."""
    plan = stored.Plan(backends=("sqlite",), parameters={}, passes=2, fail=("sqlite+pysqlite",))
    group = analyse(load(stored.write(tmp_path / "run", plan))).groups[0]
    found = ratio_map([group])
    cells = dict(zip(found.columns, found.rows[0][1], strict=True))
    assert cells["aiosqlite / pysqlite"] == Cell("not valid", "")
    assert cells["select"].heat == ""


def test_the_files_hold_every_case_and_every_contrast(large: Analysis, tmp_path: Path) -> None:
    """Twins and void cases are among them, and numbers are what the analysis found."""
    write(large, tmp_path)
    with (tmp_path / "cases.csv").open() as file:
        cases = list(csv.DictReader(file))
    with (tmp_path / "contrasts.csv").open() as file:
        contrasts = list(csv.DictReader(file))
    assert len(cases) == sum(len(group.cases) for group in large.groups)
    assert len(contrasts) == sum(len(group.findings) for group in large.groups)
    group = large.groups[0]
    finding = group.findings[-1]
    assert finding.ratio is not None
    row = contrasts[len(group.findings) - 1]
    assert row["ratio"] == f"{finding.ratio.estimate:.6g}"
    assert (row["variant"], row["driver"]) == (finding.contrast.numerator.variant, finding.contrast.numerator.driver)
    void = [row for row in cases if row["void"]]
    assert {(row["variant"], row["driver"], row["verdict"]) for row in void} == {("raiseload", "pymysql", "not valid")}
    joined = next(row for row in cases if (row["variant"], row["driver"]) == ("joined", "psycopg"))
    assert (joined["round_trips"], joined["rows_read"], joined["statements"]) == ("3", "2420", "1")


def test_a_run_without_cases_has_no_files_of_them(tmp_path: Path) -> None:
    """Nothing measured gives no file at all, and those of an earlier rendering are gone."""
    analysis = analyse(load(stored.write(tmp_path / "run", stored.Plan(backends=(), parameters={}))))
    for name in ("cases.csv", "contrasts.csv"):
        (tmp_path / name).write_text("of another rendering")
    write(analysis, tmp_path)
    assert list(tmp_path.glob("*.csv")) == []
    assert files(analysis) == {}
