"""What a report says of its verdicts."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import stored
import stored_load

from bench.core.contrasts import Question
from bench.core.verdicts import Verdict
from bench.report.findings.analysis import Analysis, analyse
from bench.report.reading.results import load
from bench.report.render import render_analysis
from bench.report.tables import case_table, contrast_rows
from bench.report.verdict_meanings import HEADING, meanings


def rules(analysis: Analysis) -> dict[str, str]:
    """Return the rule of each verdict."""
    return {each.words: each.rule for each in meanings(analysis)}


def test_the_rules_name_the_margins_and_the_comparisons_of_the_run(analysis: Analysis) -> None:
    """Each group is one family: 16 comparisons on SQLite and 44 on PostgreSQL."""
    found = rules(analysis)
    assert list(found) == ["faster, slower", "equivalent", "inconclusive", "not valid"]
    assert ". A family is all comparisons of a group (16 to 44 here). " in found["faster, slower"]
    assert re.search(r"up to ±5 % \(here ±[\d.]+ %( to ±[\d.]+ %)?\): whatever differs", found["equivalent"])


def test_void_comparisons_are_in_no_family(tmp_path: Path) -> None:
    """They have no p-value to correct, and a run without a valid one has no margin."""
    plan = stored.Plan(backends=("sqlite",), parameters={}, passes=2, fail=("pysqlite", "aiosqlite"))
    found = rules(analyse(load(stored.write(tmp_path / "run", plan))))
    assert "(0 here)" in found["faster, slower"]
    assert "(here" not in found["equivalent"]


def test_load_alone_has_the_rules_of_its_own_families(tmp_path: Path) -> None:
    """No group is spoken of; a run that timed nothing has no rules."""
    plan = stored_load.LoadPlan(users=(2, 4), rates=(100.0,), rounds=2, knee=False)
    found = rules(analyse(load(stored_load.write(tmp_path / "load", plan))))
    families = "Families are under load, sync against async in what is asked first; all else under load."
    assert families in found["faster, slower"]
    assert "group" not in found["faster, slower"]
    assert meanings(analyse(load(stored.write(tmp_path / "none", stored.Plan(backends=(), parameters={}))))) == []


def test_page_and_summary_have_the_rules(analysis: Analysis, tmp_path: Path) -> None:
    """In a fold of the section on trust, which the answer leads to, and as lines of report.md."""
    page = render_analysis(analysis, tmp_path).read_text(encoding="utf-8")
    fold = page[page.index('<details id="verdicts"') : page.index("What is compared")]
    assert page.index('id="trust"') < page.index(fold)
    assert '<a href="#verdicts">' in page[: page.index('id="trust"')]
    assert HEADING in fold
    summary = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert f"**{HEADING}**" in summary
    for each in meanings(analysis):
        assert f"<strong>{each.words}</strong>" in fold
        assert f"- *{each.words}*: " in summary


def test_equivalent_stands_with_its_margin(tmp_path: Path) -> None:
    """In tables of cases and of drivers: what was shown is that any difference is smaller than that."""
    plan = stored.Plan(backends=("postgresql",), parameters={}, passes=4, noise=0.002)
    group = analyse(load(stored.write(tmp_path / "run", plan))).groups[0]
    alike = [each for each in group.of(Question.STACK) if each.verdict is Verdict.EQUIVALENT]
    assert alike
    told = [row.verdict for row in contrast_rows(group)]
    assert told.count("equivalent ±3 %") >= len(alike)
    assert "equivalent" not in told


def test_identical_code_is_never_called_faster(tmp_path: Path) -> None:
    """A twin whose interval leaves out 1 says so in the tables, and no data calls one of its sides the winner."""
    run = load(stored.write(tmp_path / "run", stored.Plan(backends=("postgresql",), parameters={}, passes=4)))
    [off] = [name for name in run.blocks if "~aa" in name and name.endswith("+psycopg2")]
    for number, blocks in run.blocks[off].items():
        run.blocks[off][number] = replace(blocks, wall_ns=tuple(0.9 * each for each in blocks.wall_ns))
    group = analyse(run).groups[0]
    twins = {row.driver: row.verdict for row in case_table(group).rows if "twin" in row.variant}
    assert twins == {"psycopg": "holds 1", "psycopg_async": "holds 1", "psycopg2": "excludes 1", "asyncpg": "holds 1"}
    assert not {each.verdict for each in group.of(Question.NOISE)} & {Verdict.FASTER, Verdict.SLOWER}
