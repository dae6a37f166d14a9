"""The page of all claims says what runs found about each saying, and no more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import stored
from sqlalchemy import Column, Integer, MetaData, Table

from bench.cli.claims import at_hand, only, show_claims, show_page
from bench.core.claims import Claim, Faster
from bench.core.contract import Scenario, Variant
from bench.core.dataset import Dataset
from bench.core.discovery import discover, discover_sayings
from bench.core.errors import UsageError
from bench.core.experiments import Saying
from bench.core.store import RunFolder
from bench.report.claims import claims_page
from bench.report.claims.deciding import RULE
from bench.report.claims.outcomes import Decision
from bench.report.claims.sayings import Catalogue, Heard, hear
from bench.report.findings.analysis import Analysis, analyse
from bench.report.reading.checks import FasterCheck
from bench.report.reading.results import load
from bench.report.trust import assess

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
    link = f"[Tested](../reports/published/run/index.html#claim-{number})"
    assert f"- {link} by experiment sharing: Ask at once." in text
    assert "  - **depends**: it fails. Do not share." in text
    assert "    - upheld: SQLite pysqlite: as pysqlite" in text
    assert "    - refuted: SQLite aiosqlite: as aiosqlite; unexpected; claimed: right" in text
    assert "  - Unexpected with SQLite aiosqlite: The driver has a lock." in text


def test_an_explanation_stands_under_the_drivers_that_it_is_about(tmp_path: Path) -> None:
    """Where the surprise is another driver's nothing explains it; in older runs it is about all."""
    surprised = found("pysqlite", upheld=False)
    mine, other = (surprised | {"is_explained": is_explained} for is_explained in (True, False))
    both = claims_page.page([performed(tmp_path, "both", mine, found("aiosqlite", upheld=False))])
    assert "  - Unexpected with SQLite (all): The driver has a lock." in both
    one = claims_page.page([performed(tmp_path, "one", other, found("aiosqlite", upheld=False))])
    assert "  - Unexpected with SQLite aiosqlite: The driver has a lock." in one
    none = claims_page.page([performed(tmp_path, "none", other, found("aiosqlite", upheld=True))])
    assert "The driver has a lock" not in none
    assert "as pysqlite; unexpected" in none


def test_the_grade_of_each_run_stands_on_top(tmp_path: Path) -> None:
    """Whoever quotes from the page meets what the numbers are good for before the first of them."""
    run = performed(tmp_path, "run", found("pysqlite", upheld=True))
    text = claims_page.page([run])
    said = f"**How far to trust it:** `run`: {assess(run).text}"
    assert said.startswith("**How far to trust it:** `run`: Trust grade ")
    assert "median half width of " in said
    assert text.index(said) < text.index("| verdict |")


def test_text_of_a_run_is_shown_as_text(tmp_path: Path) -> None:
    """No saying can open a tag, a link or a cell of a table, and no code runs over an empty line, where it ends."""
    text = claims_page.page([performed(tmp_path, "run", found("pysqlite", upheld=True))])
    assert "a\\|b \\<script\\> \\[x\\](y)" in text
    assert HOSTILE not in text
    assert " Said by `guides <b>at large`. " in text


def test_drivers_that_counted_less_say_so(tmp_path: Path) -> None:
    """Beside one that counted all sets of parameters: what the others did not count, they do not uphold."""
    run = performed(tmp_path, "run", found("pysqlite", upheld=True))
    path = tmp_path / "run" / "run.json"
    data = json.loads(path.read_text())
    [claim] = [each for each in data["scenarios"][0]["claims"] if each["id"] == "C14"]
    claim["check"]["expected"]["parents=500"] = 2
    counts = [each for each in data["counts"] if each["case"]["driver"] == "pysqlite"]
    data["counts"] += [each | {"case": each["case"] | {"parameters": "parents=500"}} for each in counts]
    path.write_text(json.dumps(data))
    text = claims_page.page([analyse(load(run.run.folder))])
    assert "    - upheld: SQLite pysqlite" in text
    assert "    - upheld (tested at 1 of 2 parameter sets): SQLite aiosqlite" in text


def test_the_page_says_how_claims_on_time_are_decided(tmp_path: Path) -> None:
    """On top, and beside each of them which time stands over which, and what is claimed."""
    text = claims_page.page([performed(tmp_path, "run", found("pysqlite", upheld=True))])
    assert RULE in text
    assert ") by scenario loading: the time of joined over selectin, claimed: at least 3x." in text


def test_an_explanation_is_told_once(tmp_path: Path) -> None:
    """Where several tests have the same surprise, the second one points to the first."""
    run = performed(tmp_path, "run", found("pysqlite", upheld=False))
    record = json.loads(RunFolder(run.run.folder).experiments.read_text())
    again = record["experiments"][0] | {"name": "again", "how": "Ask twice.", "claims": [{"id": "C14", "text": "no"}]}
    record["experiments"].append(again)
    RunFolder(run.run.folder).experiments.write_text(json.dumps(record))
    text = claims_page.page([analyse(load(run.run.folder))])
    assert text.count("Unexpected with SQLite pysqlite: The driver has a lock.") == 1
    assert text.count("Unexpected with SQLite pysqlite: see [C9](#c9).") == 1


def test_all_drivers_of_all_databases_are_everywhere(tmp_path: Path) -> None:
    """A list of all of them would say no more; all of the only database are named by it."""
    plan = stored.Plan(backends=("sqlite", "mariadb"), parameters={"parents": [20]}, passes=2)
    text = claims_page.page([analyse(load(stored.write(tmp_path / "two", plan)))])
    assert "    - upheld: everywhere: 2 as predicted (parents=20)" in text
    alone = claims_page.page([performed(tmp_path, "run", found("pysqlite", upheld=True))])
    assert "    - upheld: SQLite (all): 2 as predicted (parents=20)" in alone


