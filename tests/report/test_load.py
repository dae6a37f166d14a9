"""What a run with load says: its answer, its tables, its doubts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import stored_load
from stored_load import SMALL, LoadPlan

from bench.core.errors import UsageError
from bench.core.load_plan import Model
from bench.core.ratios import Interval, Ratio
from bench.core.verdicts import Verdict
from bench.load.judging.comparing import Comparison, Kind, Metric
from bench.load.judging.knee import Bound, Knee
from bench.report.answer import load_sentences as sentences
from bench.report.answer.headline import headline
from bench.report.findings.analysis import Analysis, analyse
from bench.report.findings.load.analysis import Block, LoadAnalysis
from bench.report.findings.load.doubts import doubts
from bench.report.load import tables, titles
from bench.report.reading.load_records import Purpose
from bench.report.reading.results import load as read_run


def analysed(folder: Path, plan: LoadPlan) -> Analysis:
    """Return the analysis of a run with load alone."""
    return analyse(read_run(stored_load.write(folder / "run", plan)))


def of(analysis: Analysis) -> LoadAnalysis:
    """Return the load part of an analysis."""
    assert analysis.load is not None
    return analysis.load


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """Return a run with a sweep, open windows, a knee search and a factor."""
    plan = LoadPlan(users=(1, 2, 4, 8), noise=0.003, settings=({"pool size": 5}, {"pool size": 20}), vitals=False)
    return analysed(tmp_path_factory.mktemp("load"), plan)


@pytest.fixture(scope="module")
def load(whole: Analysis) -> LoadAnalysis:
    """Return the load part of that run."""
    return of(whole)


@pytest.fixture(scope="module")
def sweep(load: LoadAnalysis) -> Block:
    """Return its closed sweep."""
    return next(each for each in load.blocks if each.purpose is Purpose.SWEEP)


def main(block: Block) -> Comparison:
    """Return the comparison of the sides at the headline, in the answers."""
    return block.of(Kind.SIDES, metric=Metric.THROUGHPUT, level=block.headline)[0]


def test_a_ratio_of_answers_is_said_upside_up(sweep: Block) -> None:
    """Fewer seconds per answer are more answers: a faster side answers more than once as many."""
    each = main(sweep)
    assert each.ratio is not None
    assert each.verdict is Verdict.FASTER
    said = sentences.sentence(sweep, each)
    assert said.startswith("With 8 users at a time (closed), async is faster: it answers 1.1")
    told = sentences.shown(Metric.THROUGHPUT, each.ratio)
    assert told.interval.low < told.estimate < told.interval.high
    assert told.estimate == pytest.approx(1 / each.ratio.estimate)
    assert "/s against " in said


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (Verdict.EQUIVALENT, "there is no detectable difference between async and sync in requests answered: "),
        (Verdict.INCONCLUSIVE, "async against sync is inconclusive: it answers "),
        (Verdict.NOT_VALID, "async against sync in requests answered is not valid and has no winner"),
    ],
)
def test_every_verdict_has_its_words(sweep: Block, verdict: Verdict, words: str) -> None:
    """Only a clear verdict names a winner."""
    said = sentences.sentence(sweep, replace(main(sweep), verdict=verdict))
    assert words in said
    assert "faster" not in said


def test_too_few_requests_for_a_percentile_are_said(sweep: Block) -> None:
    """Without a ratio there is neither a number nor a verdict."""
    missing = replace(main(sweep), metric=Metric.P99, ratio=None, verdict=Verdict.INCONCLUSIVE)
    assert sentences.sentence(sweep, missing).endswith(
        "async and sync are not compared in service p99: too few requests."
    )
    assert tables.verdict(missing) == "too few requests"


def test_a_run_that_was_stopped_early_says_that_rounds_are_missing(tmp_path: Path) -> None:
    """After one round there is no ratio, and neither requests nor answers are what is missing."""
    block = of(analysed(tmp_path, LoadPlan(**SMALL | {"rounds": 1}))).blocks[0]
    said = "With 8 users at a time (closed), async and sync are not compared in requests answered: too few rounds."
    assert sentences.of_block(block)[0] == said
    assert [row.verdict for row in tables.cell_rows(block)] == ["", "too few rounds"] * 2
    assert titles.of_block(block) == "async / sync: too few rounds (8 users)"


def test_a_side_that_answers_nothing_has_no_ratio(sweep: Block) -> None:
    """Where a round has no good answer there are no seconds per answer."""
    silent = replace(main(sweep), ratio=None, verdict=Verdict.INCONCLUSIVE)
    assert sentences.unknown(silent) == "a round without good answers"


def test_the_answer_tells_each_model_and_the_knees_and_the_settings(load: LoadAnalysis) -> None:
    """A reader of the top alone learns the model of each figure, and what a setting does without async."""
    said = sentences.at_the_top(load, "Shopper")
    beginnings = [
        "With 8 users at a time (closed)",
        "At 300 arrivals per s (open), async against sync",
        "At 300 arrivals per s (open), dropped and late: sync 0 and 16 of 3,600, async 0 and 16 of 3,600.",
        "Open, p99<100ms: no difference is shown, for the intervals overlap: sync meets it up to 275/s (230-330)",
    ]
    assert [text.startswith(start) for text, start in zip(said, beginnings, strict=False)] == [True] * 4
    setting = [text.removeprefix("With 8 users at a time (closed), ") for text in said[4:]]
    starts = [
        "pool of 5: async answers ",
        "pool of 20: async answers ",
        "async with pool of 5 answers ",
        "sync with pool of 20 ",
    ]
    assert [text.startswith(start) for text, start in zip(setting, starts, strict=True)] == [True] * 4
    assert "as many requests as sync with pool of 20" in said[6]
    assert "as many requests as sync with pool of 5" in said[7]


@pytest.mark.parametrize(
    ("bound", "rate", "low", "words"),
    [
        (Bound.WITHIN, 410.0, 380.0, "meets it up to 410/s (380-440)"),
        (Bound.WITHIN, 410.0, None, "meets it up to 410/s (one search: no interval)"),
        (Bound.AT_LEAST, 1600.0, None, "meets it up to 1,600/s at least, the highest rate that could be judged"),
        (Bound.BELOW, 12.5, None, "misses it even at 12.5/s, the lowest rate that could be judged"),
        (Bound.UNKNOWN, None, None, "has no knee that can be told"),
    ],
)
def test_a_knee_says_how_much_is_known(bound: Bound, rate: float | None, low: float | None, words: str) -> None:
    """At least and at most are no knees."""
    assert sentences.knee(Knee("a", bound, rate, low, 440.0 if low else None, 3)) == words


def test_knees_whose_intervals_overlap_have_no_first(load: LoadAnalysis) -> None:
    """The higher rate stands first only where it is shown to be higher; else the sides stand in their order."""
    [first, second] = load.searches
    sides = {each.subject.side: each for each in (first, second)}

    def told(high_per_s: float) -> tuple[str, str]:
        ends = {"sync": (301.0, 263.0, high_per_s), "async": (390.0, 350.0, 417.0)}
        found = [
            replace(each, knee=Knee(each.subject.id, Bound.WITHIN, *ends[side], 3)) for side, each in sides.items()
        ]
        changed = replace(load, searches=tuple(found))
        return sentences.knee_sentence(changed, "Shopper"), titles.of_searches(changed, "Shopper")

    sentence, title = told(351.0)
    assert "no difference is shown, for the intervals overlap: sync meets it up to 301/s (263-351); async" in sentence
    assert title == "p99<100ms: no difference shown, sync 301/s (263-351), async 390/s (350-417)"
    sentence, title = told(345.0)
    assert sentence.startswith("Open, p99<100ms: async meets it up to 390/s (350-417); sync ")
    assert title == "p99<100ms up to: async 390/s (350-417); sync 301/s (263-345)"


def test_the_values_beside_a_ratio_are_of_the_rounds_behind_it(sweep: Block) -> None:
    """Not of all rounds, of which some are left out of the ratio; where none is known the ratio stands alone."""
    each = replace(main(sweep), values=(461.2, 401.4))
    assert ", 461/s against 401/s" in sentences.sentence(sweep, each)
    assert " against " not in sentences.sentence(sweep, replace(each, values=None, verdict=Verdict.FASTER))


def test_the_headline_passes_over_levels_without_a_winner(tmp_path: Path) -> None:
    """The level with most answers is told, unless it is not valid and another is."""
    folder = stored_load.write(tmp_path / "run", LoadPlan(**SMALL))
    lines = folder / "load" / "sweep" / "windows.jsonl"
    told = of(analyse(read_run(folder))).blocks[0]
    assert (told.model, told.headline) == (Model.CLOSED, 8)
    plan = json.loads((lines.parent / "plan.json").read_text())
    lost = {each["number"] for each in plan["windows"] if each["users"] == 8 and each["subject"] == "Shopper:async:0"}
    kept = [line for line in lines.read_text().splitlines() if json.loads(line)["number"] not in lost]
    lines.write_text("".join(f"{line}\n" for line in kept))
    block = of(analyse(read_run(folder))).blocks[0]
    assert block.headline == 2
    assert [row.subject for row in tables.cell_rows(block)] == ["sync", "async", "sync"]


def test_an_open_block_answers_in_the_highest_percentile_that_is_borne(tmp_path: Path) -> None:
    """Where few requests bear a p99, the p95 stands in its place, in the sentence as in the table."""
    block = of(analysed(tmp_path, LoadPlan(**SMALL | {"rates": (60.0,), "rounds": 4}))).blocks[1]
    assert (block.model, block.main) == (Model.OPEN, Metric.P95)
    assert tables.ratio_heading(block) == "response p95"
    assert " response p95 " in sentences.of_block(block)[0]


def test_many_settings_are_told_in_a_few_sentences(load: LoadAnalysis, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last sentence says how many more the table holds."""
    block = next(each for each in load.blocks if each.has_settings)
    monkeypatch.setattr(sentences, "MOST_FACTORS", 3)
    assert len(sentences.factors(block)) == 4
    assert sentences.factors(block)[-1] == "The table of comparisons holds 1 more."


