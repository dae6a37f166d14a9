"""The documentation does what it says."""

from __future__ import annotations

import json
import re
from io import StringIO
from pathlib import Path
from typing import cast

import pytest
from rich.console import Console
from sqlalchemy import text

from bench.calibrate.summary import cost_table, scores_table
from bench.cli.catalogue import catalogue
from bench.core.discovery import discover
from bench.ladder.table import show
from bench.servers.fleet import availability, open_servers
from bench.servers.given import connected
from tests.cli.command import Ormbench, shown

ROOT = Path(__file__).parents[2]
SMOKE = ("--profile", "smoke", "--passes", "1")
EXAMPLE = re.compile(r"```python\n(.*?)```", re.DOTALL)


@pytest.fixture
def books(tmp_path: Path) -> Path:
    """Return the file that docs/add-a-scenario.md shows, as it is printed."""
    guide = (ROOT / "docs" / "add-a-scenario.md").read_text(encoding="utf-8")
    [text] = EXAMPLE.findall(guide)
    file = tmp_path / "books.py"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_scenario_of_the_guide_passes_its_proofs(ormbench: Ormbench, books: Path) -> None:
    """The whole file in docs/add-a-scenario.md passes as it is printed."""
    ended = ormbench.here("check", "--scenario", books, "--backend", "sqlite")
    assert (ended.code, ended.err) == (0, "")
    assert "4 cases in 1 groups: all do the same work." in ended.out


def test_the_claims_of_the_guide_are_decided(ormbench: Ormbench, books: Path) -> None:
    """A run of that file decides its exact claim, and `ormbench claims` shows it with its evidence."""
    ended = ormbench("run", "--scenario", books, "--backend", "sqlite", *SMOKE)
    assert (ended.code, ended.err) == (0, "")
    decided = {claim["id"]: claim for claim in json.loads(ormbench.here("claims", "--json").out)}
    assert decided["mine-2"]["decision"] == "upheld"
    assert [each["driver"] for each in decided["mine-2"]["drivers"]] == ["pysqlite", "aiosqlite"]
    assert "mine-1 one column is faster than entities" in ormbench.here("claims").out


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_the_scenario_of_the_guide_runs_on_a_given_server(ormbench: Ormbench, books: Path, kind: str) -> None:
    """A stranger's file with its own models is proved and timed on a server of the user's own, and leaves nothing."""
    missing = next((each.detail for each in availability() if each.kind == kind and not each.available), None)
    if missing:
        pytest.skip(missing)
    with open_servers([kind], []) as fleet:
        ended = ormbench.here("run", "--scenario", books, "--url", shown(fleet.servers[0].url), *SMOKE)
        with connected(fleet.servers[0].url) as connection:
            schemas = connection.scalars(text("SELECT schema_name FROM information_schema.schemata")).all()
    assert (ended.code, ended.err) == (0, "")
    assert "index.html" in ended.out
    assert "ormbench_books" not in schemas
    record = json.loads(next(ormbench.results.glob("*/run.json")).read_text(encoding="utf-8"))
    assert [(each["kind"], each["origin"]) for each in record["backends"]] == [(kind, "given")]
    assert record["failures"] == []


def test_the_catalogue_page_is_current() -> None:
    """docs/scenarios.md says what the scenario files say; `make docs` writes it anew."""
    assert (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8") == catalogue(discover())


LINKED = ["README.md", "CONTRIBUTING.md", *(f"docs/{file.name}" for file in (ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("name", LINKED)
def test_links_lead_somewhere(name: str) -> None:
    """Every relative link and picture of the documentation exists."""
    page = ROOT / name
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_the_speed_of_the_app_is_what_its_run_says() -> None:
    """docs/target-app-speed.md shows the tables of the published ladder as `--show` prints them."""
    record = json.loads((ROOT / "results" / "published" / "ladder" / "ladder.json").read_text(encoding="utf-8"))
    console = Console(file=StringIO(), width=80, color_system=None)
    show(record, console)
    said = [line.rstrip() for line in cast("StringIO", console.file).getvalue().strip().splitlines()]
    page = (ROOT / "docs" / "target-app-speed.md").read_text(encoding="utf-8")
    assert "\n".join(said) in page


def test_commands_of_the_readme_exist(ormbench: Ormbench) -> None:
    """Every `ormbench` and `make` command that the README shows is one."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = set(re.findall(r"^\$ ormbench (\w+)", readme, re.MULTILINE))
    help_text = ormbench.here("--help").out
    assert commands <= set(re.findall(r"^  (\w+) ", help_text, re.MULTILINE))
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"^\$ make (\w+)", readme, re.MULTILINE)) <= targets


def test_the_methodology_quotes_the_kept_calibration() -> None:
    """The tables about the harness are those that the published calibration gives."""
    kept = ROOT / "results" / "published" / "calibration" / "calibration.json"
    judged = json.loads(kept.read_text(encoding="utf-8"))
    methodology = (ROOT / "docs" / "methodology.md").read_text(encoding="utf-8")
    assert scores_table(judged) in methodology
    assert cost_table(judged) in methodology


def test_the_published_calibration_meets_its_targets() -> None:
    """Coverage, power and cost of the harness are what the project promises, on 200 groups or more."""
    kept = ROOT / "results" / "published" / "calibration" / "calibration.json"
    judged = json.loads(kept.read_text(encoding="utf-8"))
    assert judged["harness"]["groups"] >= 200
    assert judged["harness"]["coverage"] >= 0.93
    assert judged["harness"]["power"] >= 0.90
    costs, gets = judged["overhead"]["empty_operation_ns"], judged["overhead"]["get_by_key_ns"]
    assert max(costs.values()) < 1_000
    assert max(costs["sync"], costs["async"]) < 0.02 * min(gets.values())


def test_constraints_are_versions_only() -> None:
    """Every pin is a name and a version; no address of an index stands in it."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert lines
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.]+", line)] == []
