"""Discovery: files and the catalogue, and what a file that is no scenario is told."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.core import discovery
from bench.core.discovery import discover
from bench.core.errors import UsageError

GOOD = '''"""{question}"""

from sqlalchemy import MetaData

from bench.core.contract import Scenario, Variant
from bench.core.dataset import Dataset


def body(db, key):
    return [key]


async def body_async(db, key):
    return [key]


SCENARIO = Scenario(
    name="{name}",
    variants=[Variant("plain", body, body_async)],
    baseline="plain",
    dataset=Dataset("mine", MetaData(), {{"small": 1}}, lambda size, seed: iter(())),
    key=lambda parameters, size, random: 1,
)
'''


@pytest.fixture(autouse=True)
def _modules_are_forgotten() -> Iterator[None]:
    yield
    for name in list(sys.modules):
        if name.startswith(("ormbench_scenario_", "some_catalogue", "broken_models")):
            del sys.modules[name]


def written(folder: Path, text: str, name: str = "mine.py") -> Path:
    """Write a file and return its path."""
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def refusal(*files: Path) -> str:
    """Return the message with which the files are refused."""
    with pytest.raises(UsageError) as caught:
        discover(files)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_a_file_of_the_users_own_is_a_scenario(tmp_path: Path) -> None:
    """One file is enough; its docstring is the question."""
    (scenario,) = discover([written(tmp_path, GOOD.format(name="mine", question="What does it cost?"))])
    assert (scenario.name, scenario.question) == ("mine", "What does it cost?")
    assert scenario.variant("plain").body(None, 3) == [3]


def test_files_of_one_name_in_two_folders_stay_apart(tmp_path: Path) -> None:
    """Each file keeps a module, and so a question, of its own."""
    first = written(tmp_path / "a", GOOD.format(name="one", question="First?"))
    second = written(tmp_path / "b", GOOD.format(name="two", question="Second?"))
    assert [(each.name, each.question) for each in discover([first, second])] == [("one", "First?"), ("two", "Second?")]


def test_two_files_with_one_scenario_name_are_refused(tmp_path: Path) -> None:
    """Ids would clash, so the name is reported before anything is measured."""
    files = [written(tmp_path, GOOD.format(name="mine", question="?"), name) for name in ("a.py", "b.py")]
    assert refusal(*files) == "two files define the scenario 'mine'; rename one of them"


def test_a_syntax_error_is_told_with_its_line(tmp_path: Path) -> None:
    """The message names the file and the line, as an editor does."""
    file = written(tmp_path, '"""?"""\n\ndef body(db, key)\n    return []\n')
    assert refusal(file) == f"{file}, line 3: expected ':'"


def test_a_file_may_import_what_lies_beside_it_and_in_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scenario of the user's own takes models from his project, wherever the console script lies."""
    monkeypatch.setattr("sys.path", list(sys.path))
    project, scenarios = tmp_path / "project", tmp_path / "scenarios"
    written(project, "", "some_catalogue_of_the_project.py")
    written(scenarios, "", "some_catalogue_beside.py")
    monkeypatch.chdir(project)
    imports = "import some_catalogue_of_the_project\nimport some_catalogue_beside\n"
    file = written(scenarios, imports + GOOD.format(question="Mine?", name="mine"))
    assert [scenario.name for scenario in discover([file])] == ["mine"]


def test_a_file_that_ends_the_process_is_refused(tmp_path: Path) -> None:
    """A script that exits when it is imported is no scenario, and does not end ormbench silently."""
    assert "cannot be imported: SystemExit" in refusal(written(tmp_path, "raise SystemExit(0)\n"))


def test_a_syntax_error_in_an_imported_file_names_that_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line number is told for the file that holds it, not for the one that imports it."""
    neighbour = written(tmp_path, "ok = 1\nbroken = (\n", "broken_models.py")
    monkeypatch.syspath_prepend(tmp_path)
    assert refusal(written(tmp_path, "import broken_models\n")).startswith(f"{neighbour}, line 2: ")


def test_a_file_without_a_scenario_is_told_what_is_missing(tmp_path: Path) -> None:
    """Neither nothing nor something else under that name passes."""
    for text in ("x = 1\n", "SCENARIO = 'loading'\n"):
        file = written(tmp_path, text)
        assert refusal(file) == f"{file} defines no SCENARIO = Scenario(...)"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A path that does not exist, or is a folder, is said to be no file."""
    assert refusal(tmp_path / "nothing.py") == f"there is no scenario file {tmp_path / 'nothing.py'}"
    assert refusal(tmp_path) == f"there is no scenario file {tmp_path}"


def test_an_exception_at_import_is_one_line_with_its_class(tmp_path: Path) -> None:
    """What the file raised is told without a traceback."""
    file = written(tmp_path, "raise ValueError('no models today')\n")
    assert refusal(file) == f"{file} cannot be imported: ValueError: no models today"


def test_a_file_that_is_not_python_is_refused(tmp_path: Path) -> None:
    """The suffix decides; the message says which one is wanted."""
    file = written(tmp_path, "SCENARIO = 1\n", "mine.txt")
    assert refusal(file) == f"{file} is not a Python file; a scenario file ends in .py"


def test_what_the_contract_refuses_reaches_the_user_unchanged(tmp_path: Path) -> None:
    """The contract's own message is not wrapped in that of the import."""
    text = GOOD.format(name="mine", question="?").replace('baseline="plain"', 'baseline="plane"')
    assert refusal(written(tmp_path, text)).startswith("scenario 'mine': baseline 'plane' is no variant")


def test_the_catalogue_skips_neighbours_that_are_no_scenarios(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shared material lies beside the scenarios without being taken for one; sub-packages are left alone."""
    package = tmp_path / "some_catalogue"
    written(package, "", "__init__.py")
    written(package, "ROWS = 3\n", "aaa_data.py")
    written(package, GOOD.format(name="writing", question="?"), "writing.py")
    written(package, GOOD.format(name="loading", question="?"), "loading.py")
    written(package / "experiments", "raise RuntimeError\n", "__init__.py")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(discovery, "CATALOGUE", "some_catalogue")
    assert [scenario.name for scenario in discover()] == ["loading", "writing"]


def test_a_scenario_that_is_not_called_like_its_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is to measure it looks for a file of that name, and would find none when all are proved."""
    package = tmp_path / "some_catalogue"
    written(package, "", "__init__.py")
    file = written(package, GOOD.format(name="books", question="?"), "shelves.py")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(discovery, "CATALOGUE", "some_catalogue")
    assert refusal() == f"{file} defines the scenario 'books'; call the file books.py"


def test_the_catalogue_of_the_project_is_found() -> None:
    """Without a file the scenarios that come with the project are offered, under unique names."""
    names = [scenario.name for scenario in discover()]
    assert "loading" in names
    assert len(set(names)) == len(names)


def test_a_file_of_the_catalogue_is_named_like_its_scenario() -> None:
    """A measuring process finds the scenarios of its unit by name, without reading the others."""
    for scenario in discover():
        assert [each.name for each in discover(names={scenario.name})] == [scenario.name]
