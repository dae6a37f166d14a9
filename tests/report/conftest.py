"""The synthetic run that most tests of the report read."""

import sys
from pathlib import Path

import pytest

# In pytest's importlib mode a test folder is not on the path; `stored` builds what the tests of this room read.
sys.path.insert(0, str(Path(__file__).parent))

import stored

from bench.report.findings.analysis import Analysis, analyse
from bench.report.reading.results import load


@pytest.fixture(scope="session")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a whole run on two backends."""
    return stored.write(tmp_path_factory.mktemp("results") / "whole", stored.Plan(parameters={"parents": [20]}))


@pytest.fixture(scope="session")
def analysis(run_dir: Path) -> Analysis:
    """Return the analysis of that run."""
    return analyse(load(run_dir))
