"""JUnit XML: one test case for each case of a run, and one for each claim.

A case fails where a proof or an operation failed; one whose passes are missing is skipped. Slower is no failure: that
is the business of a gate. A claim is a saying of others. It passes where the run decided it, whatever the decision, for
"refuted" is a finding and no defect; one left undecided is skipped. The elements and attributes are those of
junit-10.xsd, the schema of Jenkins' xunit plugin.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bench.core.xml_document import document
from bench.report.claims.deciding import decide
from bench.report.claims.decisions import ClaimResult
from bench.report.claims.outcomes import Decision
from bench.report.findings.analysis import Analysis
from bench.report.trust import assess

CLAIMS = "claims"
NS_PER_S = 1e9


@dataclass(frozen=True)
class _Test:
    name: str
    time_ns: float | None = None
    failure: tuple[str, str] | None = None
    """Which proof failed, and its words."""
    skipped: str | None = None
    said: str | None = None


@dataclass(frozen=True)
class _Suite:
    name: str
    classname: str
    tests: list[_Test]


def text(analysis: Analysis) -> str:
    """Return the XML; the time of a test case is the median of one operation, in seconds."""
    run = analysis.run.manifest
    root = ET.Element("testsuites", name=f"ormbench {run.id}{'' if run.profile.evidence else ' (not evidence)'}")
    facts = _facts(analysis)
    for suite in _suites(analysis):
        _write(root, suite, facts, run.started.removesuffix("Z"))
    return document(root)


def _suites(analysis: Analysis) -> Iterator[_Suite]:
    """Yield a suite for each scenario on each backend, and one of all claims."""
    suites: dict[str, _Suite] = {}
    for test in _cases(analysis):
        scenario, backend = _place(test.name)
        name = f"{scenario}@{backend}"
        suites.setdefault(name, _Suite(name, f"{backend}.{scenario}", [])).tests.append(test)
    yield from suites.values()
    claims = [_claim(each) for each in decide(analysis)]
    if claims:
        yield _Suite(CLAIMS, CLAIMS, claims)


def _place(case_id: str) -> tuple[str, str]:
    """Return scenario and backend of a case, which its id begins and ends with."""
    return case_id.partition("/")[0], case_id.rpartition("@")[2].rpartition("+")[0]


def _facts(analysis: Analysis) -> dict[str, str]:
    run = analysis.run.manifest
    return {
        "run": run.id,
        "profile": run.profile.name,
        "evidence": str(run.profile.evidence).lower(),
        "trust": assess(analysis).grade,
        "seed": str(run.seed),
    }


def _cases(analysis: Analysis) -> Iterator[_Test]:
    """Yield every case that was proved, timed, or failed a proof."""
    run = analysis.run.manifest
    failures: dict[str, list[tuple[str, str]]] = {}
    for each in run.failures:
        failures.setdefault(each.case, []).append((each.stage, each.message))
    timed = {name: result for group in analysis.groups for name, result in group.cases.items()}
    for name in dict.fromkeys([*timed, *(count.case.id for count in run.counts), *failures]):
        result = timed.get(name)
        if name in failures:
            stages, messages = zip(*failures[name], strict=True)
            yield _Test(name, failure=(stages[0], "\n".join(messages)))
        else:
            yield _Test(name, result.wall_ns if result else None, skipped=result.void if result else None)


def _claim(result: ClaimResult) -> _Test:
    claim, decision = result.claim, result.decision
    evidence = [f"{each.backend} {drivers}: {each.decision}, {each.evidence}" for drivers, each in result.alike]
    name = f"{result.scenario}/{claim.id}: {claim.text}"
    skipped = f"undecided. {result.why_open}" if decision is Decision.UNDECIDED else None
    return _Test(name, skipped=skipped, said="\n".join([str(decision), *evidence]))


def _write(root: ET.Element, suite: _Suite, facts: Mapping[str, str], timestamp: str) -> None:
    element = ET.SubElement(
        root,
        "testsuite",
        name=suite.name,
        tests=str(len(suite.tests)),
        failures=str(sum(test.failure is not None for test in suite.tests)),
        errors="0",
        skipped=str(sum(test.skipped is not None for test in suite.tests)),
        timestamp=timestamp,
    )
    properties = ET.SubElement(element, "properties")
    for fact, value in facts.items():
        ET.SubElement(properties, "property", name=fact, value=value)
    for test in suite.tests:
        _write_test(element, suite.classname, test)


def _write_test(suite: ET.Element, classname: str, test: _Test) -> None:
    element = ET.SubElement(suite, "testcase", name=test.name, classname=classname)
    if test.time_ns is not None:
        element.set("time", f"{test.time_ns / NS_PER_S:.9f}")
    if test.failure:
        stage, message = test.failure
        first = message.partition("\n")[0]
        ET.SubElement(element, "failure", type=stage, message=first).text = message
    if test.skipped is not None:
        ET.SubElement(element, "skipped", message=test.skipped)
    if test.said:
        ET.SubElement(element, "system-out").text = test.said
