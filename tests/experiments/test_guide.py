"""The guide shows an experiment that runs as it is printed."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.cli.command import Ormbench

GUIDE = Path(__file__).parents[2] / "docs" / "add-an-experiment.md"


def test_the_experiment_of_the_guide_comes_out_as_it_says(ormbench: Ormbench, tmp_path: Path) -> None:
    """It is found, performed in both modes, as expected, and its claim is refuted."""
    [text] = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    file = tmp_path / "cities.py"
    file.write_text(text, encoding="utf-8")
    ended = ormbench.here("check", "--experiments", "--scenario", file, "--backend", "sqlite", "--json")
    [experiment] = json.loads(ended.out)["experiments"]
    found = [(each["driver"], each["as_expected"], each["upheld"]) for each in experiment["results"]]
    assert found == [("pysqlite", True, [False]), ("aiosqlite", True, [False])]
    assert ended.code == 0
