"""The merged pytest-benchmark JSON, read by pytest-benchmark itself."""

import json
import re
import subprocess
import sys
from pathlib import Path
from statistics import median

import pytest

from bench.export import pytest_json
from bench.report.findings.analysis import Analysis

JOINED = "loading/parents=20[joined]@postgresql+asyncpg"


def compare(folder: Path, *words: str) -> str:
    """Call `pytest-benchmark compare` and return its table without what differs between two calls."""
    command = [sys.executable, "-m", "pytest_benchmark", "compare", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture(scope="module")
def folder(analysis: Analysis, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the run twice, the second one with every time doubled."""
    folder = tmp_path_factory.mktemp("merged")
    text = pytest_json.text(analysis)
    (folder / "base.json").write_text(text, encoding="utf-8")
    data = json.loads(text)
    for benchmark in data["benchmarks"]:
        for name in ("median", "min", "max", "mean"):
            benchmark["stats"][name] *= 2
    (folder / "new.json").write_text(json.dumps(data), encoding="utf-8")
    return folder


def test_a_case_is_one_line_with_the_blocks_of_all_passes(folder: Path) -> None:
    """Four passes of six blocks are 24 rounds, under the group of the case."""
    said = compare(folder, "--columns=median,rounds", "base.json")
    assert len(re.findall(r"^loading/parents=20\[", said, re.MULTILINE)) == 41
    [line] = [line for line in said.splitlines() if line.startswith(f"{JOINED} ")]
    assert line.split()[-1] == "24"
    assert "benchmark 'loading/parents=20@postgresql': 28 tests" in said


def test_two_runs_stand_beside_each_other(folder: Path) -> None:
    """Between two files it finds every case again, by its name."""
    said = compare(folder, "--between=median", "base.json", "new.json")
    changes = re.findall(r"^loading/\S+ .*([+-][\d.]+%)$", said, re.MULTILINE)
    assert changes == ["+100.0%"] * 41


def test_cases_are_grouped_by_what_they_are_made_of(folder: Path) -> None:
    """Variant, driver and the parameters of the scenario are parameters to pytest-benchmark."""
    assert "benchmark 'driver=asyncpg': 7 tests" in compare(folder, "--group-by=param:driver", "base.json")
    assert "benchmark 'parents=20': 41 tests" in compare(folder, "--group-by=param:parents", "base.json")


def test_blocks_are_those_of_the_run_in_seconds(analysis: Analysis) -> None:
    """Nothing is thinned out or rounded; the median is over all of them, and void cases are left out."""
    data = json.loads(pytest_json.text(analysis))
    by_name = {benchmark["name"]: benchmark for benchmark in data["benchmarks"]}
    blocks = [ns / 1e9 for number in (1, 2, 3, 4) for ns in analysis.run.blocks[JOINED][number].wall_ns]
    assert by_name[JOINED]["stats"]["data"] == blocks
    assert by_name[JOINED]["stats"]["median"] == median(blocks)
    assert "loading/parents=20[joined]@sqlite+pysqlite" not in by_name


def test_a_smoke_run_says_that_it_is_no_evidence(analysis: Analysis, smoke: Analysis) -> None:
    """The file says it once, and with every case."""
    for each, evidence in ((analysis, True), (smoke, False)):
        data = json.loads(pytest_json.text(each))
        assert data["machine_info"]["evidence"] is evidence
        assert {benchmark["extra_info"]["evidence"] for benchmark in data["benchmarks"]} == {evidence}
