"""Show a run in the terminal: a verdict table for each backend, the answer, the claims and the doubts."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bench.core.contrasts import Question
from bench.core.verdicts import Verdict
from bench.report import answers, claims, labels, tables, trust
from bench.report.analysis import Analysis, Finding, GroupResult, precision

COLOURS = {
    Verdict.FASTER: "green",
    Verdict.SLOWER: "red",
    Verdict.EQUIVALENT: "default",
    Verdict.NOT_VALID: "bright_black",
}
DECISIONS = {"upheld": "green", "refuted": "red", "depends": "yellow"}
MOST_ROWS = 45
"""Rows of one backend's table; the page has them all."""
FIRST_ANSWERS = 3


def show(analysis: Analysis, console: Console) -> None:
    """Print the verdict tables, the answer, the claims and the doubts; 80 columns are enough."""
    run = analysis.run.manifest
    for label, backend in analysis.backends.items():
        groups = [group for group in analysis.groups if group.backend.label == label]
        if groups:
            console.print()
            console.print(_table(labels.backend(backend), groups))
    _say_answers(analysis, console)
    _say_claims(analysis, console)
    _say_trust(analysis, console)
    if not run.profile.evidence:
        console.print(
            Panel(
                Text("NOT EVIDENCE: this profile only proves that the plumbing works", justify="center"),
                style="bold red",
            )
        )


def _table(title: str, groups: list[GroupResult]) -> Table:
    table = Table(
        title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="bright_black"
    )
    table.add_column("comparison", ratio=1, overflow="fold")
    table.add_column("ratio (95 %)", justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("stmts", justify="right", no_wrap=True)
    rows = 0
    for group in groups:
        findings = _chosen(group)
        if rows + len(findings) > MOST_ROWS and rows:
            left = labels.plural(len(groups) - groups.index(group), "more group")
            table.add_row(Text(f"{left} in the report", style="bright_black"))
            break
        place = labels.parameters(group.used.parameters)
        table.add_row(Text(f"{group.scenario.name} {place}".strip(), style="bold"))
        for finding in findings:
            _add(table, group, finding)
        rows += len(findings)
    return table


def _chosen(group: GroupResult) -> list[Finding]:
    """Return the variants on the first driver and the modes of the baseline; the report has every pair."""
    variants = [each for each in group.of(Question.VARIANT) if each.contrast.numerator.driver == group.drivers[0]]
    pairs = group.of(Question.MODE, Question.STACK)
    return [*variants, *(each for each in pairs if each.contrast.numerator.variant == group.used.baseline)]


def _add(table: Table, group: GroupResult, finding: Finding) -> None:
    contrast = finding.contrast
    numerator, denominator = contrast.numerator, contrast.denominator
    if contrast.question is Question.VARIANT:
        said = f"  {numerator.variant} / {denominator.variant}, {numerator.driver}"
    else:
        said = f"  {numerator.driver} / {denominator.driver}, {numerator.variant}"
    count = group.cases[numerator.id].count
    table.add_row(
        Text(said),
        tables.ratio_text(finding),
        Text(finding.verdict, style=COLOURS.get(finding.verdict, "bright_black")),
        "" if count is None else str(count.statements),
    )


def _say_answers(analysis: Analysis, console: Console) -> None:
    found = answers.answers(analysis)
    for question, heading in answers.HEADINGS.items():
        texts = [answer.text for answer in found if answer.question is question]
        if texts:
            console.print()
            console.print(Text(heading, style="bold"))
            for text in texts[:FIRST_ANSWERS]:
                console.print(_item(text))
            if len(texts) > FIRST_ANSWERS:
                console.print(Text(f"  and {len(texts) - FIRST_ANSWERS} more in the report", style="bright_black"))


def _say_claims(analysis: Analysis, console: Console) -> None:
    decided = claims.decide(analysis)
    if not decided:
        return
    console.print()
    console.print(Text("Claims", style="bold"))
    for result in decided:
        line = Text.assemble(
            f"  {result.claim.id}: {result.claim.text}  ",
            (result.decision, DECISIONS.get(result.decision, "bright_black")),
        )
        console.print(line)


def _say_trust(analysis: Analysis, console: Console) -> None:
    run, graded = analysis.run.manifest, trust.assess(analysis)
    width, count = precision(analysis)
    console.print()
    console.print(Text(f"Trust: {graded.grade}, {graded.meaning}", style="bold"))
    if count:
        console.print(_item(f"The median half width of {count} ratio intervals is {labels.percent(width)}."))
    if run.phases_s:
        phases = ", ".join(f"{name.replace('_', ' ')} {seconds:.0f} s" for name, seconds in run.phases_s.items())
        console.print(_item(f"Where the time went: {phases}."))
    for doubt in graded.doubts:
        console.print(_item(f"{doubt.text} {doubt.remedy}".rstrip()))
    for failure in run.failures:
        console.print(_item(f"{failure.case} is void: {failure.stage}: {labels.shortened(failure.message, 200)}"))
    for absent in run.absent:
        console.print(_item(f"{absent.kind} left out: {absent.reason}. To add it: {absent.remedy}"))


def _item(text: str) -> Table:
    """Return text with a hanging indent."""
    item = Table.grid(padding=(0, 1))
    item.add_column(width=3, justify="right")
    item.add_column()
    item.add_row("-", escape(text))
    return item
