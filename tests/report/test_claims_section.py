"""The claims on the page of a run."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import stored

from bench.report.claims.deciding import RULE
from bench.report.render import render


def section(folder: Path, **changes: dict[str, Any]) -> str:
    """Return the section of claims of a synthetic run on SQLite whose claims are changed, by their id."""
    run = stored.write(folder / "run", stored.Plan(backends=("sqlite",), parameters={"parents": [20]}, passes=4))
    record = json.loads((run / "run.json").read_text())
    for claim in record["scenarios"][0]["claims"]:
        claim.update(changes.get(claim["id"], {}))
    (run / "run.json").write_text(json.dumps(record))
    text = render(run, folder / "out").read_text(encoding="utf-8")
    return text[text.index('<section id="claims"') : text.index('<section id="making"')]


def test_a_claim_that_was_put_to_no_test_is_a_line_of_a_list(tmp_path: Path) -> None:
    """No table says "not measured" again and again; its number, which others link to, is the same."""
    check = {"kind": "faster", "variant": "selectin", "than": "joined", "times": 3.0, "where": ["parents=7"]}
    text = section(tmp_path, C102={"check": check})
    told, _, listed = text.partition("Claims that this run could not put to the test")
    assert re.findall(r'<h3 id="(claim-\d)">(C\d+)', told) == [("claim-1", "C14"), ("claim-3", "C19")]
    [line] = re.findall(r'<li id="claim-2">(.*)</li>', listed)
    said = "C102: selectin is 3x faster than joined. Not put to the test: this run has none of its parameters."
    assert line.split() == said.split()
    assert text.count("<table>") == 2
    assert "not measured" not in text


def test_who_says_it_stands_beside_a_claim_without_any_experiment(tmp_path: Path) -> None:
    """The run wrote it down; of a claim of the user's own nobody says anything."""
    saying = {"id": "C14", "text": "selectinload = 2 queries", "source": "the manual"}
    text = section(tmp_path, C14={"saying": saying})
    assert "Said by the manual: “selectinload = 2 queries”. Tested by" in text
    assert text.count("Said by") == 1


def test_a_run_that_put_all_its_claims_to_the_test_has_no_such_list(tmp_path: Path) -> None:
    """How claims are decided stands above them."""
    text = section(tmp_path)
    assert text.count('<h3 id="claim-') == 3
    assert "could not put to the test" not in text
    assert RULE.split("“")[0] in text


def test_how_a_claim_was_tested_is_said_once(tmp_path: Path) -> None:
    """A second claim that the same test decides leads to the first."""
    check = {"kind": "faster", "variant": "selectin", "than": "joined", "times": 3.0, "where": ["parents=20"]}
    text = section(tmp_path, C102={"check": check}, C19={"check": check})
    first, second = re.findall(r"Tested by [^\n]*</p>", text[text.index('id="claim-2"') :])
    assert ": the time of " in first
    assert second.endswith('</a>, <a href="#claim-2">as said above</a>.</p>')
