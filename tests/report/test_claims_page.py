"""The page of all claims says what runs found about each saying, and no more."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import stored

from bench.cli.claims import only, show_page
from bench.core.errors import UsageError
from bench.core.store import RunFolder
from bench.report import claims_page
from bench.report.analysis import Analysis, analyse
from bench.report.outcomes import Decision
from bench.report.results import load
from bench.report.sayings import Heard, hear

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "claims.md"
CLAIMED = re.search(r"^CLAIMED := (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
LARGEST_BYTES = 150_000
"""A page that is much longer nobody reads, and GitHub shows it slowly."""
HOSTILE = "a|b <script> [x](y)"
SPLIT_CODE = "`guides\n\n<b>at large`"
SAYINGS = [
    {"id": "C9", "text": "do not share `a_session`", "source": "guides", "chapter": "Sessions"},
    {"id": "C10", "text": HOSTILE, "source": SPLIT_CODE, "untested": "it is another framework", "chapter": "Others"},
    {"id": "C14", "text": "two statements", "source": "the manual", "chapter": "Sessions"},
]


def found(driver: str, *, upheld: bool | None, left_out: str | None = None) -> dict[str, Any]:
    """Return what came out on a driver of SQLite."""
    outcomes = [] if left_out else [{"outcome": 1, "words": f"as {driver}", "times": 1}]
    common = {"backend": "sqlite", "driver": driver, "outcomes": outcomes, "left_out": left_out}
    return common | {"expected": "1", "as_expected": upheld, "predicted": ["right"], "upheld": [upheld]}


def performed(folder: Path, name: str, *results: dict[str, Any]) -> Analysis:
    """Return a run with scenarios and one experiment."""
    stored.write(folder / name, stored.Plan(backends=("sqlite",), parameters={"parents": [20]}, passes=2))
    sharing = {
        "name": "sharing",
        "theme": "life",
        "question": "What happens?",
        "how": "Ask at once.",
        "explained": "The driver has a lock.",
        "claims": [{"id": "C9", "text": "it fails", "advice": "Do not share."}],
        "results": list(results),
    }
    record = {"format": 1, "sayings": SAYINGS, "experiments": [sharing]}
    RunFolder(folder / name).experiments.write_text(json.dumps(record))
    return analyse(load(folder / name))


def of(heard: list[Heard], claim_id: str) -> Heard:
    """Return what was heard of one saying."""
    return next(each for each in heard if each.saying.id == claim_id)


def test_of_a_test_in_several_runs_the_first_counts_that_could_perform_it(tmp_path: Path) -> None:
    """A run that left it out everywhere gives way to the next; two that performed it do not add up."""
    away = performed(tmp_path, "away", found("pysqlite", upheld=None, left_out="not here"))
    yes = performed(tmp_path, "yes", found("pysqlite", upheld=True))
    no = performed(tmp_path, "no", found("pysqlite", upheld=False))
    for runs, expected, run in (((away, yes, no), Decision.UPHELD, yes), ((no, yes), Decision.REFUTED, no)):
        sharing = of(hear(runs), "C9")
        assert sharing.tally == {expected: 1}
        assert [part.run for part in sharing.parts] == [run.run]


def test_what_nothing_tests_keeps_its_reason(tmp_path: Path) -> None:
    """It is in the list all the same."""
    heard = of(hear([performed(tmp_path, "run", found("pysqlite", upheld=True))]), "C10")
    assert (heard.tally, heard.reason) == ({}, "Not put to the test: it is another framework.")


def test_the_page_tells_verdicts_reasons_and_evidence(tmp_path: Path) -> None:
    """By chapter; the link leads to the place that the page of the run gives the claim."""
    run = performed(tmp_path, "run", found("pysqlite", upheld=True), found("aiosqlite", upheld=False))
    text = claims_page.page([run])
    [number] = [part.number for part in of(hear([run]), "C9").parts]
    assert "| [C9](#c9) | do not share `a_session` | depends |" in text
    assert "| Sessions | 2 | 0 |" in text
    assert "| Others | 1 | 1 | 0 | 0 | 0 | 0 |" in text
    link = f"[evidence](../reports/published/run/index.html#claim-{number})"
    assert f"- Tested by experiment sharing: Ask at once ({link})." in text
    assert "  - **depends**: it fails. Do not share." in text
    assert "    - upheld: SQLite pysqlite: as pysqlite" in text
    assert "    - refuted: SQLite aiosqlite: as aiosqlite; unexpected; claimed: right" in text
    assert "  - Unexpected in part: The driver has a lock." in text


def test_text_of_a_run_is_shown_as_text(tmp_path: Path) -> None:
    """No saying can open a tag, a link or a cell of a table, and no code runs over an empty line, where it ends."""
    text = claims_page.page([performed(tmp_path, "run", found("pysqlite", upheld=True))])
    assert "a\\|b \\<script\\> \\[x\\](y)" in text
    assert HOSTILE not in text
    assert " Said by `guides <b>at large`. " in text


def test_the_command_writes_the_page_of_several_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every other form of `ormbench claims` is about one run, and refuses more."""
    runs = [performed(tmp_path, name, found("pysqlite", upheld=True)) for name in ("one", "two")]
    show_page(["one", "two"], tmp_path)
    assert capsys.readouterr().out == claims_page.page(runs)
    assert only(["one"]) == "one"
    with pytest.raises(UsageError, match="only --markdown reads several"):
        only(["one", "two"])


def test_the_page_in_the_documentation_is_current() -> None:
    """It is what the published runs give that the Makefile names, in at most 150 KB; `make docs` writes it anew."""
    assert CLAIMED is not None
    runs = [ROOT / "results" / "published" / name for name in CLAIMED[1].split()]
    if missing := [run.name for run in runs if not (run / "run.json").is_file()]:
        pytest.skip(f"not published: {missing}")
    text = claims_page.page([analyse(load(run)) for run in runs])
    assert PAGE.read_text(encoding="utf-8") == text
    assert len(text.encode()) <= LARGEST_BYTES
