"""The answer of a whole run: comparisons of one kind gathered into one sentence, the most interesting first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bench.core.contrasts import Question
from bench.core.verdicts import Verdict
from bench.report import labels
from bench.report.answer.reasons import clause_of
from bench.report.answer.sentences import alike, remark_on, sentence, sides
from bench.report.findings.analysis import DECIDED, QUESTIONS, Analysis, Finding, GroupResult
from bench.report.reading.records import BackendUsed

HEADINGS = {
    Question.MODE: "Sync or async, within one library or family",
    Question.VARIANT: "Which variant, on the same driver",
    Question.STACK: "Sync stack or async stack: mode and library change together",
    Question.DRIVER: "Which driver, in the same mode",
}
"""What each kind of comparison answers, in the order in which readers ask."""


@dataclass(frozen=True)
class Answer:
    """What all comparisons of one pair on one backend say."""

    scenario: str
    backend: str
    question: Question
    text: str
    effect: float
    """Median distance from 1, as a log ratio: what the answers are ordered by."""
    verdict: Verdict
    """The verdict that most of the comparisons came to."""
    group: str
    """The id of the group that shows it most clearly."""
    on_server: bool = True
    for_scale: bool = False
    """Whether the variant answers something else and stands there for scale."""


@dataclass(frozen=True)
class _Member:
    finding: Finding
    group: GroupResult


def answers(analysis: Analysis) -> list[Answer]:
    """Return one answer a pair and backend, ordered by question and, within it, by how far from equal.

    Servers come before SQLite, which is a library: what async costs there answers few who ask for a service.
    """
    bundles: dict[tuple[str, str, Question, str, str], list[_Member]] = {}
    for group in analysis.groups:
        for finding in group.of(*QUESTIONS):
            question = finding.contrast.question
            key = (group.scenario.name, group.backend.label, question, *sides(finding.contrast))
            bundles.setdefault(key, []).append(_Member(finding, group))
    several = len({scenario for scenario, *_ in bundles}) > 1
    found = [_answer(key[0], _in_full(members), named=several) for key, members in bundles.items()]
    order = list(HEADINGS)
    return sorted(
        found, key=lambda each: (order.index(each.question), each.for_scale, not each.on_server, -each.effect)
    )


def is_server(backend: BackendUsed) -> bool:
    """Say whether a backend is a server: SQLite is a library."""
    return backend.kind != "sqlite"


def _in_full(members: Sequence[_Member]) -> Sequence[_Member]:
    """Return those that give the full answer where there are any: what is for scale is not the work of the question."""
    return [member for member in members if _answers_otherwise(member) is None] or members


def _answer(scenario: str, members: Sequence[_Member], *, named: bool) -> Answer:
    """Return the answer of one pair, with the scenario's name before it where the run has others."""
    backend = labels.backend(members[0].group.backend)
    question = members[0].finding.contrast.question
    effects = sorted(member.finding.effect for member in members)
    text = _single(members[0], backend) if len(members) == 1 else _several(members, backend)
    common = Counter(member.finding.verdict for member in members).most_common(1)[0][0]
    text = f"{scenario}: {text}" if named else text
    return Answer(
        scenario,
        backend,
        question,
        text,
        effects[len(effects) // 2],
        common,
        _clearest(members).group.used.id,
        is_server(members[0].group.backend),
        _answers_otherwise(members[0]) is not None,
    )


def _clearest(members: Sequence[_Member]) -> _Member:
    """Return the comparison whose interval is furthest from 1, among those that were decided where there are any.

    The furthest of many is far by chance too. So one that is faster or slower after the correction for the number of
    contrasts in its group comes before every one whose interval leaves out 1 by itself.
    """
    return max(members, key=lambda each: (each.finding.verdict in DECIDED, each.finding.effect))


def _single(member: _Member, backend: str) -> str:
    said = sentence(member.finding, backend, clause_of(member.group, member.finding))
    return _scaled(said.removesuffix("."), member) + "."


def _several(members: Sequence[_Member], backend: str) -> str:
    first = members[0].finding.contrast
    subject, reference = sides(first)
    remark = remark_on(first)
    head = f"On {backend}, {subject} "
    valid = [member for member in members if member.finding.ratio is not None]
    if not valid:
        return f"{head}against {reference}{remark} has no valid comparison among {len(members)}."
    values = [member.finding.ratio.estimate for member in valid if member.finding.ratio is not None]
    spread = _spread(min(values), max(values))
    verdicts = {member.finding.verdict for member in members}
    if verdicts == {Verdict.EQUIVALENT}:
        said = f"On {backend}, there is {_word(Verdict.EQUIVALENT, members)} between {subject} and {reference}{remark}"
        return _scaled(f"{said} in all {len(members)} comparisons ({spread})", members[0]) + "."
    if verdicts == {Verdict.INCONCLUSIVE}:
        said = f"{head}against {reference}{remark} is inconclusive in all {len(members)} comparisons ({spread})"
        return _scaled(f"{said}{_needed(members)}", members[0]) + "."
    ending = f"{_tally(members)}{_example(members)}"
    return _scaled(f"{head}takes {spread} the time of {reference}{remark}: {ending}", members[0]) + "."


def _spread(low: float, high: float) -> str:
    first, last = labels.ratio(low), labels.ratio(high)
    return first if first == last else f"{first} to {last}"


def _tally(members: Sequence[_Member]) -> str:
    counts = Counter(member.finding.verdict for member in members)
    if len(counts) == 1:
        return f"{_word(next(iter(counts)), members)} in all {len(members)} comparisons"
    parts = [f"{_word(verdict, members)} in {number}" for verdict, number in counts.most_common()]
    return f"{', '.join(parts)} of {len(members)} comparisons"


def _word(verdict: Verdict, members: Sequence[_Member]) -> str:
    """Return the words for a verdict; for equivalent with the widest band that any of the comparisons lies within."""
    if verdict is not Verdict.EQUIVALENT:
        return verdict
    return alike(member.finding for member in members if member.finding.verdict is verdict)


def _example(members: Sequence[_Member]) -> str:
    """Name the clearest comparison with its interval, and among how many it was chosen; nothing where none is clear."""
    member = _clearest(members)
    finding, ratio = member.finding, member.finding.ratio
    if ratio is None or finding.verdict not in DECIDED:
        return _needed(members)
    numerator = finding.contrast.numerator
    one = numerator.driver if finding.contrast.question is Question.VARIANT else numerator.variant
    place = ", ".join(part for part in (one, labels.parameters(member.group.used.parameters)) if part)
    clause = clause_of(member.group, finding)
    measured = f"{labels.interval(ratio)}{f', where it {clause.said}' if clause else ''}"
    return f"; the clearest of {len(members)} is with {place}: {measured}"


def _needed(members: Sequence[_Member]) -> str:
    needed = max((each.finding.more_passes or 0 for each in members), default=0)
    return f"; about {labels.plural(needed, 'more pass')} would decide all" if needed else ""


def _scaled(text: str, member: _Member) -> str:
    """Add what a variant answers that does not give the full answer on purpose: it is no rival of those that do."""
    other = _answers_otherwise(member)
    if other is None:
        return text
    what = f"something else ({labels.shortened(other, 80)})"
    if member.finding.contrast.question is Question.VARIANT:
        return f"{text}; it answers {what} and is shown for scale"
    return f"{text}; both answer {what} and are shown for scale"


def _answers_otherwise(member: _Member) -> str | None:
    """Return what a variant answers that is shown for scale; None of all others."""
    name, variants = member.finding.contrast.numerator.variant, member.group.scenario.variants
    return next((each.answers for each in variants if each.name == name and each.is_for_scale), None)