def test_percentiles_that_the_requests_cannot_bear_are_blank(sweep: Block) -> None:
    """A p99.9 asks for ten thousand requests."""
    assert tables.columns(sweep)[-1] == "service p99.9"
    rows = list(tables.cell_rows(sweep))
    assert {row.times[-1] for row in rows} == {""}
    assert all(row.times[0] for row in rows)


def test_an_open_table_has_both_clocks_and_what_was_lost(load: LoadAnalysis) -> None:
    """Response and service times stand side by side, with dropped and late arrivals."""
    block = next(each for each in load.blocks if each.model is Model.OPEN)
    assert [name.partition(" ")[0] for name in tables.columns(block)] == ["response"] * 5 + ["service"] * 5
    row = list(tables.cell_rows(block))[-1]
    assert float(row.times[0]) > float(row.times[5])
    assert (row.dropped, row.late > "0") == ("0", True)


def test_what_is_not_valid_shows_no_ratio(tmp_path: Path) -> None:
    """Marks stand in the place of a winner, in the table as in the sentence."""
    block = of(analysed(tmp_path, LoadPlan(errors=0.03, **SMALL))).blocks[0]
    sync, asynchronous = list(tables.cell_rows(block))[-2:]
    assert (sync.void, sync.marks) == (False, "")
    assert (asynchronous.void, asynchronous.marks, asynchronous.ratio) == (True, "overload", "")
    assert asynchronous.verdict == Verdict.NOT_VALID
    assert sentences.sentence(block, main(block)).endswith("no winner: overload (3.0 % of the requests failed).")
    kinds = {row[3] for row in tables.endpoint_rows(block) if row[0] == "GET /users" and row[1] == "async"}
    assert all(kind.startswith("503: ") for kind in kinds)


