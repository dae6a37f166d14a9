"""The answer of a whole run in one sentence: what async takes of the time of sync, on each backend."""

from __future__ import annotations

from collections import Counter
from statistics import median

from bench.core.verdicts import Verdict
from bench.report import labels
from bench.report.answer import digest
from bench.report.answer.answers import answers, is_server
from bench.report.answer.load_sentences import headline as load_headline
from bench.report.claims.deciding import decide
from bench.report.findings.analysis import Analysis

NOTHING = "Nothing valid was measured."


def headline(analysis: Analysis) -> str:
    """Return the median of async over sync within one library or family, backend by backend, servers first.

    Of a run that has no library in both modes it is the first of its valid answers, then the first of its load, and
    of one that measured nothing what became of the claims.
    """
    parts: list[str] = []
    for used in sorted(analysis.run.manifest.backends, key=is_server, reverse=True):
        pairs = list(digest.pairs(group for group in analysis.groups if group.backend.label == used.label))
        if pairs:
            time = "" if parts else " the time of sync"
            parts.append(f"{labels.ratio(median(pair.ratio for pair in pairs))}{time} on {labels.backend(used)}")
    if parts:
        return f"Within one library or family, async takes at the median {labels.joined(parts)}."
    valid = (answer.text for answer in answers(analysis) if answer.verdict is not Verdict.NOT_VALID)
    return next(valid, None) or load_headline(analysis.load) or of_claims(analysis) or NOTHING


def of_claims(analysis: Analysis) -> str:
    """Return what the claims came to that were put to the test; empty of a run without experiments."""
    claims = decide(analysis) if analysis.run.experiments else []
    counts = Counter(each.decision for each in claims if each.is_tested)
    told = ", ".join(f"{number} {decision}" for decision, number in counts.most_common())
    return f"{labels.plural(counts.total(), 'reading')} of claims put to the test: {told}." if counts else ""


def tally(analysis: Analysis) -> str:
    """Return what the comparisons behind the headline came to; empty where it rests on none of them."""
    pairs = list(digest.pairs(analysis.groups))
    if not pairs:
        return ""
    spread = labels.ratios(pair.ratio for pair in pairs)
    counts = Counter(pair.verdict for pair in pairs)
    verdicts = ", ".join(f"{verdict} in {number}" for verdict, number in counts.most_common())
    return f"{labels.plural(len(pairs), 'comparison')} of async with sync ({spread}): {verdicts}."
