"""JUnit XML, held against the rules of junit-10.xsd."""

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import stored

from bench.export import junit
from bench.report.findings.analysis import Analysis, analyse
from bench.report.reading.records import Failure
from bench.report.reading.results import load


@dataclass(frozen=True)
class Rule:
    """What the schema allows of one element."""

    children: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    text: bool = False


def rule(children: str = "", required: str = "", optional: str = "", *, text: bool = False) -> Rule:
    """Return a rule from names with spaces between."""
    return Rule(frozenset(children.split()), frozenset(required.split()), frozenset(optional.split()), text)


OUTCOME = rule(optional="type message", text=True)
SCHEMA = {
    "testsuites": rule("testsuite", optional="name time tests failures errors"),
    "testsuite": rule(
        "testsuite properties testcase system-out system-err",
        "name tests failures errors",
        "group time skipped timestamp hostname id package file log url",
    ),
    "properties": rule("property"),
    "property": rule(required="name value"),
    "testcase": rule("skipped error failure system-out system-err", "name", "time classname group"),
    "skipped": OUTCOME,
    "error": OUTCOME,
    "failure": OUTCOME,
    "system-out": rule(text=True),
    "system-err": rule(text=True),
}
"""The elements of junit-10.xsd in Jenkins' xunit plugin, without those for tests that are run again."""


def assert_valid(element: ET.Element) -> None:
    """Hold an element and all below it against the schema."""
    allowed = SCHEMA[element.tag]
    assert {child.tag for child in element} <= allowed.children
    assert allowed.required <= set(element.attrib) <= allowed.required | allowed.optional
    assert allowed.text or not (element.text or "").strip()
    for child in element:
        assert_valid(child)


def read(analysis: Analysis) -> ET.Element:
    """Return the root of what was written."""
    return ET.fromstring(junit.text(analysis))  # noqa: S314 - our own output


def suites(analysis: Analysis) -> dict[str, ET.Element]:
    """Return the suites by name, from XML that keeps to the schema and counts right."""
    root = read(analysis)
    assert_valid(root)
    assert root.tag == "testsuites"
    found = {suite.attrib["name"]: suite for suite in root}
    for suite in found.values():
        assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))
        assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure"))
        assert int(suite.attrib["skipped"]) == len(suite.findall("testcase/skipped"))
    return found


def test_a_case_is_a_test_and_a_failed_proof_its_failure(analysis: Analysis) -> None:
    """Every case of the run is there once, in the suite of its scenario and backend, and slower is no failure."""
    found = suites(analysis)
    assert set(found) == {"loading@sqlite", "loading@postgresql", "claims"}
    names = [test.attrib["name"] for name in ("loading@sqlite", "loading@postgresql") for test in found[name]
             if test.tag == "testcase"]  # fmt: skip
    assert sorted(names) == sorted(name for group in analysis.groups for name in group.cases)
    [failed] = [
        test for suite in found.values() for test in suite.findall("testcase") if test.find("failure") is not None
    ]
    assert failed.attrib["name"] == "loading/parents=20[joined]@sqlite+pysqlite"
    failure = failed.find("failure")
    assert failure is not None
    assert failure.attrib["type"] == "same answer"
    assert "row 3 differs" in failure.attrib["message"]


def test_the_time_of_a_test_is_the_median_in_seconds(analysis: Analysis) -> None:
    """What was not timed has none."""
    timed = {name: result.wall_ns for group in analysis.groups for name, result in group.cases.items()}
    for test in suites(analysis)["loading@sqlite"].findall("testcase"):
        wall_ns = timed[test.attrib["name"]]
        assert ("time" in test.attrib) == (wall_ns is not None)
        if wall_ns is not None:
            assert float(test.attrib["time"]) == pytest.approx(wall_ns / 1e9, abs=1e-9)


def test_a_refuted_claim_is_a_finding_and_an_undecided_one_is_skipped(tmp_path: Path) -> None:
    """No claim fails; what it came to, and on what evidence, is its output."""
    plan = stored.Plan(backends=("sqlite",), parameters={"parents": [20]}, passes=1)
    claims = {
        test.attrib["name"].partition(":")[0]: test
        for test in suites(analyse(load(stored.write(tmp_path / "run", plan))))["claims"].findall("testcase")
    }
    assert list(claims) == ["loading/C14", "loading/C102", "loading/C19"]
    assert claims["loading/C14"].findtext("system-out", "").startswith("upheld\nSQLite 3.45.1 pysqlite, aiosqlite")
    skipped = claims["loading/C102"].find("skipped")
    assert skipped is not None
    assert skipped.attrib["message"].startswith("undecided. Of 2 comparisons: 2 without an interval")


def test_a_case_whose_passes_are_missing_is_skipped(tmp_path: Path) -> None:
    """Nothing went wrong with it, and nothing is known of it."""
    plan = stored.Plan(parameters={}, passes=1, skip_units=("pass01-postgresql",))
    found = suites(analyse(load(stored.write(tmp_path / "run", plan))))
    assert found["loading@postgresql"].attrib["skipped"] == found["loading@postgresql"].attrib["tests"] == "28"
    assert found["loading@sqlite"].attrib["skipped"] == "0"


def test_a_case_that_was_never_timed_is_in_its_suite(analysis: Analysis) -> None:
    """A proof that failed outside of the timed groups is told too, with all that was said of it."""
    case = "loading/parents=500[joined]@sqlite+aiosqlite"
    failures = (Failure(case, "operation", "TypeError: no"), Failure(case, "same SQL", "other SQL"))
    manifest = replace(analysis.run.manifest, failures=failures)
    found = suites(replace(analysis, run=replace(analysis.run, manifest=manifest)))
    [failure] = found["loading@sqlite"].findall(f"testcase[@name='{case}']/failure")
    assert (failure.attrib["type"], failure.text) == ("operation", "TypeError: no\nother SQL")


def test_a_smoke_run_says_that_it_is_no_evidence(smoke: Analysis) -> None:
    """The name of the whole says it, and a property of every suite."""
    assert read(smoke).attrib["name"].endswith("(not evidence)")
    for suite in suites(smoke).values():
        assert suite.findall("properties/property[@name='evidence'][@value='false']")


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    """Markup is escaped, and what XML cannot hold is replaced."""
    text = "]]></failure><error/>&amp;\"'\x00\x1b[31m\ufffe"
    plan = stored.Plan(parameters={}, passes=1, text=text, fail=("[joined]@sqlite+pysqlite",))
    analysis = analyse(load(stored.write(tmp_path / "run", plan)))
    [failure] = suites(analysis)["loading@sqlite"].findall("testcase/failure")
    assert failure.attrib["message"].endswith("]]></failure><error/>&amp;\"'\ufffd\ufffd[31m\ufffd")
    assert not re.search("[\x00\x1b\ufffe]", junit.text(analysis))
