"""Assemble the one self-contained page of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bench.core.contrasts import Question
from bench.report import answers, claims, labels, prose, sentences, sql, svg, trust
from bench.report.analysis import QUESTIONS, Analysis, GroupResult, precision
from bench.report.figures import Figure, GroupFigures
from bench.report.making import making
from bench.report.tables import case_rows, contrast_rows, count_table

MOST_OPEN = 12
"""With more groups than this, tables start folded and figures of absolute times stay files beside the page."""
FIRST_ANSWERS = 6
"""Answers of one kind that stand unfolded."""


def html(analysis: Analysis, drawn: Mapping[str, GroupFigures], folder: Path) -> str:
    """Return the page; whatever text a result holds is shown as text."""
    environment = Environment(
        loader=PackageLoader("bench.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(labels=labels, prose=prose, sentences=sentences)
    return environment.get_template("index.html").render(_context(analysis, drawn, folder)) + "\n"


def _context(analysis: Analysis, drawn: Mapping[str, GroupFigures], folder: Path) -> dict[str, object]:
    run = analysis.run.manifest
    found = answers.answers(analysis)
    return {
        "run": run,
        "analysis": analysis,
        "style": Markup((Path(__file__).parent / "templates" / "page.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
        "trust": trust.assess(analysis),
        "precision": precision(analysis),
        "headings": answers.HEADINGS,
        "answers": {question: [each for each in found if each.question is question] for question in answers.HEADINGS},
        "first": FIRST_ANSWERS,
        "verdicts": Counter(finding.verdict for finding in analysis.findings(*QUESTIONS)),
        "proved": len({count.case.id for count in run.counts} - {failure.case for failure in run.failures}),
        "scenarios": [(scenario, _groups(analysis, scenario.name)) for scenario in run.scenarios],
        "count_table": lambda scenario: count_table(run, scenario),
        "case_rows": case_rows,
        "contrast_rows": contrast_rows,
        "statements_of": lambda scenario, variant: sql.by_backend(run, scenario, variant),
        "figure": lambda group, kind: _figure(drawn, folder, group.used.id, kind),
        "claims": claims.decide(analysis),
        "making": making(analysis),
        "opened": len(analysis.groups) <= MOST_OPEN,
        "mode": Question.MODE,
    }


def _groups(analysis: Analysis, scenario: str) -> list[GroupResult]:
    return [group for group in analysis.groups if group.scenario.name == scenario]


def _figure(drawn: Mapping[str, GroupFigures], folder: Path, group_id: str, kind: str) -> Markup | None:
    figures = drawn.get(group_id)
    figure: Figure | None = getattr(figures, kind) if figures else None
    if figure is None:
        return None
    source = (folder / f"{figure.name}.svg").read_text(encoding="utf-8")
    return svg.inline(source, f"f{figure.name[:3]}{kind[0]}", figure.alternative)
