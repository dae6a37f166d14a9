"""Show a run in the terminal: verdict tables or a digest, the answer, the claims and the doubts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bench.core.contrasts import Question
from bench.report import labels, tables, terminal_style, trust
from bench.report.against import terminal as against_terminal
from bench.report.against.judging import judge
from bench.report.answer import answers, best, digest
from bench.report.claims import deciding
from bench.report.findings.analysis import Analysis, Finding, GroupResult, precision
from bench.report.load import terminal as load_terminal
from bench.report.terminal_style import QUIET, item

MOST_ROWS = 45
"""Rows of one backend's table; the page has them all."""
FIRST_ANSWERS = 3
MOST_SCENARIOS = 24
MOST_DOUBTS = 4
"""Doubts and void cases of a large run that are told; those that cost most come first."""
WIDEST_NAME = 24
"""Characters of a scenario's name on one line of the digest; a wider one is folded."""
WIDEST = 320
"""Characters of a doubt of a large run."""


def show(analysis: Analysis, console: Console) -> None:
    """Print verdict tables or, of a large run, a digest; then the claims and the doubts; 80 columns are enough."""
    run = analysis.run.manifest
    if (judgement := judge(analysis.run)) is not None:
        against_terminal.show(judgement, console)
    if analysis.is_large:
        _say_digest(analysis, console)
        _say_tally(analysis, console)
    else:
        _say_tables(analysis, console)
        _say_answers(analysis, console)
        _say_claims(analysis, console)
    if analysis.load is not None:
        load_terminal.show(analysis.load, console)
    _say_trust(analysis, console)
    if not run.profile.evidence:
        console.print(
            Panel(
                Text("NOT EVIDENCE: this profile only proves that the plumbing works", justify="center"),
                style="bold red",
            )
        )


def _say_digest(analysis: Analysis, console: Console) -> None:
    """Print one line a scenario: names and ratios are whole, the choice takes the room that is left."""
    found = digest.entries(analysis, by_backend=False)
    table = Table(box=None, pad_edge=False, header_style=QUIET)
    table.add_column("scenario", min_width=_needed(each.scenario for each in found), overflow="fold", style="bold")
    table.add_column("async / sync", justify="right", min_width=len("async / sync"), no_wrap=True)
    table.add_column("open", justify="right", no_wrap=True)
    table.add_column("best variant over all", ratio=1, overflow="fold")
    for entry in found[:MOST_SCENARIOS]:
        table.add_row(
            Text(entry.scenario), entry.mode_median, entry.mode_open.replace(" of ", "/"), Text(entry.variant)
        )
    console.print()
    console.print(table)
    left = f"{len(found) - MOST_SCENARIOS} more scenarios, and " if len(found) > MOST_SCENARIOS else ""
    console.print(
        Text(
            f"{left}each backend by itself in the report; async / sync: median, and how many are open",
            style=QUIET,
        )
    )


def _needed(names: Iterable[str]) -> int:
    """Return the width of a column of names: the widest is whole, up to WIDEST_NAME."""
    return min(max(map(len, names), default=0), WIDEST_NAME)


def _say_tally(analysis: Analysis, console: Console) -> None:
    """Print how many claims came to what."""
    counted = Counter(result.decision for result in deciding.decide(analysis))
    if counted:
        console.print()
        tally = ", ".join(f"{number} {decision}" for decision, number in counted.most_common())
        console.print(Text.assemble(("Claims: ", "bold"), f"{tally} (ormbench claims {analysis.run.manifest.id})"))


def _say_tables(analysis: Analysis, console: Console) -> None:
    for label, backend in analysis.backends.items():
        groups = [group for group in analysis.groups if group.backend.label == label]
        if groups:
            console.print()
            console.print(_table(labels.backend(backend), groups))


def _table(title: str, groups: list[GroupResult]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style=QUIET)
    table.add_column("comparison", ratio=1, overflow="fold")
    table.add_column("ratio (95 %)", justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("stmts", justify="right", no_wrap=True)
    rows = 0
    for group in groups:
        findings = _chosen(group)
        if rows + len(findings) > MOST_ROWS and rows:
            left = labels.plural(len(groups) - groups.index(group), "more group")
            table.add_row(Text(f"{left} in the report", style=QUIET))
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
        terminal_style.verdict(finding.verdict),
        "" if count is None or count.statements is None else str(count.statements),
    )


def _say_answers(analysis: Analysis, console: Console) -> None:
    if choices := best.best_choices(analysis):
        console.print()
        console.print(Text(best.HEADING, style="bold"))
        for each in choices:
            console.print(item(terminal_style.with_code(each.lead)))
    found = answers.answers(analysis)
    for question, heading in answers.HEADINGS.items():
        texts = [answer.text for answer in found if answer.question is question]
        if texts:
            console.print()
            console.print(Text(heading, style="bold"))
            for text in texts[:FIRST_ANSWERS]:
                console.print(item(text))
            if len(texts) > FIRST_ANSWERS:
                console.print(Text(f"  and {len(texts) - FIRST_ANSWERS} more in the report", style=QUIET))


def _say_claims(analysis: Analysis, console: Console) -> None:
    decided = deciding.decide(analysis)
    if not decided:
        return
    console.print()
    console.print(Text("Claims", style="bold"))
    for result in decided:
        line = Text.assemble(
            f"  {result.claim.id}: {result.claim.text}  ",
            terminal_style.decision(result.decision),
            f" {result.scope}" if result.scope else "",
        )
        console.print(line)


def _say_trust(analysis: Analysis, console: Console) -> None:
    run, graded = analysis.run.manifest, trust.assess(analysis)
    width, count = precision(analysis)
    console.print()
    console.print(Text(f"Trust: {graded.grade}, {graded.meaning}", style="bold"))
    if count:
        console.print(item(f"The median half width of {count} ratio intervals is {labels.percent(width)}."))
    if run.phases_s:
        phases = ", ".join(f"{name.replace('_', ' ')} {seconds:.0f} s" for name, seconds in run.phases_s.items())
        console.print(item(f"Where the time went: {phases}."))
    doubts = [f"{doubt.text} {doubt.remedy}".rstrip() for doubt in graded.doubts]
    void = [f"{each.case} is void: {each.stage}: {labels.shortened(each.message, 200)}" for each in run.failures]
    if analysis.is_large:
        worst = sorted(zip(graded.doubts, doubts, strict=True), key=lambda each: -each[0].grade_cost)
        doubts = labels.first([text for _, text in worst], MOST_DOUBTS, WIDEST, "more in the report")
        void = labels.first(void, MOST_DOUBTS, WIDEST, "more in the report")
    for text in [*doubts, *void]:
        console.print(item(text))
    for absent in run.absent:
        console.print(item(f"{absent.kind} left out: {absent.reason}. To add it: {absent.remedy}"))
