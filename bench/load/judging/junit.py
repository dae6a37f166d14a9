"""Thresholds as JUnit XML, which CI servers show as tests."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence

from bench.core.load_plan import Model
from bench.core.xml_document import document
from bench.load.judging.conditions import DROPPED, ERRORS, Judgement, Outcome
from bench.load.judging.thresholds import Result
from bench.load.reading.cells import Cell
from bench.load.reading.readings import ALL


def junit_xml(results: Sequence[Result]) -> str:
    """Return a suite in which each condition of a threshold is one test case in each cell; not judged is skipped."""
    outcomes = [each.judgement.outcome for each in results]
    suite = ET.Element(
        "testsuite",
        name="ormbench load thresholds",
        tests=str(len(results)),
        failures=str(outcomes.count(Outcome.FAILED)),
        errors="0",
        skipped=str(outcomes.count(Outcome.NOT_JUDGED)),
    )
    for each in results:
        _write(suite, each)
    root = ET.Element("testsuites")
    root.append(suite)
    return document(root)


def _write(suite: ET.Element, result: Result) -> None:
    judgement = result.judgement
    place = "" if result.cell is None else f" [{_place(result.cell)}, {result.endpoint}]"
    name = f"{result.threshold.scope or ALL}: {judgement.condition.text}{place}"
    case = ET.SubElement(suite, "testcase", classname="ormbench.load", name=name)
    if judgement.outcome is Outcome.NOT_JUDGED:
        ET.SubElement(case, "skipped", message=judgement.reason)
    elif judgement.outcome is Outcome.FAILED:
        found = _value(judgement) if judgement.value is not None else f"{judgement.condition.metric} without a value"
        message = f"{found} is not {judgement.condition.text}"
        ET.SubElement(case, "failure", message=f"{message}: {judgement.reason}" if judgement.reason else message)


def _place(cell: Cell) -> str:
    level = f"{cell.level:g} users" if cell.model is Model.CLOSED else f"{cell.level:g}/s"
    return f"{cell.subject.id}, {level}"


def _value(judgement: Judgement) -> str:
    value, metric = judgement.value or 0.0, judgement.condition.metric
    return f"{metric} of {value:.3%}" if metric in (ERRORS, DROPPED) else f"{metric} of {value / 1e6:.4g} ms"
