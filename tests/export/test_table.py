"""The tidy CSV."""

import csv
from io import StringIO
from pathlib import Path

import stored

from bench.core.cases import Case
from bench.export import table
from bench.report import spreadsheets
from bench.report.findings.analysis import Analysis, analyse
from bench.report.reading.results import load


def rows(analysis: Analysis) -> dict[str, dict[str, str]]:
    """Return the rows by the id of their case."""
    return {row["id"]: row for row in csv.DictReader(StringIO(table.text(analysis)))}


def test_a_row_is_a_case_and_agrees_with_the_report(analysis: Analysis, tmp_path: Path) -> None:
    """Every case has one, void ones and A/A twins too, with the cells of the report's own file."""
    found = rows(analysis)
    assert list(found) == [name for group in analysis.groups for name in group.cases]
    spreadsheets.write(analysis, tmp_path)
    with (tmp_path / spreadsheets.CASES).open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            place = (row["scenario"], row.pop("parameters"), row["variant"], row["backend"], row["driver"])
            assert row.items() <= found[Case(*place, twin=row["twin"] == "1").id].items()


def test_parameters_are_columns(tmp_path: Path) -> None:
    """A parameter has a name of its own beside the counts, and may hold a comma."""
    plan = stored.Plan(backends=("sqlite",), parameters={"rows": [7, 8], "depth": ["a,b"]}, passes=2)
    found = rows(analyse(load(stored.write(tmp_path / "run", plan))))
    cells = {(row["parameter_rows"], row["parameter_depth"], row["rows"])
             for row in found.values() if row["twin"] == "0"}  # fmt: skip
    assert cells == {("7", "a,b", "220"), ("8", "a,b", "220")}


def test_what_a_reader_needs_stands_in_every_row(analysis: Analysis, smoke: Analysis) -> None:
    """Run, evidence and baseline; the reason why a case is void, which has no time."""
    row = rows(analysis)["loading/parents=20[joined]@sqlite+pysqlite"]
    assert (row["run"], row["evidence"], row["baseline"]) == (analysis.run.manifest.id, "1", "selectin")
    assert row["void"].startswith("same answer")
    assert row["wall_ns"] == row["ratio_to_baseline"] == ""
    assert {each["evidence"] for each in rows(smoke).values()} == {"0"}
