"""What each verdict means, with the margins and the numbers of comparisons that a run had."""

from __future__ import annotations

from dataclasses import dataclass

from bench.core.contrasts import Question
from bench.core.verdicts import ALPHA, FLOOR_CAP, MARGIN, Verdict
from bench.report import labels
from bench.report.findings.analysis import QUESTIONS, Analysis

HEADING = "What the verdicts mean"


@dataclass(frozen=True)
class Meaning:
    """One or two verdicts and the rule by which they are given."""

    words: str
    rule: str


def meanings(analysis: Analysis) -> list[Meaning]:
    """Return the rules in the order in which a reader meets the words; none of a run that timed nothing."""
    if not analysis.groups and analysis.load is None:
        return []
    return [
        Meaning(
            f"{Verdict.FASTER}, {Verdict.SLOWER}",
            f"the 95 % interval leaves out 1, and its p-value stays below {ALPHA * 100:.0f} % after Holm's correction "
            f"for the number of comparisons in a family. {_families(analysis)} The chance of even one wrong call in a "
            f"family is at most {ALPHA * 100:.0f} %. "
            "It is as if each interval were widened for their number: of two ratios whose intervals leave out 1 the "
            "one with the narrower interval can be decided and the other not.",
        ),
        Meaning(
            Verdict.EQUIVALENT,
            f"the whole interval lies within ±{MARGIN * 100:g} % or, where that is wider, within what the A/A twins of "
            f"the same drivers reach, up to ±{FLOOR_CAP * 100:g} %{_margins(analysis)}: whatever differs is too little "
            "to matter. This is asked first, so an interval that leaves out 1 by less is equivalent too.",
        ),
        Meaning(
            Verdict.INCONCLUSIVE,
            "neither: the interval is too wide to tell, by itself or among so many comparisons. It is no finding that "
            "nothing differs.",
        ),
        Meaning(Verdict.NOT_VALID, "a proof failed or nothing usable was measured; there is no winner."),
    ]


def _families(analysis: Analysis) -> str:
    """Return what is corrected together, in a sentence.

    See `findings.analysis`, `against.judging` and `bench.load.judging.comparing`.
    """
    sizes = [
        sum(each.ratio is not None and each.contrast.question is not Question.NOISE for each in group.findings)
        for group in analysis.groups
    ]
    families = []
    if sizes:
        here = f"{min(sizes)}" if min(sizes) == max(sizes) else f"{min(sizes)} to {max(sizes)}"
        families.append(f"all comparisons of a group ({here} here)")
    if analysis.run.second is not None:
        families.append("all cases of the two sides of the run")
    if analysis.load is not None:
        families += ["under load, sync against async in what is asked first", "all else under load"]
    return f"{'A family is' if len(families) == 1 else 'Families are'} {'; '.join(families)}."


def _margins(analysis: Analysis) -> str:
    """Return the margins that the run had: they follow its A/A twins."""
    bands = [each.band for each in analysis.findings(*QUESTIONS) if each.band]
    return f" (here {labels.margins(bands)})" if bands else ""
