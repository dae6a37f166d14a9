"""The answer of a whole run: comparisons of one kind gathered into one sentence, the most interesting first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bench.core.contrasts import Question
from bench.core.verdicts import Verdict
from bench.report import labels
from bench.report.analysis import QUESTIONS, Analysis, Finding, GroupResult
from bench.report.reasons import reason
from bench.report.sentences import REMARKS, sentence, sides

HEADINGS = {
    Question.MODE: "Sync or async, one library in both modes",
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
    less: bool = False
    """Whether the variant answers less and stands there for scale."""


@dataclass(frozen=True)
class _Member:
    finding: Finding
    group: GroupResult


def answers(analysis: Analysis) -> list[Answer]:
    """Return one answer a pair and backend, ordered by question and, within it, by how far from equal."""
    bundles: dict[tuple[str, str, Question, str, str], list[_Member]] = {}
    for group in analysis.groups:
        for finding in group.of(*QUESTIONS):
            question = finding.contrast.question
            key = (group.scenario.name, group.backend.label, question, *sides(finding.contrast))
            bundles.setdefault(key, []).append(_Member(finding, group))
    several = len({scenario for scenario, *_ in bundles}) > 1
    found = [_answer(key[0], members, named=several) for key, members in bundles.items()]
    order = list(HEADINGS)
    return sorted(found, key=lambda each: (order.index(each.question), each.less, -each.effect))


def _answer(scenario: str, members: Sequence[_Member], *, named: bool) -> Answer:
    """Return the answer of one pair, with the scenario's name before it where the run has others."""
    backend = labels.backend(members[0].group.backend)
    question = members[0].finding.contrast.question
    effects = sorted(member.finding.effect for member in members)
    text = _single(members[0], backend) if len(members) == 1 else _several(members, backend)
    common = Counter(member.finding.verdict for member in members).most_common(1)[0][0]
    text = f"{scenario}: {text}" if named else text
    return Answer(scenario, backend, question, text, effects[len(effects) // 2], common, _less(members[0]) is not None)


def _single(member: _Member, backend: str) -> str:
    said = sentence(member.finding, backend, reason(member.group, member.finding))
    return _scaled(said.removesuffix("."), member) + "."


def _several(members: Sequence[_Member], backend: str) -> str:
    first = members[0].finding.contrast
    subject, reference = sides(first)
    remark = f" ({REMARKS[first.question]})" if first.question in REMARKS else ""
    head = f"On {backend}, {subject} "
    valid = [member for member in members if member.finding.ratio is not None]
    if not valid:
        return f"{head}against {reference}{remark} has no valid comparison among {len(members)}."
    values = [member.finding.ratio.estimate for member in valid if member.finding.ratio is not None]
    spread = _spread(min(values), max(values))
    verdicts = {member.finding.verdict for member in members}
    if verdicts == {Verdict.EQUIVALENT}:
        said = f"On {backend}, there is no detectable difference between {subject} and {reference}{remark}"
        return _scaled(f"{said} in all {len(members)} comparisons ({spread})", members[0]) + "."
    if verdicts == {Verdict.INCONCLUSIVE}:
        said = f"{head}against {reference}{remark} is inconclusive in all {len(members)} comparisons ({spread})"
        return _scaled(f"{said}{_needed(members)}", members[0]) + "."
    ending = f"{_tally(members)}{_furthest(valid)}"
    return _scaled(f"{head}takes {spread} the time of {reference}{remark}: {ending}", members[0]) + "."


def _spread(low: float, high: float) -> str:
    first, last = labels.ratio(low), labels.ratio(high)
    return first if first == last else f"{first} to {last}"


def _tally(members: Sequence[_Member]) -> str:
    counts = Counter(member.finding.verdict for member in members)
    words = {Verdict.EQUIVALENT: "no detectable difference"}
    if len(counts) == 1:
        verdict = next(iter(counts))
        return f"{words.get(verdict, verdict)} in all {len(members)} comparisons"
    parts = [f"{words.get(verdict, verdict)} in {number}" for verdict, number in counts.most_common()]
    return f"{', '.join(parts)} of {len(members)} comparisons"


def _furthest(members: Sequence[_Member]) -> str:
    """Name the comparison whose interval is furthest from 1, with the interval."""
    decided = [each for each in members if each.finding.verdict in (Verdict.FASTER, Verdict.SLOWER)]
    member = max(decided or members, key=lambda each: each.finding.effect)
    finding, ratio = member.finding, member.finding.ratio
    if ratio is None or not decided:
        return _needed(members)
    numerator = finding.contrast.numerator
    one = numerator.driver if finding.contrast.question is Question.VARIANT else numerator.variant
    place = ", ".join(part for part in (one, labels.parameters(member.group.used.parameters)) if part)
    why = reason(member.group, finding)
    return f"; clearest with {place}: {labels.interval(ratio)}{f', where it {why}' if why else ''}"


def _needed(members: Sequence[_Member]) -> str:
    needed = max((each.finding.more_passes or 0 for each in members), default=0)
    return f"; about {labels.plural(needed, 'more pass')} would decide all" if needed else ""


def _scaled(text: str, member: _Member) -> str:
    """Add what a variant leaves out on purpose: it is no rival of those that give the full answer."""
    less = _less(member)
    return text if less is None else f"{text}; it answers less ({labels.shortened(less, 80)}) and is shown for scale"


def _less(member: _Member) -> str | None:
    contrast = member.finding.contrast
    for variant in member.group.variants if contrast.question is Question.VARIANT else ():
        if variant.name == contrast.numerator.variant and variant.answers_less:
            return variant.answers
    return None