def test_thresholds_that_failed_stand_first(tmp_path: Path) -> None:
    """Then those that could not be judged, with the reason."""
    texts = ["p99<1s", "async /users/{id}: p50<1ms", "p99.9<1s"]
    rows = tables.threshold_rows(of(analysed(tmp_path, LoadPlan(more={"thresholds": texts}, **SMALL))))
    outcomes = [row[4].partition(":")[0] for row in rows]
    assert outcomes == sorted(outcomes, key=["failed", "not judged", "passed"].index)
    assert rows[0][:2] == ("async /users/{id}: p50<1ms", "p50<1ms")
    assert rows[0][2].startswith("Shopper, async, ")


def test_the_metrics_of_a_twin_are_one_twin(load: LoadAnalysis, sweep: Block) -> None:
    """All are of the same requests: a level that is off in each of them is one twin, and one that is not valid none."""
    still, off = Interval(0.9, 1.1), Interval(1.1, 1.3)

    def shaken(each: Comparison) -> Comparison:
        if each.kind is not Kind.NOISE:
            return each
        word = Verdict.NOT_VALID if each.level == 8 else each.verdict
        interval = still if each.level in (2, 4) else off
        return replace(each, ratio=Ratio(1.2, interval, 0.5, 4, 4, 0.02), verdict=word)

    block = replace(sweep, comparisons=tuple(map(shaken, sweep.comparisons)))
    [found] = [each for each in doubts(replace(load, blocks=(block,)), frozenset()) if each.code == "load-noise-floor"]
    assert found.text.startswith("1 of 3 A/A twins excludes 1 ")
    assert found.grade_cost == 0


def test_a_run_with_load_alone_has_a_headline(whole: Analysis) -> None:
    """The index of what is published needs one sentence for every run."""
    assert headline(whole).startswith("With 8 users at a time (closed), async is faster")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "load.json is damaged"),
        ('{"format": 2}', "has format 2, this version reads 1"),
        ('{"format": 1, "stages": [{"name": "sweep"}]}', r"load.json is damaged \(stages.0.purpose: Field required\)"),
    ],
)
def test_a_damaged_load_json_is_one_clear_line(tmp_path: Path, text: str, words: str) -> None:
    """The line names the file and what is wrong with it."""
    folder = stored_load.write(tmp_path / "run", LoadPlan(**SMALL))
    (folder / "load" / "load.json").write_text(text)
    with pytest.raises(UsageError, match=words):
        read_run(folder)
