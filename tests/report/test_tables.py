"""The tables of cases and of memory."""

from __future__ import annotations

import json
from pathlib import Path

import stored

from bench.report.findings.analysis import analyse
from bench.report.reading.results import load
from bench.report.render import render
from bench.report.tables import case_table


def test_columns_stand_only_where_a_group_has_them(tmp_path: Path) -> None:
    """SQLite has no wire and tells no server time; memory was weighed of one variant on both."""
    plan = stored.Plan(parameters={}, passes=2, weighed=("joined",), bare=("core_join",))
    analysis = analyse(load(stored.write(tmp_path / "run", plan)))
    sqlite, postgresql = (case_table(group) for group in analysis.groups)
    always = ("median, ms", "client CPU, µs/op", "statements/op", "rows")
    assert set(sqlite.columns) == {*always, "peak memory, MB", "worst loop lag, ms"}
    further = {"server, µs/op", "round trips/op", "rows read/op", "KB received/op"}
    assert set(postgresql.columns) == {*sqlite.columns, *further}
    joined = next(row for row in postgresql.rows if (row.variant, row.driver) == ("joined", "psycopg"))
    cells = dict(zip(postgresql.columns, joined.cells, strict=True))
    assert {name: cells[name] for name in cells if name not in {*always[:2], "server, µs/op"}} == {
        "statements/op": "1",
        "round trips/op": "3",
        "rows": "220",
        "rows read/op": "2,420",
        "KB received/op": "194",
        "peak memory, MB": "41.0",
        "worst loop lag, ms": "",  # a blocking driver has no loop
    }
    bare = next(row for row in postgresql.rows if row.variant == "core_join")
    assert dict(zip(postgresql.columns, bare.cells, strict=True))["statements/op"] == "not heard"


def test_server_time_is_the_median_over_passes(tmp_path: Path) -> None:
    """Each pass observes one block; the middle one counts."""
    plan = stored.Plan(backends=("postgresql",), parameters={}, passes=3)
    analysis = analyse(load(stored.write(tmp_path / "run", plan)))
    name = "loading/[joined]@postgresql+psycopg"
    told = [blocks.server_ns for blocks in analysis.run.blocks[name].values() if blocks.server_ns is not None]
    assert analysis.groups[0].cases[name].server_ns == sorted(told)[1]


def test_what_was_weighed_and_not_timed_has_a_table_of_its_own(tmp_path: Path) -> None:
    """A million rows are too many to time again and again, and not too many to weigh."""
    folder = stored.write(tmp_path / "run", stored.Plan(backends=("sqlite",), parameters={"rows": [1]}, passes=2))
    record = json.loads((folder / "run.json").read_text())
    case = record["groups"][0]["cases"][0] | {"parameters": "rows=1000000"}
    record["memory"] = [{"case": case, "peak_bytes": 812_000_000, "worst_lag_ns": 41_000_000}]
    (folder / "run.json").write_text(json.dumps(record))
    page = render(folder, tmp_path / "out").read_text()
    assert "Memory and loop lag of what was not timed" in page
    row = "| sqlite | rows=1000000 | selectin | pysqlite | 812 | 41.0 |"
    assert row in (tmp_path / "out" / "report.md").read_text()
