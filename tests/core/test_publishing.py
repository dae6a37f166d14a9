"""A run that is kept with the code: copied whole, smaller, and never over something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.core.errors import UsageError
from bench.core.store import FORMAT, RunFolder, read_unit, write_json


def complete(results: Path) -> RunFolder:
    """Return a run with its one unit and a histogram log."""
    finished = {"finished": "2026-11-01T00:00:00Z", "units": ["pass01-sqlite"]}
    folder = RunFolder(results / "whole")
    folder.micro.mkdir(parents=True)
    folder.write({"format": FORMAT, **finished})
    folder.histograms.mkdir()
    write_json(folder.unit("pass01-sqlite"), {"benchmarks": list(range(1_000))})
    folder.histogram_log("pass01-sqlite").write_text("a log", encoding="utf-8")
    return folder


def test_a_published_run_holds_the_same_in_less_space(tmp_path: Path) -> None:
    """Its record and logs are copies; its units are packed, complete, and as they were when unpacked."""
    folder = complete(tmp_path)
    copy = folder.publish(tmp_path / "published" / "one")
    assert copy.read() == folder.read()
    packed = copy.unit("pass01-sqlite")
    assert packed.name == "pass01-sqlite.json.xz"
    assert read_unit(packed) == read_unit(folder.unit("pass01-sqlite"))
    assert copy.missing(["pass01-sqlite"]) == []
    assert copy.histogram_log("pass01-sqlite").read_text(encoding="utf-8") == "a log"


def test_a_packed_unit_that_was_cut_off_is_missing(tmp_path: Path) -> None:
    """Half of a packed file is no unit."""
    copy = complete(tmp_path).publish(tmp_path / "published" / "one")
    packed = copy.unit("pass01-sqlite")
    packed.write_bytes(packed.read_bytes()[:-20])
    assert copy.missing(["pass01-sqlite"]) == ["pass01-sqlite"]


def test_what_is_not_complete_is_not_published(tmp_path: Path) -> None:
    """The message says how the run goes on."""
    folder = complete(tmp_path)
    folder.unit("pass01-sqlite").unlink()
    with pytest.raises(UsageError, match="is not complete; go on with: ormbench run --resume"):
        folder.publish(tmp_path / "published" / "one")


def test_nothing_published_is_replaced_unasked(tmp_path: Path) -> None:
    """A name that is taken is refused, with the option that takes it."""
    folder = complete(tmp_path)
    folder.publish(tmp_path / "published" / "one")
    with pytest.raises(
        UsageError, match=r"is there already; add --replace \(make: REPLACE=1\) to put this run in its place"
    ):
        folder.publish(tmp_path / "published" / "one")


def test_a_published_run_is_replaced_as_a_whole(tmp_path: Path) -> None:
    """Nothing of the old run stays, nothing lies beside it, and a run may replace its own copy."""
    place = tmp_path / "published" / "one"
    old = complete(tmp_path).publish(place)
    (old.histograms / "pass02-sqlite.hlog").write_text("of the old run", encoding="utf-8")
    copy = complete(tmp_path / "later").publish(place, replace=True)
    assert copy.path == place
    assert not (copy.histograms / "pass02-sqlite.hlog").exists()
    assert [path.name for path in place.parent.iterdir()] == ["one"]
    assert copy.publish(place, replace=True).missing(["pass01-sqlite"]) == []


def test_a_run_that_cannot_be_copied_replaces_nothing(tmp_path: Path) -> None:
    """What is published stays as it was when the new run is not complete."""
    place = tmp_path / "published" / "one"
    complete(tmp_path).publish(place)
    broken = complete(tmp_path / "later")
    broken.unit("pass01-sqlite").unlink()
    with pytest.raises(UsageError, match="is not complete"):
        broken.publish(place, replace=True)
    assert RunFolder(place).missing(["pass01-sqlite"]) == []


def test_data_of_another_kind_is_not_replaced(tmp_path: Path) -> None:
    """A folder without a run, such as the calibration, is never removed."""
    place = tmp_path / "published" / "calibration"
    place.mkdir(parents=True)
    (place / "calibration.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match="holds no run and is not replaced"):
        complete(tmp_path).publish(place, replace=True)
    assert (place / "calibration.json").exists()
