"""Reading a results folder."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import stored

from bench.core.errors import UsageError
from bench.report.reading.results import load

SMALL = stored.Plan(backends=("sqlite",), parameters={"parents": [20]}, passes=2)


def rewrite(path: Path, change: Callable[[Any], object]) -> None:
    """Change a JSON file in place."""
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))


def test_a_folder_is_read_with_its_blocks_by_pass_in_ns_per_operation(tmp_path: Path) -> None:
    """Elapsed time is divided by the operations of a block, and passes are kept apart."""
    run = load(stored.write(tmp_path / "run", SMALL))
    name = "loading/parents=20[joined]@sqlite+pysqlite"
    raw = json.loads((tmp_path / "run/micro/pass02-sqlite.json").read_text())
    elapsed = next(each for each in raw["benchmarks"] if each["name"] == name)["extra_info"]["elapsed_ns"]
    assert run.blocks[name][2].wall_ns == tuple(total / 12 for total in elapsed)
    assert sorted(run.blocks[name]) == [1, 2]


def test_units_that_never_finished_are_left_out(tmp_path: Path) -> None:
    """A run that was killed is readable; the missing unit shows in what is there."""
    plan = stored.Plan(backends=("sqlite",), parameters={"parents": [20]}, passes=3, skip_units=("pass02-sqlite",))
    run = load(stored.write(tmp_path / "run", plan))
    assert [unit.name for unit in run.units] == ["pass01-sqlite", "pass03-sqlite"]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """The error is one line with the folder in it."""
    with pytest.raises(UsageError, match="nowhere"):
        load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda data: data.update(format=99), "format 99"),
        (lambda data: data.pop("seed"), "seed"),
        (lambda data: data["groups"][0].update(cases=3), "groups.0.cases"),
        (lambda data: data["groups"][0].update(backend="elsewhere"), "elsewhere"),
        (lambda data: data["groups"][0].update(scenario="unheard"), "unheard"),
        (lambda data: data["backends"][0].update(drivers=[]), "aiosqlite"),
    ],
)
def test_a_foreign_or_damaged_manifest_is_a_usage_error(
    tmp_path: Path, change: Callable[[Any], object], says: str
) -> None:
    """The message names the place that is wrong, on one line."""
    folder = stored.write(tmp_path / "run", SMALL)
    rewrite(folder / "run.json", change)
    with pytest.raises(UsageError, match=says) as caught:
        load(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.pop("machine_info"),
        lambda data: data["benchmarks"][0]["extra_info"].update(inner=0),
        lambda data: data["benchmarks"][0]["extra_info"].update(elapsed_ns=None),
        lambda data: data["benchmarks"][0]["extra_info"].update(elapsed_ns=["fast"]),
    ],
)
def test_a_damaged_unit_is_named(tmp_path: Path, change: Callable[[Any], object]) -> None:
    """A unit that cannot be read is never skipped in silence."""
    folder = stored.write(tmp_path / "run", SMALL)
    rewrite(folder / "micro" / "pass01-sqlite.json", change)
    with pytest.raises(UsageError, match="pass01-sqlite"):
        load(folder)


def test_a_cut_off_unit_is_named(tmp_path: Path) -> None:
    """JSON that ends too early is damage, not an empty unit."""
    folder = stored.write(tmp_path / "run", SMALL)
    path = folder / "micro" / "pass01-sqlite.json"
    path.write_text(path.read_text()[:500])
    with pytest.raises(UsageError, match="pass01-sqlite"):
        load(folder)


def test_histograms_are_added_up_over_passes(tmp_path: Path) -> None:
    """A name stands for all passes together."""
    plan = stored.Plan(backends=("sqlite",), parameters={"parents": [20]}, passes=3, crowd=7)
    run = load(stored.write(tmp_path / "run", plan))
    name = "loading/parents=20[joined]@sqlite+pysqlite"
    assert [run.histograms[f"{kind} {name}"].total for kind in ("latency", "wait", "lag")] == [21, 21, 21]
    assert "histograms/pass03-sqlite.hlog" in run.files


def test_a_damaged_histogram_log_is_named(tmp_path: Path) -> None:
    """A log that cannot be decoded is damage as well."""
    folder = stored.write(tmp_path / "run", stored.Plan(backends=("sqlite",), parameters={}, passes=1, crowd=7))
    path = folder / "histograms" / "pass01-sqlite.hlog"
    path.write_text(path.read_text()[:-40])
    with pytest.raises(UsageError, match=r"pass01-sqlite\.hlog"):
        load(folder)
