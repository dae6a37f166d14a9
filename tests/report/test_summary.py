"""What stands first on the page and in report.md, and whether report.md can be read alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import stored

from bench.report import drawing, markdown
from bench.report.answer.headline import headline
from bench.report.findings.analysis import Analysis, analyse
from bench.report.markup import escaped
from bench.report.reading.results import load
from bench.report.render import render
from bench.report.trust import assess


@pytest.fixture(scope="module")
def rendered(run_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of the synthetic run."""
    return render(run_dir, tmp_path_factory.mktemp("rendered") / "out")


def test_headline_and_grade_stand_below_the_title(rendered: Path, analysis: Analysis) -> None:
    """Who quotes the first sentence of page or summary has its grade and precision with it."""
    graded = assess(analysis).text
    assert graded.startswith(
        "Trust grade B of A to D: good for decisions on a machine like this one; median half width"
    )
    page = rendered.read_text()
    header = page[page.index("<header>") : page.index("</header>")]
    assert f"<strong>{headline(analysis)}</strong>" in header
    assert graded in header
    _, _, first, _, second, *_ = rendered.with_name("report.md").read_text().splitlines()
    assert first == f"**{escaped(headline(analysis))}**"
    assert second == escaped(graded)


def test_the_summary_can_be_read_alone(rendered: Path) -> None:
    """Each group begins with its question; the first of a scenario says what the variants do."""
    text = rendered.with_name("report.md").read_text()
    groups = text.split("\n## loading: ")[1:]
    assert len(groups) == 2
    assert all("\nFetch users with their orders: what does the loading strategy cost?\n" in each for each in groups)
    assert ["<summary>What the variants do</summary>" in each for each in groups] == [True, False]
    assert "\n- core\\_join: Entities; core\\_join brings the orders.\n" in groups[0]
    pairs = "psycopg and psycopg\\_async are one library in both modes; pysqlite and aiosqlite are of one family"
    assert f"- {pairs} and differ in more than the mode; psycopg2 and asyncpg are stacks" in text


def test_the_summary_says_what_would_decide_open_comparisons(tmp_path: Path) -> None:
    """Each group has about how many more passes it would take, as the page says it."""
    plan = stored.Plan(backends=("sqlite",), variants=("selectin", "subquery"), parameters={}, passes=3, noise=0.3)
    text = markdown.text(analyse(load(stored.write(tmp_path / "run", plan))), [], drawing.Drawn())
    assert re.search(
        r"\n\d of \d comparisons stay inconclusive; about \d+ more passes would decide all of them\.\n", text
    )


def test_the_summary_tells_of_failures_what_failed_and_of_how_many(tmp_path: Path) -> None:
    """A case id alone says nothing, and a list that stops has to say so."""
    variants = ("selectin", *(f"variant{number}" for number in range(24)))
    failed = tuple(f"[{name}]@sqlite+pysqlite" for name in variants[1:])
    plan = stored.Plan(backends=("sqlite",), variants=variants, parameters={}, passes=2, fail=failed)
    page = render(stored.write(tmp_path / "run", plan), tmp_path / "out")
    told = [line for line in page.with_name("report.md").read_text().splitlines() if line.startswith("> - ")]
    assert "same answer: row 3 differs: (1, 'a') and (1, 'b')" in told[0]
    assert told[20:] == ["> - and 4 more in run.json"]
    assert "psycopg" not in page.with_name("report.md").read_text()
