"""`ormbench calibrate` from nothing to its scores, with the smallest effort."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from bench.calibrate import run
from bench.core.profiles import PROFILES
from tests.cli.command import Ormbench

PLACES = ["sqlite+aiosqlite", "sqlite+pysqlite"]


@pytest.fixture
def _little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a calibration be one group on SQLite, measured shortly in both ways."""
    text = run.SCENARIO_FILE.read_text(encoding="utf-8")
    assert "SLOTS = 70\n" in text
    file = tmp_path / "scenario.py"
    file.write_text(text.replace("SLOTS = 70\n", "SLOTS = 1\n"), encoding="utf-8")
    monkeypatch.setattr(run, "SCENARIO_FILE", file)
    monkeypatch.setattr(run, "DRIVERS", ("pysqlite", "aiosqlite"))
    monkeypatch.setattr(run, "Request", partial(run.Request, backends=("sqlite",)))
    monkeypatch.setattr(run, "calibration_profile", lambda: replace(PROFILES["smoke"], name="calibration"))
    short = ("--benchmark-max-time=0.02", "--benchmark-calibration-precision=1")
    monkeypatch.setattr(run, "PLAIN_FRONT_END", (*run.PLAIN_FRONT_END, *short))


@pytest.mark.usefixtures("_little")
def test_a_calibration_keeps_its_scores_and_shows_them(ormbench: Ormbench) -> None:
    """Both ways of measuring are scored on the same group, driver by driver, and every block is kept."""
    ended = ormbench.here("calibrate", "--published", "scores")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines()[-1] == "Scores: scores/calibration.json"
    assert "pytest-benchmark" in ended.out
    judged = json.loads((ormbench.folder / "scores" / "calibration.json").read_text(encoding="utf-8"))
    for way in ("harness", "plain_pytest_benchmark"):
        assert (judged[way]["groups"], judged[way]["twins"], judged[way]["slowed"]) == (1, 2, 2)
        assert sorted(judged[way]["by_driver"]) == PLACES
    assert judged["overhead"]["empty_operation_ns"].keys() >= {"sync", "async", "hand_sync", "hand_async"}
    assert sorted(judged["overhead"]["get_by_key_ns"]) == PLACES
    blocks = json.loads((ormbench.folder / "scores" / "blocks.json").read_text(encoding="utf-8"))
    assert sorted(blocks) == ["pass01-sqlite", "pass02-sqlite"]
    assert all(nanoseconds > 0 for unit in blocks.values() for each in unit.values() for nanoseconds in each)
    assert ormbench.server_folders() == []
