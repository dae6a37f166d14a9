"""Runs too large to be read group by group."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest
import stored
from rich.console import Console

from bench.report import drawing, page
from bench.report.answer import digest
from bench.report.figures import chosen_groups, style
from bench.report.findings.analysis import MOST_OPEN, Analysis, GroupResult, analyse
from bench.report.reading.records import VariantUsed
from bench.report.reading.results import load
from bench.report.render import render_analysis
from bench.report.terminal import show

MOST_BYTES = 600_000_000
"""What rendering 2,000 cases may take of the memory at its peak."""
RENDER = """
import sys
from pathlib import Path
from bench.report.render import render
render(Path(sys.argv[1]), Path(sys.argv[2]))
"""
WEIGH = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-c", *sys.argv[1:]], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
"""
"""A process begins with the peak of the one that started it (Linux), so one that has no more than this starts it."""


class Large(NamedTuple):
    """A run with its analysis, the folder of its report, and the peak of the memory while it was rendered."""

    analysis: Analysis
    out: Path
    peak_bytes: int


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Large:
    """Return 2,016 cases in 96 groups, with some that failed, rendered by a process of its own."""
    folder = tmp_path_factory.mktemp("large")
    plan = stored.Plan(
        backends=("sqlite", "postgresql", "mariadb"),
        scenarios=("loading", "paging", "updating", "upserting"),
        parameters={"relation": [f"relation{number}" for number in range(4)], "parents": [20, 500]},
        passes=5,
        rounds=20,
        fail=("[joined]@sqlite+pysqlite",),
        evidence=False,
    )
    run = stored.write(folder / "run", plan)
    command = [sys.executable, "-c", WEIGH, RENDER, str(run), str(folder / "out")]
    peak_bytes = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return Large(analyse(load(run)), folder / "out", peak_bytes)


def test_rendering_two_thousand_cases_takes_little_memory(large: Large) -> None:
    """Blocks, figures and page together stay below the limit."""
    assert 50_000_000 < large.peak_bytes < MOST_BYTES


def test_a_large_run_is_a_light_page_with_few_figures(large: Large) -> None:
    """Ratio maps stand for the groups, figures are limited, and every number is in the files beside."""
    analysis, out, _ = large
    assert sum(len(group.cases) for group in analysis.groups) == 2016
    text = (out / "index.html").read_text()
    assert len(text.encode()) < 1_000_000
    of_each_kind = {"ratios": 4, "map": 4, "blocks": 4}
    for kind, number in of_each_kind.items():
        assert len(list((out / "figures").glob(f"*-{kind}.png"))) == number
    assert len(list((out / "figures").iterdir())) == 2 * sum(of_each_kind.values())
    assert len(re.findall("<svg ", text)) == sum(of_each_kind.values())
    assert text.count('aria-label="Cases of ') == 0
    assert text.count('aria-label="Ratio map of ') == 4 * 3
    assert text.count('class="map"') == 4 * 3


def test_the_answer_of_a_large_run_is_a_digest(large: Large) -> None:
    """A row for each scenario and backend; the sentences are folded, and report.md has the same table."""
    text = (large.out / "index.html").read_text()
    answer = text[text.index('id="answer"') : text.index('id="trust"')]
    brief = answer[: answer.index("<details>")]
    assert brief.count("<tr") == 1 + 4 * 3
    assert 'class="sentences"' not in brief
    summary = (large.out / "report.md").read_text()
    assert "<summary>What the scenarios ask</summary>" in summary
    assert summary.count("| PostgreSQL 18.6 | core\\_join ") == 4
    assert digest.NOTE in summary
    assert digest.NOTE in brief
    assert "aria-label" not in summary
    assert len(summary.splitlines()) < 120


