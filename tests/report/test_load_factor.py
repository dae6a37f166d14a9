"""What is said and drawn of the settings of an application under load, and of the drivers behind its sides."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import stored_load
from stored_load import LoadPlan

from bench.core.load_plan import Model, Subject
from bench.core.verdicts import Verdict
from bench.load.judging.comparing import Kind, Metric
from bench.report.answer import load_sentences as sentences
from bench.report.figures import style
from bench.report.findings.analysis import analyse
from bench.report.findings.load import stacks
from bench.report.findings.load.analysis import Block, LoadAnalysis
from bench.report.load import factor_figure, figures, tables, titles
from bench.report.reading.results import load as read_run

POOLS = (5, 20)


def analysed(folder: Path, plan: LoadPlan) -> LoadAnalysis:
    """Return the load part of a run."""
    analysis = analyse(read_run(stored_load.write(folder / "run", plan)))
    assert analysis.load is not None
    return analysis.load


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> LoadAnalysis:
    """Return a run over two pools, in which async is faster on both."""
    settings = tuple({"pool size": each} for each in POOLS)
    plan = LoadPlan(users=(8,), noise=0.003, settings=settings, knee=False, skip=("sweep", "open"), vitals=False)
    return analysed(tmp_path_factory.mktemp("load"), plan)


@pytest.fixture(scope="module")
def factor(load: LoadAnalysis) -> Block:
    """Return its only block."""
    [block] = load.blocks
    return block


def judged(block: Block, *verdicts: Verdict) -> Block:
    """Return the block with these verdicts on the answers of the sides, on one setting after the other.

    Faster is 1.2 times as many answers on the first setting and 1.4 on the second, slower 0.8.
    """
    sides = block.of(Kind.SIDES, metric=Metric.THROUGHPUT)
    others = [each for each in block.comparisons if each not in sides]
    found = []
    for each, verdict, faster in zip(sides, verdicts, (1.2, 1.4), strict=True):
        assert each.ratio is not None
        times = {Verdict.FASTER: faster, Verdict.SLOWER: 0.8}.get(verdict, 1.1)
        found.append(replace(each, verdict=verdict, ratio=replace(each.ratio, estimate=1 / times)))
    return replace(block, comparisons=(*found, *others))


@pytest.mark.parametrize(
    ("verdicts", "title"),
    [
        ((Verdict.FASTER, Verdict.FASTER), "async has 1.20-1.40x the answers of sync on 2 settings"),
        ((Verdict.SLOWER, Verdict.FASTER), "async has 0.80x and 1.40x the answers of sync on 2 settings"),
        ((Verdict.FASTER, Verdict.INCONCLUSIVE), "async has 1.20x the answers of sync on 1 of 2 settings"),
        (
            (Verdict.EQUIVALENT, Verdict.FASTER),
            "async has 1.40x the answers of sync on 1 of 2, equivalent on 1 of 2 settings",
        ),
        ((Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE), "async and sync in answers: no clear difference on 2 settings"),
        ((Verdict.EQUIVALENT, Verdict.INCONCLUSIVE), "async and sync in answers: equivalent on 1 of 2 settings"),
        ((Verdict.NOT_VALID, Verdict.FASTER), "async has 1.40x the answers of sync on 1 of 2 settings"),
        ((Verdict.NOT_VALID, Verdict.NOT_VALID), "No valid comparison of the sides"),
    ],
)
def test_the_title_states_clear_findings_alone(factor: Block, verdicts: tuple[Verdict, ...], title: str) -> None:
    """A range of ratios is one of findings: what is inconclusive is not in it, and is no finding of its own."""
    assert titles.of_block(judged(factor, *verdicts)) == title


def on_drivers(block: Block, *drivers: str) -> Block:
    """Return the block on these pairs of drivers, one for each setting, each at a host of its own."""

    def moved(subject: Subject) -> Subject:
        return replace(subject, host=f"host {subject.setting['pool size']}")

    def with_host(block: Block) -> Block:
        readings = (
            replace(each, stage=replace(each.stage, subjects=tuple(map(moved, each.stage.subjects))))
            for each in block.readings
        )
        sides = (
            replace(each, numerator=moved(each.numerator), denominator=moved(each.denominator))
            for each in block.comparisons
        )
        return replace(block, comparisons=tuple(sides), readings=tuple(readings))

    named = {f"host {pool}": {"drivers": each} for pool, each in zip(POOLS, drivers, strict=True)}
    return replace(with_host(block), stacks=stacks.by_host(named))


def test_the_title_tells_modes_from_stacks(factor: Block) -> None:
    """A ratio of two libraries is none of the modes: the two are never one range."""
    mixed = on_drivers(factor, "psycopg and psycopg_async", "psycopg2 and asyncpg")
    found = titles.of_block(judged(mixed, Verdict.INCONCLUSIVE, Verdict.FASTER))
    assert found == "Modes: no clear difference on 1; stacks: 1.40x the answers on 1"
    found = titles.of_block(judged(mixed, Verdict.FASTER, Verdict.EQUIVALENT))
    assert found == "Modes: 1.20x the answers on 1; stacks: equivalent on 1"
    alike = on_drivers(factor, "psycopg2 and asyncpg", "psycopg2 and asyncpg")
    found = titles.of_block(judged(alike, Verdict.FASTER, Verdict.INCONCLUSIVE))
    assert found == "async (asyncpg) has 1.20x the answers of sync (psycopg2) on 1 of 2 settings"


def test_the_headline_says_the_setting_once(load: LoadAnalysis, factor: Block) -> None:
    """What both sides share is no part of their names."""
    said = sentences.headline(load)
    assert said.startswith("With 8 users at a time (closed), pool of 5: async answers 1.1")
    assert said.count("pool of 5") == 1
    assert said == sentences.factors(factor)[0]


def test_what_is_open_is_counted_by_family(factor: Block) -> None:
    """A reader learns how many comparisons of the main question are open, and how many others; no ratio is none."""
    main = factor.of(Kind.SIDES, metric=Metric.THROUGHPUT)
    clear = [each if each in main else replace(each, verdict=Verdict.FASTER) for each in factor.comparisons]
    clear += [replace(each, metric=Metric.P99, ratio=None, verdict=Verdict.INCONCLUSIVE) for each in main]
    clear_block = replace(factor, comparisons=tuple(clear))
    others = len(factor.of(Kind.SIDES, Kind.SETTINGS, Kind.REMEDY)) - len(main)
    [told] = sentences.of_block(judged(clear_block, Verdict.INCONCLUSIVE, Verdict.FASTER))
    assert told == (
        "At all levels, 1 inconclusive of 2 comparisons of the sides in requests answered; none inconclusive of "
        f"{others} others (two families, each corrected for its number by Holm)."
    )
    assert sentences.of_block(judged(clear_block, Verdict.FASTER, Verdict.FASTER)) == []


LIBRARIES = "psycopg{} and asyncpg are two libraries: their ratios compare stacks, not the modes alone."
ROUND_TRIPS = (
    " Around a request that only reads psycopg2 sends BEGIN and ROLLBACK, two round trips that asyncpg does without: "
    "part of the ratio is these, and more of it the farther the database is."
)


@pytest.mark.parametrize(
    ("drivers", "notes"),
    [
        ("psycopg and psycopg_async", []),
        ("pymysql and aiomysql", []),
        ("psycopg and asyncpg", [LIBRARIES.format("")]),
        ("psycopg2 and asyncpg", [LIBRARIES.format("2") + ROUND_TRIPS]),
    ],
)
def test_drivers_that_send_other_round_trips_are_named(tmp_path: Path, drivers: str, notes: list[str]) -> None:
    """The note stands with the answer and with the block; one library in both modes needs none."""
    plan = LoadPlan(users=(4,), rounds=2, knee=False, skip=("open",), vitals=False)
    plan = replace(plan, more={"application": {stored_load.HOST: {"drivers": drivers}}})
    found = analysed(tmp_path, plan)
    [block] = found.blocks
    for told in (sentences.at_the_top(found, "Shopper"), sentences.of_block(block)):
        assert [text for text in told if "libraries" in text] == notes


def test_the_drivers_of_an_application_of_the_users_own_are_not_known() -> None:
    """Nothing is said of what nobody knows."""
    assert stacks.by_host({"http://own": {}, "http://other": {"drivers": "mine and yours"}}) == {}


def test_the_figure_says_ratio_and_verdict_of_each_row(factor: Block) -> None:
    """What the marks may only suggest stands beside them in words, in the colour of the verdict; so does the level."""
    [sketch] = figures._of_block(factor)
    assert sketch.subtitle.startswith("8 users, closed · windows of ")
    with style.look():
        answers, tail = sketch.draw("title", "here").axes
    assert [answers.get_xlabel(), tail.get_xlabel()] == ["good answers per s", "p99 of the service time, ms"]
    heading, *rows = tail.texts
    assert heading.get_text() == "answers\nasync / sync"
    sides = factor.of(Kind.SIDES, metric=Metric.THROUGHPUT)
    assert [row.get_text() for row in rows] == [f"{tables.ratio(each)}\nfaster" for each in sides]
    assert {row.get_color() for row in rows} == {style.FASTER}


def test_the_figure_of_open_windows_has_no_empty_chart(tmp_path: Path) -> None:
    """Few requests bear no p99: what is compared is drawn, and beside it the slowest percentile that they bear."""
    plan = LoadPlan(users=(2,), rates=(20.0,), rounds=4, knee=False, skip=("sweep",), vitals=False)
    [block] = analysed(tmp_path, plan).blocks
    assert (block.model, block.main) == (Model.OPEN, Metric.P50)
    with style.look():
        drawn = factor_figure.draw(block, "title", "here").axes
    assert [each.get_xlabel() for each in drawn] == ["p50 of the response time, ms", "p95 of the response time, ms"]
    assert all(any(line.get_marker() == "o" for line in each.lines) for each in drawn)
