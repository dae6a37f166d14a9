"""Put one finding into one plain English sentence, with its ratio and interval."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.core.contrasts import Contrast, Question
from bench.core.drivers import DRIVERS, kinship
from bench.core.verdicts import Verdict
from bench.report import labels
from bench.report.answer.reasons import Clause, clause_of
from bench.report.findings.analysis import QUESTIONS, Finding, GroupResult

MOST = 4
"""Sentences of one kind at the head of a group; the table holds the others."""


def sentence(finding: Finding, backend: str, clause: Clause | None = None) -> str:
    """Return what the contrast says, `On PostgreSQL 18.6 with psycopg, joined takes 1.42x (1.38-1.46) ...`.

    Behind a colon stands what explains it; a count that only differs in the same direction stands behind a semicolon.
    """
    contrast, ratio = finding.contrast, finding.ratio
    subject, reference = sides(contrast)
    head = f"On {backend}{_condition(contrast)}"
    if ratio is None or finding.verdict is Verdict.NOT_VALID:
        return f"{head}, {subject} against {reference} is not valid and has no winner."
    measured = labels.interval(ratio)
    remark = remark_on(contrast)
    if finding.verdict is Verdict.EQUIVALENT:
        return f"{head}, there is {alike([finding])} between {subject} and {reference}{remark}: {measured}."
    if finding.verdict is Verdict.INCONCLUSIVE:
        return f"{head}, {subject} against {reference}{remark} is inconclusive at {measured}{more(finding)}."
    counted = f"{':' if clause.explains else ';'} it {clause.said}" if clause else ""
    return f"{head}, {subject} takes {measured} the time of {reference}{remark}{counted}."


def remark_on(contrast: Contrast) -> str:
    """Return in brackets what else differs between a sync and an async driver; empty where nothing need be said."""
    is_asked = contrast.question in (Question.MODE, Question.STACK)
    return between_modes(contrast.numerator.driver, contrast.denominator.driver) if is_asked else ""


def between_modes(awaited: str, blocking: str) -> str:
    """Return in brackets whether two drivers of different modes share their library or family."""
    if DRIVERS[awaited].library != DRIVERS[blocking].library:
        return " (two stacks: mode and library differ)"
    return f" ({kinship(awaited, blocking)})"


def alike(findings: Iterable[Finding]) -> str:
    """Return what equivalent means, `no detectable difference (equivalent within ±5 %)`; of several the widest band.

    What was shown is not that nothing differs, but that whatever does is smaller than the band.
    """
    return f"no detectable difference (equivalent within {_margin(findings)})"


def _margin(findings: Iterable[Finding]) -> str:
    return labels.margin(max((each.band for each in findings if each.band), key=lambda band: band.reach))


def sides(contrast: Contrast) -> tuple[str, str]:
    """Return what is compared and what it is compared with: two variants, or two drivers."""
    numerator, denominator = contrast.numerator, contrast.denominator
    if contrast.question is Question.VARIANT:
        return numerator.variant, denominator.variant
    return numerator.driver, denominator.driver


def more(finding: Finding) -> str:
    """Return how much more measuring would decide, as the end of a sentence."""
    if finding.more_passes is None:
        return ""
    return f": about {labels.plural(finding.more_passes, 'more pass')} would decide"


def of_group(group: GroupResult) -> list[str]:
    """Return the sentences at the head of a group: modes of the baseline, the widest gaps, and what stays open."""
    backend = labels.backend(group.backend)
    modes = [each for each in group.of(Question.MODE, Question.STACK) if _variant(each) == group.used.baseline]
    first = group.drivers[:1]
    variants = [each for each in group.of(Question.VARIANT) if each.contrast.numerator.driver in first]
    full = _full(group)
    variants.sort(key=lambda each: (_variant(each) not in full, -each.effect))
    chosen = [*modes[:MOST], *variants[:MOST]]
    return [*(sentence(finding, backend, clause_of(group, finding)) for finding in chosen), *still_open(group)]


def title(group: GroupResult) -> str:
    """Return the finding of a group as the title of its figure."""
    compared = group.of(*QUESTIONS)
    if compared and not any(each.ratio for each in compared):
        return "No valid comparison"
    full = _full(group)
    variants = [each for each in group.of(Question.VARIANT) if _variant(each) in full]
    clear = [each for each in stated(group) if each.contrast.question is Question.VARIANT]
    if clear:
        parts = [_clearest(group, max(clear, key=lambda each: each.effect))]
    else:
        is_open = any(each.ratio for each in variants)
        parts = [f"No variant clearly differs from {group.used.baseline}"] if is_open else []
    modes = [
        each
        for each in group.of(Question.MODE)
        if _variant(each) == group.used.baseline and each.verdict is not Verdict.NOT_VALID
    ]
    parts += [_short(finding, again=bool(clear)) for finding in modes[:1]]
    return "; ".join(parts) or ("No valid comparison of variants" if variants else "One variant alone")


def stated(group: GroupResult) -> list[Finding]:
    """Return what the title of a figure can state: clear findings on full answers, between variants and modes.

    Of the modes it is those of the baseline.
    """
    full = _full(group)
    return [
        each
        for each in group.of(Question.VARIANT, Question.MODE)
        if each.verdict in (Verdict.FASTER, Verdict.SLOWER)
        and _variant(each) in full
        and (each.contrast.question is Question.VARIANT or _variant(each) == group.used.baseline)
    ]


def _full(group: GroupResult) -> set[str]:
    return {variant.name for variant in group.variants if not variant.is_for_scale}


def _clearest(group: GroupResult, finding: Finding) -> str:
    """Return the finding with the ratios of every driver where all agree, and else with its own driver."""
    variant = _variant(finding)
    valid = [each for each in group.of(Question.VARIANT) if _variant(each) == variant and each.ratio]
    if len(valid) > 1 and any(each.verdict is not finding.verdict for each in valid):
        return f"{_short(finding)} with {finding.contrast.numerator.driver}"
    return _short(finding, [each.ratio.estimate for each in valid if each.ratio])


def _short(finding: Finding, estimates: Sequence[float] = (), *, again: bool = False) -> str:
    """Return the finding in a few words, in fewer where a ratio of times stands before it.

    Of two modes it names the variant: without it, the ratio would be taken for one of the group.
    """
    subject, reference = sides(finding.contrast)
    place = "" if finding.contrast.question is Question.VARIANT else f" with {_variant(finding)}"
    if finding.ratio is None or finding.verdict is Verdict.INCONCLUSIVE:
        return f"{subject} / {reference} inconclusive{place}"
    if finding.verdict is Verdict.EQUIVALENT:
        return f"{subject} within {_margin([finding])} of {reference}{place}"
    if again:
        return f"{subject} {labels.ratio(finding.ratio.estimate)} that of {reference}{place}"
    return f"{subject} takes {labels.ratios(estimates or [finding.ratio.estimate])} the time of {reference}{place}"


def _variant(finding: Finding) -> str:
    return finding.contrast.numerator.variant


def _condition(contrast: Contrast) -> str:
    if contrast.question is Question.VARIANT:
        return f" with {contrast.numerator.driver}"
    mode = DRIVERS[contrast.numerator.driver].mode
    both = f" (both {mode})" if contrast.question is Question.DRIVER else ""
    return f" for {contrast.numerator.variant}{both}"


def still_open(group: GroupResult) -> list[str]:
    """Return how many comparisons stay open, and about what would decide them; nothing where none does."""
    findings = group.of(Question.VARIANT, Question.MODE, Question.DRIVER, Question.STACK)
    undecided = [each for each in findings if each.verdict is Verdict.INCONCLUSIVE]
    if not undecided:
        return []
    needed = max((each.more_passes or 0 for each in undecided), default=0)
    ending = f"; about {labels.plural(needed, 'more pass')} would decide all of them" if needed else ""
    verb = "stays" if len(undecided) == 1 else "stay"
    return [f"{len(undecided)} of {labels.plural(len(findings), 'comparison')} {verb} inconclusive{ending}."]
