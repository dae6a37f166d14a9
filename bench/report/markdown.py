"""The report in brief, as Markdown for a pull request or a README."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bench.core.contrasts import Question
from bench.core.visible import visible
from bench.report import labels, spreadsheets, tables, trust, verdict_meanings
from bench.report.against import markdown as against_markdown
from bench.report.against.judging import judge
from bench.report.answer import answers, best, compared, crossover_text, digest, headline, reasons, sentences
from bench.report.claims import deciding
from bench.report.drawing import Drawn
from bench.report.figures import waterfall_figure
from bench.report.figures.sketches import Kind
from bench.report.findings import crowds, layers, surroundings
from bench.report.findings.analysis import Analysis, GroupResult
from bench.report.findings.crossover import Series
from bench.report.load import markdown as load_markdown
from bench.report.making import making, repetition
from bench.report.markup import escaped, table, with_code
from bench.report.reading.records import Failure

FIRST_ANSWERS = 6
MOST_FAILURES = 20
MOST_SHOWN = 300
"""Characters of a failure."""
MOST_SERIES = 12
"""Series of network delays that are told in full; the page has them all."""


def text(analysis: Analysis, series: Sequence[Series], drawn: Drawn) -> str:
    """Return report.md."""
    judgement = judge(analysis.run)
    answer = [*(against_markdown.section(judgement) if judgement else [])]
    answer += _digest(analysis) if analysis.is_large else _answers(analysis)
    answer += [*(load_markdown.answer(analysis.load) if analysis.load else [])]
    delays = _delays(analysis, series, drawn)
    groups = [] if analysis.is_large else list(_groups(analysis, drawn))
    loaded = load_markdown.sections(analysis.load, drawn.load) if analysis.load else []
    lines = [*_head(analysis), *answer, *_trust(analysis), *delays, *groups, *loaded, *_tail(analysis)]
    # Once more for what is code, as the command is, and so is not escaped.
    return visible("\n".join(lines))


def _head(analysis: Analysis) -> Iterator[str]:
    run = analysis.run.manifest
    yield f"# ormbench: {escaped(run.id)}"
    yield ""
    yield f"**{escaped(headline.headline(analysis))}**"
    yield ""
    yield escaped(trust.assess(analysis).text)
    yield ""
    if not run.profile.evidence:
        yield f"> **NOT EVIDENCE.** The profile {escaped(run.profile.name)} only proves that the plumbing works."
        yield ""
    if run.failures:
        yield f"> **{labels.plural(len(run.failures), 'failure')}.** Void cases never win:"
        yield from (f"> - {_failure(each)}" for each in run.failures[:MOST_FAILURES])
        if len(run.failures) > MOST_FAILURES:
            yield f"> - and {len(run.failures) - MOST_FAILURES} more in run.json"
        yield ""


def _failure(failure: Failure) -> str:
    first = failure.message.splitlines()[0] if failure.message else ""
    said = escaped(f"{failure.stage}: {labels.shortened(first, MOST_SHOWN)}")
    return f"{escaped(failure.case)}: {said}"


def _answers(analysis: Analysis) -> Iterator[str]:
    if choices := best.best_choices(analysis):
        yield f"**{best.HEADING}**"
        yield ""
        yield from (f"- {with_code(each.text)}" for each in choices)
        yield ""
        yield best.NOTE
        yield ""
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


def _digest(analysis: Analysis) -> Iterator[str]:
    """Yield the best choices of a run that is too large to tell group by group."""
    files = " and ".join(f"`{name}`" for name in spreadsheets.files(analysis))
    yield f"{labels.plural(len(analysis.groups), 'group')}; every number is in {files}."
    yield ""
    yield digest.NOTE
    yield ""
    yield from table(
        ("scenario", "backend", "best variant", "async / sync", "fastest driver"),
        ((each.scenario, each.backends, each.variant, each.mode, each.driver) for each in digest.entries(analysis)),
    )
    asked = {scenario.name: scenario.question for scenario in analysis.run.manifest.scenarios}
    yield from _fold("What the scenarios ask", (f"{escaped(name)}: {with_code(what)}" for name, what in asked.items()))


def _fold(title: str, lines: Iterable[str]) -> Iterator[str]:
    """Yield a list that opens where Markdown is shown as a page; the title is HTML there, and ours."""
    yield f"<details><summary>{title}</summary>"
    yield ""
    yield from (f"- {line}" for line in lines)
    yield ""
    yield "</details>"
    yield ""


def _delays(analysis: Analysis, series: Sequence[Series], drawn: Drawn) -> Iterator[str]:
    """Yield what network delays change."""
    if not analysis.delays:
        return
    yield "## Network delay"
    yield ""
    yield from (f"- {escaped(name)}: {escaped(said)}" for name, said in making(analysis).delays)
    yield ""
    for each in series[:MOST_SERIES]:
        yield f"**{escaped(crossover_text.place(each))}**"
        yield ""
        if figure := drawn.of(each.groups[0].used.id, Kind.DELAYS):
            yield f"![{escaped(crossover_text.headline(each))}](figures/{figure.name}.png)"
            yield ""
        yield from (f"- {escaped(line)}" for line in crossover_text.sentences(each))
        yield ""
    if len(series) > MOST_SERIES:
        yield f"{len(series) - MOST_SERIES} more series are in the page."
        yield ""


def _trust(analysis: Analysis) -> Iterator[str]:
    graded = trust.assess(analysis)
    yield f"## Trust: {graded.grade} ({graded.meaning})"
    yield ""
    if graded.noise_text:
        yield f"- {escaped(graded.noise_text)}."
    yield from (f"- {escaped(doubt.text)} {escaped(doubt.remedy)}".rstrip() for doubt in graded.doubts)
    if pairs := compared.pairs(analysis):
        yield f"- {escaped(pairs)}"
    yield ""
    if meanings := verdict_meanings.meanings(analysis):
        yield f"**{verdict_meanings.HEADING}**"
        yield ""
        yield from (f"- *{each.words}*: {escaped(each.rule)}" for each in meanings)
        yield ""


def _groups(analysis: Analysis, drawn: Drawn) -> Iterator[str]:
    told: set[str] = set()
    for group in analysis.groups:
        yield from _asked(group, is_first=group.scenario.name not in told)
        yield from _group(analysis, group, drawn)
        told.add(group.scenario.name)


def _asked(group: GroupResult, *, is_first: bool) -> Iterator[str]:
    """Yield the question of a group and, in the first one of its scenario, what the variants do."""
    yield f"## {escaped(f'{group.scenario.name}: {labels.backend(group.backend)}')}"
    yield ""
    yield with_code(group.scenario.question)
    yield ""
    if is_first:
        variants = (f"{escaped(each.name)}: {with_code(each.label)}" for each in group.scenario.variants)
        yield from _fold("What the variants do", variants)


def _group(analysis: Analysis, group: GroupResult, drawn: Drawn) -> Iterator[str]:
    if group.used.parameters:
        yield escaped(labels.parameters(group.used.parameters))
        yield ""
    if shared := surroundings.common(group):
        yield f"Every variant: {escaped(shared)}."
        yield ""
    if ratios := drawn.of(group.used.id, Kind.RATIOS):
        yield f"![{escaped(sentences.title(group))}](figures/{ratios.name}.png)"
        yield ""
    for line in sentences.still_open(group):
        yield escaped(line)
        yield ""
    if why := reasons.of_group(group):
        yield f"{reasons.HEADING}:"
        yield ""
        yield from (f"- {escaped(line)}" for line in why)
        yield ""
    yield from _http_layer(analysis, group, drawn)
    yield from _tables(analysis, group)


def _http_layer(analysis: Analysis, group: GroupResult, drawn: Drawn) -> Iterator[str]:
    """Yield the layers of a group where HTTP is among them: that is no case, and stands in no table."""
    found = layers.of_group(analysis.run, group)
    if found is None or layers.HTTP not in found.names:
        return
    if waterfall := drawn.of(group.used.id, Kind.LAYERS):
        yield f"![{escaped(waterfall_figure.title(found))}](figures/{waterfall.name}.png)"
        yield ""
    yield "What each layer adds to one operation:"
    yield ""
    yield from (f"- {escaped(line)}" for line in waterfall_figure.sentences(found))
    yield ""


def _tables(analysis: Analysis, group: GroupResult) -> Iterator[str]:
    cases = tables.case_table(group)
    yield from table(
        ("variant", "driver", f"time / {group.used.baseline}", "verdict", *cases.columns),
        ((_named(row.variant, row.conditions), row.driver, row.ratio, row.verdict, *row.cells) for row in cases.rows),
    )
    felt = tables.crowd_table(list(crowds.of_group(analysis.run, group)))
    if felt.rows:
        rows = ((_named(each.variant, each.conditions), each.driver, *cells) for each, cells in felt.rows)
        yield from table(("variant", "driver", *felt.columns), rows)
    pairs = [row for row in tables.contrast_rows(group) if row.kind != Question.DRIVER]
    if pairs:
        yield from table(
            ("what differs", "pair", "variant", "ratio", "verdict"),
            ((row.kind, row.pair, row.variant, row.ratio, row.verdict) for row in pairs),
        )


def _named(variant: str, conditions: str) -> str:
    return f"{variant} ({conditions})" if conditions else variant


def _tail(analysis: Analysis) -> Iterator[str]:
    run = analysis.run.manifest
    for scenario in run.scenarios:
        weighed = tables.weighed_rows(run, scenario)
        if weighed:
            yield f"## {escaped(scenario.name)}: memory and loop lag of what was not timed"
            yield ""
            yield from table(tables.WEIGHED, weighed)
    decided = deciding.decide(analysis)
    if decided:
        yield "## Claims"
        yield ""
        if analysis.groups:
            yield deciding.RULE
            yield ""
        verdicts = (f"{each.decision} {each.scope}".rstrip() for each in decided)
        yield from table(
            ("id", "claim", "verdict"),
            ((each.claim.id, each.claim.text, said) for each, said in zip(decided, verdicts, strict=True)),
        )
    yield "## Made by"
    yield ""
    machine = run.environment
    python = f"{machine.implementation} {machine.python}, SQLAlchemy {machine.packages.get('SQLAlchemy', '?')}"
    # A backtick or an empty line would end the code.
    yield f"- `{' '.join(repetition(run).replace('`', '').split())}`"
    yield f"- {escaped(machine.cpu)}, {machine.cores} cores, {escaped(python)}"
    yield from load_markdown.made(analysis.load) if analysis.load else ()
    yield from (
        f"- {escaped(each.kind)} left out: {escaped(each.reason)}. To add it: {escaped(each.remedy)}"
        for each in run.absent
    )
    yield ""
