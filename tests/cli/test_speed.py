"""Asking for help or for a list is quick: heavy libraries are imported by those who need them."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

HEAVY = {"sqlalchemy", "numpy", "scipy", "matplotlib", "pytest", "psutil", "pydantic"}
TRIALS = 5
SHOW_MODULES = """
import sys
from bench.cli import main
sys.argv = ["ormbench", "--help"]
try:
    main()
except SystemExit as ended:
    assert ended.code == 0
print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


TYPER_ALONE = """
import typer
app = typer.Typer()
@app.command()
def run(words: list[str]) -> None:
    pass
app(["--help"])
"""
ORM_ALONE = "import sqlalchemy.orm, sqlalchemy.ext.asyncio"


def cpu_s(*words: str) -> float:
    """Return the CPU time of Python with these arguments, user and system."""

    def used_s() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    before = used_s()
    subprocess.run([sys.executable, *words], check=True, capture_output=True)
    return used_s() - before


@pytest.mark.parametrize(
    ("words", "alone", "times"),
    [(["--help"], TYPER_ALONE, 1.0), (["run", "--help"], TYPER_ALONE, 2.0), (["list"], ORM_ALONE, 4.5)],
)
def test_cpu_time_stays_near_that_of_what_is_needed(words: list[str], alone: str, times: float) -> None:
    """Over that of the help of a typer program, or of importing the ORM, in turns: at its best, whatever else runs."""
    pairs = ((cpu_s("-m", "bench.cli", *words), cpu_s("-c", alone)) for _ in range(TRIALS))
    assert any(own_s < times * alone_s for own_s, alone_s in pairs)


def test_help_imports_nothing_heavy() -> None:
    """The reason why it is quick, without a clock."""
    ended = subprocess.run([sys.executable, "-c", SHOW_MODULES], check=True, capture_output=True, text=True)
    modules = set(ended.stderr.split())
    assert "typer" in modules
    assert not HEAVY & modules


@pytest.mark.parametrize("module", ["comparing", "exporting", "claims"])
def test_what_draws_no_figure_imports_nothing_that_draws(module: str) -> None:
    """Comparing, exporting and telling claims take their words from the report, and not its figures."""
    show = f"import sys, bench.cli.{module}; print(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", show], check=True, capture_output=True, text=True)
    assert "matplotlib" not in ended.stdout.split()
