"""The network delay that a run states is the one that was measured."""

from __future__ import annotations

import json

import pytest

from bench.servers.postgresql import find_programs
from tests.cli.command import Ormbench, planted

ASKED_MS = (5.0, 20.0)


def test_a_run_records_each_delay_as_it_was_measured(ormbench: Ormbench) -> None:
    """What `SELECT 1` takes beyond the direct way grows as the delay that was asked for does."""
    if find_programs() is None:
        pytest.skip("no programs of postgresql on this machine")
    words = ("--scenario", planted("sound"), "--profile", "smoke", "--passes", "1", "--driver", "psycopg")
    delays = [word for delay_ms in ASKED_MS for word in ("--delay", delay_ms)]
    ended = ormbench.here("run", *words, "--backend", "postgresql", *delays)
    assert (ended.code, ended.err) == (0, "")
    [folder] = ormbench.runs()
    unit = json.loads((folder / "micro" / "pass01-postgresql.json").read_text(encoding="utf-8"))
    few, many = unit["machine_info"]["delays"]
    assert (few["asked_ms"], many["asked_ms"]) == ASKED_MS
    assert few["direct_ns"] == many["direct_ns"] > 0
    # Four, but for what the proxy and a busy machine add to both.
    added_ns = [each["select_1_ns"] - each["direct_ns"] for each in (few, many)]
    assert 2 < added_ns[1] / added_ns[0] < 8
    assert "20 ms asked in each direction" in (ormbench.folder / "reports" / folder.name / "report.md").read_text(
        encoding="utf-8"
    )
