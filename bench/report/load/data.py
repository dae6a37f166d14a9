"""The load part of a run as plain data for JSON: what the sentences and tables of the report say, for scripts."""

from __future__ import annotations

import math
from typing import Any

from bench.core.histograms import Histogram
from bench.core.load_plan import Model, Subject
from bench.core.verdicts import Verdict
from bench.load.judging.comparing import Comparison
from bench.load.judging.thresholds import Result
from bench.load.reading.cells import Cell
from bench.report.answer import load_sentences as sentences
from bench.report.findings.analysis import Analysis
from bench.report.findings.load import pressure
from bench.report.findings.load.analysis import Block, LoadAnalysis
from bench.report.load import tables
from bench.report.trust import Trust


def as_data(analysis: Analysis, load: LoadAnalysis, trust: Trust) -> dict[str, Any]:
    """Return answers, cells, comparisons, knees and thresholds.

    Times are in ns, rates per s, shares of 1; what is not known is null, a percentile with too few requests too.
    """
    run, manifest = analysis.run.manifest, load.run.manifest
    return {
        "id": run.id,
        "started": run.started,
        "command": run.command,
        "finished": manifest.finished,
        "failures": list(manifest.failures),
        "trust": {
            "grade": trust.grade,
            "evidence": trust.evidence,
            "doubts": [{"code": each.code, "text": each.text} for each in trust.doubts],
        },
        "backend": None if manifest.backend is None else f"{manifest.backend.kind} {manifest.backend.version}".strip(),
        "ceiling_per_s": manifest.ceiling_per_s,
        "answers": {pair: sentences.at_the_top(load, pair) for pair in load.pairs},
        "cells": [_cell(block, each) for block in load.blocks for each in block.cells],
        "comparisons": [_comparison(block, each) for block in load.blocks for each in block.comparisons],
        "knees": [_subject(each.subject) | _knee(each.knee.as_data()) for each in load.searches],
        "thresholds": [_threshold(each) for each in tables.judged(load)],
    }


def _subject(subject: Subject) -> dict[str, Any]:
    return {"pair": subject.pair, "side": subject.side, "setting": dict(subject.setting)}


def _cell(block: Block, cell: Cell) -> dict[str, Any]:
    mean, is_open = cell.throughput, cell.model is Model.OPEN
    vitals = [vital for reading in block.readings for vital in reading.vitals]
    lag = pressure.lag(cell.windows, vitals)
    return {
        **_subject(cell.subject),
        "is_twin": cell.subject.twin_of is not None,
        "purpose": str(block.purpose),
        "model": str(cell.model),
        "level": cell.level,
        "rounds": len(cell.windows),
        "ok": cell.total.ok,
        "errors": dict(cell.total.errors),
        "throughput_per_s": mean.estimate,
        **_ends(mean.interval.low, mean.interval.high),
        "service_ns": _percentiles(cell.total.service),
        "response_ns": _percentiles(cell.total.response) if is_open else None,
        "scheduled": cell.scheduled if is_open else None,
        "dropped": cell.dropped if is_open else None,
        "late": cell.late if is_open else None,
        "loop_lag_ns": None if lag is None else {"mean": lag.mean_s * 1e9, "worst": lag.worst_s * 1e9},
        "marks": sorted({str(mark.kind) for marks in cell.marks for mark in marks}),
    }


def _percentiles(times: Histogram) -> dict[str, float | None]:
    return {name: times.percentile_ns(percent) for name, percent in zip(tables.TIMES, tables.PERCENTS, strict=True)}


def _comparison(block: Block, each: Comparison) -> dict[str, Any]:
    """Return a comparison, its ratio as people say it: of answers per s or of a time; none where it may not be told."""
    ratio = None
    if each.ratio is not None and each.verdict is not Verdict.NOT_VALID:
        ratio = sentences.shown(each.metric, each.ratio)
    return {
        "purpose": str(block.purpose),
        "kind": str(each.kind),
        "metric": str(each.metric),
        "model": str(each.model),
        "level": each.level,
        "of": _subject(each.numerator),
        "over": _subject(each.denominator),
        "ratio": None if ratio is None else ratio.estimate,
        **({"low": None, "high": None} if ratio is None else _ends(ratio.interval.low, ratio.interval.high)),
        "verdict": str(each.verdict),
        "rounds": each.rounds,
        "left_out": each.left_out,
    }


def _ends(low: float, high: float) -> dict[str, float | None]:
    """Return the ends of an interval; of one that holds everything neither is known."""
    known = math.isfinite(high)
    return {"low": low if known else None, "high": high if known else None}


def _knee(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name != "subject"}


def _threshold(result: Result) -> dict[str, Any]:
    judgement, cell = result.judgement, result.cell
    place = {} if cell is None else {**_subject(cell.subject), "model": str(cell.model), "level": cell.level}
    return {
        "threshold": result.threshold.text,
        "condition": judgement.condition.text,
        "where": place or None,
        "endpoint": None if cell is None else result.endpoint,
        "value": judgement.value,
        "outcome": str(judgement.outcome),
        "reason": judgement.reason,
    }
