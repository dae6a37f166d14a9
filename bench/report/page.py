"""Assemble the one self-contained page of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from bench.report import labels, prose, spreadsheets, sql, templating, trust, verdict_meanings
from bench.report.against import telling
from bench.report.against.judging import judge
from bench.report.anchors import anchors
from bench.report.answer import answers, best, crossover_text, digest, headline, reasons, sentences
from bench.report.claims import deciding
from bench.report.drawing import Drawn, Figure
from bench.report.figures import svg
from bench.report.figures.sketches import Kind
from bench.report.findings import crowds, surroundings
from bench.report.findings.analysis import QUESTIONS, Analysis, GroupResult, precision
from bench.report.findings.crossover import Series
from bench.report.findings.crowd_map import crowd_maps
from bench.report.findings.load import words as load_words
from bench.report.findings.maps import ratio_map
from bench.report.load import section as load_section
from bench.report.load import tables as load_tables
from bench.report.making import making, raw_files, rendering
from bench.report.tables import WEIGHED, case_table, contrast_rows, count_table, crowd_table, weighed_rows

FIRST_ANSWERS = 6
"""Answers of one kind that stand unfolded."""
MOST_CROWDED = 400
"""Cases of a large run whose percentiles stand on the page; the file of cases has all of them."""


def html(analysis: Analysis, series: Sequence[Series], drawn: Drawn, folder: Path) -> str:
    """Return the page; whatever text a result holds is shown as text."""
    environment = templating.environment()
    environment.globals.update(prose=prose, sentences=sentences, surroundings=surroundings, reasons=reasons)
    pictures = _figures(analysis, series, drawn, folder)
    context = _whole(analysis) | _parts(analysis) | pictures | _load(analysis, drawn, folder)
    context["raw_files"] = raw_files(analysis.run.folder, folder.parent)
    context["rendering"] = rendering(analysis.run.folder, folder.parent)
    return svg.with_classes(environment.get_template("index.html").render(context)) + "\n"


def _whole(analysis: Analysis) -> dict[str, object]:
    """Return what is said of the whole run."""
    run = analysis.run.manifest
    found = answers.answers(analysis)
    return {
        "run": run,
        "analysis": analysis,
        "judgement": judge(analysis.run),
        "telling": telling,
        "headline": headline.headline(analysis),
        "trust": trust.assess(analysis),
        "verdict_meanings": verdict_meanings,
        "precision": precision(analysis),
        "of_claims": headline.of_claims,
        "headings": answers.HEADINGS,
        "answers": {question: [each for each in found if each.question is question] for question in answers.HEADINGS},
        "first": FIRST_ANSWERS,
        "best": best,
        "best_choices": best.best_choices(analysis),
        "digest": digest.entries(analysis) if analysis.is_large else [],
        "digest_note": digest.NOTE,
        "verdicts": Counter(finding.verdict for finding in analysis.findings(*QUESTIONS)),
        "proved": len({count.case.id for count in run.counts} - analysis.run.void),
        **_claims(analysis),
        "making": making(analysis),
        "files": spreadsheets.files(analysis),
    }


def _claims(analysis: Analysis) -> dict[str, object]:
    """Return the claims with their numbers on the page: those with something to show, and those without."""
    numbered = list(enumerate(deciding.decide(analysis), start=1))
    told = {number for number, each in numbered if each.is_tested or any(found.left_out for found in each.drivers)}
    return {
        "claims": [each for each in numbered if each[0] in told],
        "untested": [each for each in numbered if each[0] not in told],
        "unheard": deciding.unheard(analysis),
        "rule_of_claims": deciding.RULE if analysis.groups else "",
    }


def _parts(analysis: Analysis) -> dict[str, object]:
    """Return what is said of single scenarios and groups."""
    run = analysis.run.manifest
    crowded = sum(name.startswith("latency ") for name in analysis.run.histograms)
    return {
        "scenarios": [(scenario, _groups(analysis, scenario.name)) for scenario in run.scenarios],
        "places": {scenario.name: f"scenario-{number}" for number, scenario in enumerate(run.scenarios, start=1)},
        "anchors": anchors(group.used.id for group in analysis.groups),
        "by_backend": _by_backend,
        "ratio_map": ratio_map,
        "count_table": lambda scenario: count_table(run, scenario),
        "WEIGHED": WEIGHED,
        "weighed_rows": lambda scenario: weighed_rows(run, scenario),
        "case_table": case_table,
        "contrast_rows": contrast_rows,
        "crowds": lambda group: crowd_table(list(crowds.of_group(analysis.run, group))),
        "crowded": crowded,
        "is_crowded": lambda group: any(f"latency {name}" in analysis.run.histograms for name in group.cases),
        "show_crowds": not analysis.is_large or crowded <= MOST_CROWDED,
        "statements_of": lambda scenario, variant: sql.by_backend(run, scenario, variant),
    }


def _figures(analysis: Analysis, series: Sequence[Series], drawn: Drawn, folder: Path) -> dict[str, object]:
    def of_group(group: GroupResult, kind: str) -> Markup | None:
        return _inline(drawn.of(group.used.id, Kind(kind)), folder)

    maps = crowd_maps(analysis)
    return {
        "figure": of_group,
        "series_of": lambda scenario: [each for each in series if each.groups[0].scenario.name == scenario.name],
        "crowd_maps_of": lambda scenario: [each for each in maps if each.groups[0].scenario.name == scenario.name],
        "crossover": crossover_text,
    }


def _load(analysis: Analysis, drawn: Drawn, folder: Path) -> dict[str, object]:
    """Return what is said of load; nothing where the run has none."""
    section = load_section.section(analysis.load, drawn.load, folder) if analysis.load else None
    return {"load": section, "load_tables": load_tables, "load_words": load_words}


def _groups(analysis: Analysis, scenario: str) -> list[GroupResult]:
    return [group for group in analysis.groups if group.scenario.name == scenario]


def _by_backend(groups: Sequence[GroupResult]) -> list[tuple[str, list[GroupResult]]]:
    """Return the groups of a scenario backend by backend."""
    found: dict[str, list[GroupResult]] = {}
    for group in groups:
        found.setdefault(labels.backend(group.backend), []).append(group)
    return list(found.items())


def _inline(figure: Figure | None, folder: Path) -> Markup | None:
    if figure is None:
        return None
    source = (folder / f"{figure.name}.svg").read_text(encoding="utf-8")
    number, kind = figure.name.partition("-")[0], figure.name.rpartition("-")[2]
    return svg.inline(source, f"f{number}{kind[0]}", figure.alternative)