def test_a_large_run_tells_the_clearest_comparisons_and_where_the_others_are(
    large: Large, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few sentences of each kind: the file has every comparison, and the page as much as anybody reads."""
    monkeypatch.setattr(page, "FIRST_ANSWERS", 1)
    text = page.html(large.analysis, [], drawing.Drawn(), large.out)
    answer = text[text.index("<h3>Sync or async") : text.index('id="trust"')]
    told = re.findall(r'<ul class="sentences">(.*?)</ul>\s*<p class="note">([^\n]*)', answer, re.DOTALL)
    assert told
    assert {sentences.count("<li>") for sentences, _ in told} == {1}
    assert all(re.match(r"[\d,]+ more stand in <code>contrasts.csv</code>", where) for _, where in told[:-1])
    assert " more</summary>" not in answer


def test_figures_of_a_large_run_send_nobody_to_a_table_that_is_not_there(large: Large) -> None:
    """Their words name the file that has the numbers."""
    text = (large.out / "index.html").read_text()
    words = re.findall(r'aria-label="((?:Ratio plot|Heat map)[^"]*)"', text)
    assert {each.rpartition(". ")[2] for each in words} == {
        "contrasts.csv holds every number.", "cases.csv holds the medians.",
    }  # fmt: skip


def test_a_ratio_map_says_its_verdicts_in_words(large: Large) -> None:
    """A shade alone tells nothing to those who do not see it: each cell has its word, and a caption says what it is."""
    text = (large.out / "index.html").read_text()
    tables = re.findall(r'<table class="map">.*?</table>', text, re.DOTALL)
    assert all("<caption>Lowest and highest estimate" in each for each in tables)
    cells = re.findall(r'<td class="heat-(.).?">[^<]* <small>([^<]*)</small></td>', "".join(tables))
    assert len(cells) == "".join(tables).count('class="heat-')
    assert set(cells) <= {("f", "faster"), ("s", "slower"), ("e", "equivalent")}


def test_a_large_run_fits_on_a_terminal(large: Large) -> None:
    """At most 60 lines of 80 columns, whatever failed."""
    out = StringIO()
    show(large.analysis, Console(file=out, width=80))
    lines = out.getvalue().splitlines()
    assert len(lines) <= 60
    assert all(len(line) <= 80 for line in lines)
    assert any("core_join" in line for line in lines)


def test_a_median_stands_with_how_many_comparisons_decide_nothing(
    large: Large, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside it, in the terminal: by itself it would read as a finding."""
    entry, *_ = digest.entries(large.analysis, by_backend=False)
    shown = replace(entry, mode_median="1.20x", mode_open="3 of 8")
    monkeypatch.setattr(digest, "entries", lambda *_, **__: [shown])
    out = StringIO()
    show(large.analysis, Console(file=out, width=80))
    [line] = [line for line in out.getvalue().splitlines() if line.startswith(f"{entry.scenario} ")]
    assert line.split()[1:3] == ["1.20x", "3/8"]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_names_and_ratios_of_the_digest_are_whole(tmp_path: Path, width: int) -> None:
    """The choice is folded into the room that is left, and nothing is cut to an ellipsis."""
    names = ("overfetching", "concurrency", "a_name_of_24_characters_")
    plan = stored.Plan(
        backends=("postgresql",), scenarios=names, parameters={"parents": list(range(1, 8)), "delay_ms": [0.0, 2.0]}
    )
    analysis = analyse(load(stored.write(tmp_path / "run", replace(plan, passes=3, rounds=3))))
    out = StringIO()
    show(analysis, Console(file=out, width=width))
    text = out.getvalue()
    lines = text[: text.index("each backend by itself")].splitlines()
    assert all(len(line) <= width for line in lines)
    assert "…" not in "".join(lines)
    entries = digest.entries(analysis, by_backend=False)
    starts = [next(line for line in lines if line.startswith(f"{name} ")) for name in names]
    column = starts[0].index(entries[0].mode_median) + len(entries[0].mode_median)
    for entry, start in zip(entries, starts, strict=True):
        assert start.split()[:2] == [entry.scenario, entry.mode_median]
        rows = lines[lines.index(start) :]
        later = next((number for number, row in enumerate(rows[1:], 1) if row[:1].strip()), len(rows))
        open_ = entry.mode_open.replace(" of ", "/")
        assert (
            " ".join(" ".join(row[column:].split()) for row in rows[:later]).strip()
            == f"{open_} {entry.variant}".strip()
        )
    assert any("async / sync" in line for line in lines)


def test_a_wide_scenario_name_leaves_room_for_the_choice(tmp_path: Path) -> None:
    """It is folded, and every letter of it is there."""
    name = "x" * 70
    plan = stored.Plan(backends=("sqlite",), scenarios=(name,), parameters={"parents": list(range(1, MOST_OPEN + 2))})
    analysis = analyse(load(stored.write(tmp_path / "run", replace(plan, passes=2, rounds=2))))
    out = StringIO()
    show(analysis, Console(file=out, width=60))
    text = out.getvalue()
    rows = text[: text.index("each backend by itself")].splitlines()
    assert "".join(row[:24].strip() for row in rows if row.startswith("x")) == name
    assert "core_join" in text


def test_figures_of_a_large_run_are_of_findings_that_a_title_can_state(tmp_path: Path) -> None:
    """However fast a variant is that answers less: of two groups the one with a clear full answer is drawn."""
    plan = stored.Plan(backends=("sqlite",), parameters={"parents": list(range(1, MOST_OPEN + 2))}, passes=4)
    analysis = analyse(load(stored.write(tmp_path / "run", plan)))
    lesser = [
        replace(group, scenario=replace(group.scenario, variants=_all_less(group))) for group in analysis.groups[:-1]
    ]
    kept = chosen_groups.for_ratios(replace(analysis, groups=(*lesser, analysis.groups[-1])))
    assert analysis.groups[-1].used.id in {group.used.id for group in kept}


def _all_less(group: GroupResult) -> tuple[VariantUsed, ...]:
    """Return the variants, all but the baseline with another answer than the full one."""
    answers = {True: "the full answer", False: "less"}
    return tuple(
        replace(variant, answers=answers[variant.name == group.used.baseline]) for variant in group.scenario.variants
    )


def test_five_thousand_cases_stay_below_two_megabytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many scenarios under delays: figures and lines are limited, however many series there are.

    Only the SVG files are written: the page holds no PNG, and they take two thirds of the time.
    """
    monkeypatch.setattr(style, "save", lambda figure, stem: figure.savefig(stem.with_name(f"{stem.name}.svg")))
    plan = stored.Plan(
        backends=("postgresql", "mariadb"),
        scenarios=tuple(f"scenario{number}" for number in range(17)),
        parameters={"parents": [20, 500], "delay_ms": [0.0, 0.5, 2.0]},
        passes=2,
        rounds=2,
    )
    analysis = analyse(load(stored.write(tmp_path / "run", plan)))
    assert sum(len(group.cases) for group in analysis.groups) == 4998
    index = render_analysis(analysis, tmp_path / "out")
    assert index.stat().st_size < 2_000_000
    drawn = list((tmp_path / "out" / "figures").glob("*.svg"))
    kinds = Counter(path.stem.rpartition("-")[2] for path in drawn)
    assert kinds == {
        "ratios": len(plan.scenarios),
        "map": len(plan.scenarios),
        "delays": chosen_groups.MOST_CROSSOVERS,
        "blocks": chosen_groups.MOST_COURSES,
    }
    out = StringIO()
    show(analysis, Console(file=out, width=80))
    assert len(out.getvalue().splitlines()) <= 60


def test_one_group_more_than_is_shown_open_makes_a_run_large(tmp_path: Path) -> None:
    """Up to the limit every group has its tables; beyond it none has."""
    for number, tables in ((MOST_OPEN, MOST_OPEN), (MOST_OPEN + 1, 0)):
        plan = stored.Plan(
            backends=("sqlite",), variants=("selectin",), parameters={"parents": list(range(1, number + 1))}, passes=2
        )
        analysis = analyse(load(stored.write(tmp_path / f"run{number}", plan)))
        text = page.html(analysis, [], drawing.Drawn(), tmp_path)
        assert text.count('aria-label="Cases of ') == tables


def test_percentiles_of_a_large_run_are_folded_or_left_to_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of some cases they stand on the page, a fold for each group; of very many a line names the file."""
    parents = list(range(1, MOST_OPEN + 2))
    plan = stored.Plan(backends=("sqlite",), variants=("selectin",), parameters={"parents": parents}, passes=1, crowd=5)
    analysis = analyse(load(stored.write(tmp_path / "run", plan)))
    drawn = drawing.Drawn()
    assert page.html(analysis, [], drawn, tmp_path).count("<summary>With several in flight") == len(parents)
    monkeypatch.setattr(page, "MOST_CROWDED", len(parents))
    text = page.html(analysis, [], drawn, tmp_path)
    assert "<summary>With several in flight" not in text
    assert text.count("Service times with several operations in flight are in <code>cases.csv</code>.") == 1