def test_underscores_within_words_are_written_as_they_are(tmp_path: Path) -> None:
    """They mark nothing there; at the edge of a word they would."""
    more = {"explained": "psycopg_async and _private_ and __init__"}
    run = performed(tmp_path, "run", found("pysqlite", upheld=False))
    record = json.loads(RunFolder(run.run.folder).experiments.read_text())
    record["experiments"][0] |= more
    RunFolder(run.run.folder).experiments.write_text(json.dumps(record))
    text = claims_page.page([analyse(load(run.run.folder))])
    assert "Unexpected with SQLite pysqlite: psycopg_async and \\_private\\_ and \\_\\_init\\_\\_" in text


def test_a_claim_tested_at_few_of_its_parameters_says_so(tmp_path: Path) -> None:
    """Beside the decision stands at how many sets of parameters it was come to."""
    run = performed(tmp_path, "run", found("pysqlite", upheld=True))
    path = run.run.folder / "run.json"
    data = json.loads(path.read_text())
    data["scenarios"][0]["claims"][1]["check"]["where"] = ["parents=20", "parents=30"]
    path.write_text(json.dumps(data))
    text = claims_page.page([analyse(load(run.run.folder))])
    assert "  - **refuted** (tested at 1 of 2 parameter sets): selectin is 3x faster than joined." in text


def test_a_surprise_that_an_older_run_does_not_explain_is_explained_by_the_catalogue(tmp_path: Path) -> None:
    """By the file of the same test, whatever words its reading has by now; another test explains nothing."""
    run = performed(tmp_path, "run", found("pysqlite", upheld=True))

    def told(times: float) -> str:
        claim = Claim(
            "C102", "in new words", Faster("selectin", "joined", times), expected="upheld", explained="It is cached."
        )
        return claims_page.page([run], Catalogue((), [scenario(claim)]))

    assert "  - Unexpected in part: It is cached." in told(3.0)
    assert "It is cached." not in told(2.0)


def test_a_reading_stands_under_the_saying_that_its_file_names_by_now(tmp_path: Path) -> None:
    """A run that was measured under another id gives its verdict to the saying that the reading is about today."""
    run = performed(tmp_path, "run", found("pysqlite", upheld=True))
    measured = of(hear([run]), "C102").parts[0].result
    assert isinstance(measured.claim.check, FasterCheck)
    moved = Claim("C14", measured.claim.text, Faster("selectin", "joined", 3.0))
    heard = hear([run], Catalogue((), [scenario(moved)]))
    assert "C102" not in {each.saying.id for each in heard}
    assert measured.claim.text in [part.result.claim.text for part in of(heard, "C14").parts]


def scenario(claim: Claim) -> Scenario:
    """Return a scenario by the name of the synthetic one that makes the claim."""

    def body(_db: object, key: int) -> list[int]:
        return [key]

    async def body_async(_db: object, key: int) -> list[int]:
        return [key]

    things = MetaData()
    Table("things", things, Column("id", Integer, primary_key=True))
    return Scenario(
        name="loading",
        variants=[Variant("selectin", body, body_async), Variant("joined", body, body_async)],
        baseline="selectin",
        dataset=Dataset("things", things, {"small": 1}, lambda _size, _seed: iter(())),
        key=lambda _parameters, _size, random: random.random(),
        claims=[claim],
    )


def test_a_run_without_experiments_has_the_sayings_of_the_checkout(tmp_path: Path) -> None:
    """Every saying is there with its source, those that nothing tests as well; a run of one's own files has none."""
    analysis = analyse(load(stored.write(tmp_path / "run", stored.Plan(backends=("sqlite",), parameters={}, passes=2))))
    heard = hear([analysis], at_hand())
    assert [each.saying for each in heard] == discover_sayings()
    assert of(heard, "C14").parts[0].result.origin.startswith("Said by guides: “selectin")
    assert of(heard, "C1").reason == "Not tested in this run."
    others = [Saying("other", "said elsewhere", "somebody")]
    assert {each.saying.id for each in hear([analysis], Catalogue(others))} == {"C14", "C102", "C19"}


def test_all_sayings_have_a_source_and_all_claims_a_saying() -> None:
    """What scenarios test is in the catalogue, so that nothing is shown without who says it."""
    sayings = {each.id: each for each in discover_sayings()}
    assert all(each.source for each in sayings.values())
    assert {claim.id for each in discover() for claim in each.claims} <= set(sayings)


def test_the_command_reads_several_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As page, as text and as data: of a test in several of them the first counts; --faults alone is about one."""
    runs = [
        performed(tmp_path, name, found("pysqlite", upheld=upheld)) for name, upheld in (("no", False), ("yes", True))
    ]
    show_page(["no", "yes"], tmp_path)
    assert capsys.readouterr().out == claims_page.page(runs, at_hand())
    show_claims(["no", "yes"], tmp_path, as_json=True)
    data = {each["id"]: each for each in json.loads(capsys.readouterr().out)}
    assert list(data) == ["C9", "C10", "C14", "C102", "C19"]
    assert (data["C9"]["decision"], data["C9"]["run"], data["C9"]["source"]) == ("refuted", "no", "guides")
    assert (data["C10"]["decision"], data["C10"]["saying"]) == ("not tested", HOSTILE)
    show_claims(["no", "yes"], tmp_path, as_json=False)
    text = capsys.readouterr().out
    assert "C9 it fails: refuted" in text
    assert "Not tested in these runs:\nC10 " in text
    assert only(["one"]) == "one"
    with pytest.raises(UsageError, match="--faults reads one"):
        only(["one", "two"])
