"""The description of the machine, and the pulse taken before and after a pass."""

from __future__ import annotations

import json
from collections import namedtuple
from pathlib import Path

import psutil
import pytest

from bench.core import environment as room
from bench.core.environment import cgroup_quota, comparable_part, cpu_model, environment
from bench.core.vitals import Vitals


@pytest.mark.parametrize(
    ("cpu_max", "cores"),
    [
        ("max 100000", None),
        ("max", None),
        (None, None),
        ("150000 100000", 1.5),
        ("50000 100000", 0.5),
        ("400000 100000", 4.0),
    ],
)
def test_a_quota_is_read_in_cores(cpu_max: str | None, cores: float | None) -> None:
    """The kernel writes microseconds per period; without a limit, or a control group, there is none."""
    assert cgroup_quota(cpu_max) == cores


def test_only_what_changes_a_time_must_be_equal() -> None:
    """Times may be put together across a commit of the harness, not across a version of a driver."""
    first = environment()
    assert comparable_part(first | {"git": "0000000+", "memory_gb": 0.5}) == comparable_part(first)
    for changed in ({"python": "3.99"}, {"cpu": "other"}, {"cores": 99}, {"kernel": "0"}, {"packages": {"x": "1"}}):
        assert comparable_part(first | changed) != comparable_part(first)


def test_the_comparable_part_of_an_older_description_lacks_nothing_silently() -> None:
    """A key that an older run did not write counts as different, not as an error."""
    first = environment()
    older = {key: value for key, value in first.items() if key != "kernel"}
    assert comparable_part(older) != comparable_part(first)


def test_the_environment_names_what_a_result_depends_on() -> None:
    """It can be written as JSON and holds the versions of what was measured, installed ones only."""
    found = environment()
    assert json.loads(json.dumps(found)) == found
    assert "SQLAlchemy" in found["packages"]
    assert set(found["packages"]) <= set(room.PACKAGES)
    assert found["cores"] >= 1
    assert found["cpu"]


def test_the_processor_is_the_first_one_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several lines the first `model name` counts."""
    listing = tmp_path / "cpuinfo"
    listing.write_text("processor : 0\nmodel name\t: Fast: One @ 3 GHz\n\nmodel name\t: Other\n", encoding="utf-8")
    monkeypatch.setattr(room, "_CPU_INFO", listing)
    assert cpu_model() == "Fast: One @ 3 GHz"


def test_a_machine_without_these_files_is_described_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the kernel tells nothing, the entries are empty and the processor is still called something."""
    for name in ("_CPU_INFO", "_GOVERNOR", "_CGROUP_QUOTA"):
        monkeypatch.setattr(room, name, tmp_path / "nothing")
    found = environment()
    assert found["governor"] is None
    assert found["cgroup_cpu_quota"] is None
    assert found["cpu"]


def test_a_checkout_without_git_has_no_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    """A git that fails, or is not installed, costs the revision and nothing else."""

    def missing(*_arguments: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(room, "_git", missing)
    assert room.git_revision() is None


def test_stolen_time_is_a_share_of_what_passed_between_two_readings() -> None:
    """3 of 200 CPU seconds stolen are 1.5 %, whatever was stolen before."""
    before = Vitals((0.0, 0.0, 0.0), stolen_s=40.0, total_s=1_000.0)
    after = Vitals((1.0, 0.5, 0.1), stolen_s=43.0, total_s=1_200.0)
    assert after.steal_share_since(before) == pytest.approx(0.015)


def test_no_time_means_no_share() -> None:
    """Two readings within one tick of the kernel's clock divide by nothing."""
    reading = Vitals((0.0, 0.0, 0.0), stolen_s=40.0, total_s=1_000.0)
    assert reading.steal_share_since(reading) == 0.0


def test_a_counter_that_runs_backwards_is_no_negative_share() -> None:
    """Hypervisors correct the counter now and then; a share stays between 0 and 1."""
    before = Vitals((0.0, 0.0, 0.0), stolen_s=40.0, total_s=1_000.0)
    after = Vitals((0.0, 0.0, 0.0), stolen_s=39.0, total_s=1_010.0)
    assert after.steal_share_since(before) == 0.0


def test_the_reading_sums_all_kinds_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """All CPU time is the sum of what the system reports; stolen time is one part of it."""
    times = namedtuple("times", "user system idle steal")  # noqa: PYI024 - as psutil makes them
    monkeypatch.setattr(psutil, "cpu_times", lambda: times(10.0, 5.0, 80.0, 5.0))
    assert (Vitals.now().stolen_s, Vitals.now().total_s) == (5.0, 100.0)


def test_a_system_without_stolen_time_reads_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the platform has no such counter, nothing was stolen."""
    times = namedtuple("times", "user system idle")  # noqa: PYI024 - as psutil makes them
    monkeypatch.setattr(psutil, "cpu_times", lambda: times(10.0, 5.0, 80.0))
    assert Vitals.now().stolen_s == 0.0
