"""The report in brief, as Markdown for a pull request or a README."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from bench.core.contrasts import Question
from bench.report import answers, claims, labels, sentences, tables, trust
from bench.report.analysis import Analysis, GroupResult, precision
from bench.report.figures import GroupFigures
from bench.report.making import repetition

MOST_GROUPS = 12
"""Groups with a table of their own; the page has them all."""
FIRST_ANSWERS = 6
_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~!])")


def text(analysis: Analysis, drawn: Mapping[str, GroupFigures]) -> str:
    """Return report.md."""
    return "\n".join(
        [*_head(analysis), *_answers(analysis), *_trust(analysis), *_groups(analysis, drawn), *_tail(analysis)]
    )


def escaped(value: str) -> str:
    """Return text that Markdown shows as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(value.split()))


def _head(analysis: Analysis) -> Iterator[str]:
    run = analysis.run.manifest
    yield f"# ormbench: {escaped(run.id)}"
    yield ""
    if not run.profile.evidence:
        yield f"> **NOT EVIDENCE.** The profile {escaped(run.profile.name)} only proves that the plumbing works."
        yield ""
    if run.failures:
        yield f"> **{labels.plural(len(run.failures), 'failure')}.** Void cases never win:"
        yield from (f"> - {escaped(each.case)}: {escaped(each.stage)}" for each in run.failures[:20])
        yield ""


def _answers(analysis: Analysis) -> Iterator[str]:
    found = answers.answers(analysis)
    for question, heading in answers.HEADINGS.items():
        texts = [answer.text for answer in found if answer.question is question]
        if texts:
            yield f"**{heading}**"
            yield ""
            yield from (f"- {escaped(line)}" for line in texts[:FIRST_ANSWERS])
            if len(texts) > FIRST_ANSWERS:
                yield f"- and {len(texts) - FIRST_ANSWERS} more in the page"
            yield ""


def _trust(analysis: Analysis) -> Iterator[str]:
    graded = trust.assess(analysis)
    width, count = precision(analysis)
    yield f"## Trust: {graded.grade} ({graded.meaning})"
    yield ""
    if count:
        yield f"- Median half width of {labels.plural(count, 'ratio interval')}: {labels.percent(width)}"
    yield from (f"- {escaped(doubt.text)} {escaped(doubt.remedy)}".rstrip() for doubt in graded.doubts)
    yield "- psycopg and psycopg\\_async are one library in two modes; psycopg2 and asyncpg compare stacks."
    yield ""


def _groups(analysis: Analysis, drawn: Mapping[str, GroupFigures]) -> Iterator[str]:
    for group in analysis.groups[:MOST_GROUPS]:
        yield from _group(group, drawn)
    if len(analysis.groups) > MOST_GROUPS:
        yield f"{len(analysis.groups) - MOST_GROUPS} more groups are in the page."
        yield ""


def _group(group: GroupResult, drawn: Mapping[str, GroupFigures]) -> Iterator[str]:
    yield f"## {escaped(f'{group.scenario.name}: {labels.backend(group.backend)}')}"
    yield ""
    if group.used.parameters:
        yield escaped(labels.parameters(group.used.parameters))
        yield ""
    if group.used.id in drawn:
        ratios = drawn[group.used.id].ratios
        yield f"![{escaped(sentences.title(group))}](figures/{ratios.name}.png)"
        yield ""
    columns = ("variant", "driver", f"time / {group.used.baseline}", "verdict", "median ms", "statements")
    rows = (
        (row.variant, row.driver, row.ratio, row.verdict, row.wall_ms, row.statements)
        for row in tables.case_rows(group)
    )
    yield from table(columns, rows)
    pairs = [row for row in tables.contrast_rows(group) if row.kind != Question.DRIVER]
    if pairs:
        yield from table(
            ("what differs", "pair", "variant", "ratio", "verdict"),
            ((row.kind, row.pair, row.variant, row.ratio, row.verdict) for row in pairs),
        )


def table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Yield the lines of a Markdown table and an empty line."""
    names = [escaped(column) for column in columns]
    yield f"| {' | '.join(names)} |"
    yield f"|{'---|' * len(names)}"
    for row in rows:
        yield f"| {' | '.join(escaped(cell) for cell in row)} |"
    yield ""


def _tail(analysis: Analysis) -> Iterator[str]:
    run = analysis.run.manifest
    decided = claims.decide(analysis)
    if decided:
        yield "## Claims"
        yield ""
        yield from table(
            ("id", "claim", "verdict"), ((each.claim.id, each.claim.text, each.decision) for each in decided)
        )
    yield "## Made by"
    yield ""
    machine = run.environment
    python = f"{machine.implementation} {machine.python}, SQLAlchemy {machine.packages.get('SQLAlchemy', '?')}"
    yield f"- `{repetition(run).replace('`', '')}`"
    yield f"- {escaped(machine.cpu)}, {machine.cores} cores, {escaped(python)}"
    yield from (
        f"- {escaped(each.kind)} left out: {escaped(each.reason)}. To add it: {escaped(each.remedy)}"
        for each in run.absent
    )
    yield ""
