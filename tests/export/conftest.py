"""The synthetic runs that are exported: those of the report's tests."""

import sys
from pathlib import Path

import pytest

# `stored` builds results folders for the tests of the report; in importlib mode no test folder is on the path.
sys.path.insert(0, str(Path(__file__).parents[1] / "report"))

import stored

from bench.report.findings.analysis import Analysis, analyse
from bench.report.reading.results import load

VOID = "[joined]@sqlite+pysqlite"
WHOLE = stored.Plan(parameters={"parents": [20]}, passes=4, fail=(VOID,), weighed=("select",), bare=("core_join",))
SMOKE = stored.Plan(backends=("sqlite",), parameters={"parents": [20]}, passes=1, evidence=False)


@pytest.fixture(scope="session")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run on two backends, with one void case."""
    return stored.write(tmp_path_factory.mktemp("results") / "whole", WHOLE)


@pytest.fixture(scope="session")
def analysis(run_dir: Path) -> Analysis:
    """Return the analysis of that run."""
    return analyse(load(run_dir))


@pytest.fixture(scope="session")
def smoke_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run of one pass that is no evidence."""
    return stored.write(tmp_path_factory.mktemp("smoke") / "smoke", SMOKE)


@pytest.fixture(scope="session")
def smoke(smoke_dir: Path) -> Analysis:
    """Return the analysis of that run."""
    return analyse(load(smoke_dir))
