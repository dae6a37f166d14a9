"""A comparison as plain data for JSON."""

from __future__ import annotations

import math
from typing import Any

from bench.core.changes import Change
from bench.report.comparing.comparison import Comparison, Judged
from bench.report.comparing.gate import Outcome
from bench.report.findings.analysis import Analysis, CaseResult


def as_data(comparison: Comparison, outcome: Outcome | None) -> dict[str, Any]:
    """Return all that was compared, and the gate where there is one; times in ns, ratios as after over before."""
    return {
        "base": _run(comparison.base),
        "new": _run(comparison.new),
        "evidence": comparison.is_evidence,
        "differences": [
            {"what": each.what, "base": each.before, "new": each.after, "unlike": each.unlike}
            for each in comparison.differences
        ],
        "notes": list(comparison.notes),
        "verdicts": {str(word): count for word, count in comparison.tally.items()},
        "cases": [_case(each) for each in comparison.cases],
        "counts_compared": comparison.counts.compared,
        "counts": [
            {"case": each.case.id, "of": each.noun, "base": each.before, "new": each.after}
            for each in comparison.counts.changes
        ],
        "only_in_base": [case.id for case in comparison.only_base],
        "only_in_new": [case.id for case in comparison.only_new],
        "gate": None if outcome is None else _gate(outcome),
    }


def _run(analysis: Analysis) -> dict[str, Any]:
    run = analysis.run.manifest
    return {"id": run.id, "started": run.started, "command": run.command}


def _case(judged: Judged) -> dict[str, Any]:
    pair = judged.pair
    return {
        "case": pair.case.id,
        "verdict": str(judged.verdict),
        "relative_to": pair.reference.id if pair.reference else None,
        "weak": pair.weak,
        "change": _change(pair.change if pair.reference else None),
        "absolute": _change(pair.absolute),
        "base": _side(pair.before),
        "new": _side(pair.after),
        "void": pair.void,
    }


def _side(result: CaseResult) -> dict[str, Any]:
    return {"wall_ns": result.wall_ns, "passes": result.passes}


def _change(change: Change | None) -> dict[str, Any] | None:
    """Return a ratio with its interval; an end that is not known is null."""
    if change is None:
        return None
    ratio = change.ratio
    known = math.isfinite(ratio.interval.high)
    return {
        "ratio": ratio.estimate,
        "low": ratio.interval.low if known else None,
        "high": ratio.interval.high if known else None,
        "p_value": ratio.p_value,
    }


def _gate(outcome: Outcome) -> dict[str, Any]:
    return {
        "failed": outcome.failed,
        "limit": outcome.limits.slower,
        "times_held": outcome.times_held,
        "times_not_held": outcome.unclean + outcome.moved,
        "baseline_moved": outcome.moved,
        "counts_held": outcome.counts_held,
        "counts_one_sided": outcome.one_sided,
        "lost": outcome.lost,
        "lines": list(outcome.lines),
    }
