"""The second side of a run: what is asked for, and where a revision's files are found."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bench.core.errors import UsageError
from bench.micro.against import revisions
from bench.micro.against.asked import Nothing, Requirements, Revision, understand
from bench.micro.side import HERE, Side
from bench.servers.scratch import VARIABLE


def git(folder: Path, *words: str) -> str:
    """Call git in a folder as somebody."""
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    command = ["git", "-C", str(folder), *identity, *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository with one commit of two files, called `first`."""
    folder = (tmp_path / "project").resolve()
    (folder / "inner").mkdir(parents=True)
    git(folder, "init", "--quiet")
    (folder / "inner" / "mine.py").write_text("LENGTH = 1\n")
    (folder / "constraints.txt").write_text("# pins\nSQLAlchemy==2.1.8\ngreenlet==3.5.6\n-e .\nnumpy>=2\n")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "First")
    git(folder, "tag", "first")
    return folder


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which the cache of this test is."""
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("words", "texts"),
    [
        (["sqlalchemy==2.0.*"], ("sqlalchemy==2.0.*",)),
        (["SQLAlchemy >=2.0, <2.1"], ("SQLAlchemy<2.1,>=2.0",)),
        (["sqlalchemy[asyncio]==2.0.50 greenlet<3.5"], ("sqlalchemy[asyncio]==2.0.50", "greenlet<3.5")),
        (["sqlalchemy==2.0.50", "greenlet<3.5"], ("sqlalchemy==2.0.50", "greenlet<3.5")),
        (["sqlalchemy @ git+https://host/it.git@main"], ("sqlalchemy @ git+https://host/it.git@main",)),
    ],
)
def test_a_requirement_names_an_installed_package_and_a_version(words: list[str], texts: tuple[str, ...]) -> None:
    """One or several, in one word or repeated, as pip takes them."""
    assert understand(words, []) == Requirements(texts)


def test_everything_else_is_a_revision(repository: Path) -> None:
    """A tag, a branch, an abbreviated commit; the name of a package without a version may be a branch."""
    commit = git(repository, "rev-parse", "HEAD")
    git(repository, "branch", "sqlalchemy")
    for word in ("first", "sqlalchemy", commit[:8], "HEAD"):
        assert understand([word], [repository]) == Revision(word, repository, commit)
    assert understand(["."], [repository]) == Nothing()


def test_the_first_repository_that_knows_a_revision_is_meant(repository: Path, tmp_path: Path) -> None:
    """A user's own project comes before that of ormbench."""
    empty = tmp_path / "empty"
    empty.mkdir()
    git(empty, "init", "--quiet")
    found = understand(["first"], [empty, repository])
    assert isinstance(found, Revision)
    assert found.repository == repository


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["sqlalchemi==2.0"], "no package 'sqlalchemi' is installed here; did you mean 'sqlalchemy'"),
        (["zzz-qqq==2.0"], "both sides need it; install it first"),
        (["first", "sqlalchemy==2.0"], "takes one revision, or requirements alone"),
        (["first", "second"], "takes one revision"),
        (["--help"], "nor a revision of"),
        (["sqlalchemy"], "neither a requirement with a version"),
        (["sqlalchemy @ https://token@host/it.whl"], "holds credentials"),
        (["sqlalchemy @ https://me:secret@host/it.whl"], "holds credentials"),
    ],
)
def test_what_is_neither_is_refused(repository: Path, words: list[str], says: str) -> None:
    """The message says what it could have been, and never repeats a password."""
    with pytest.raises(UsageError, match=says) as raised:
        understand(words, [repository])
    assert "secret" not in str(raised.value)


def test_a_revision_is_written_beside_the_repository(repository: Path, cache: Path) -> None:
    """Its files are as they were, the repository is as it is, and the folder is made once."""
    (repository / "inner" / "mine.py").write_text("LENGTH = 2\n")
    (repository / "staged.py").write_text("")
    git(repository, "add", "staged.py")
    before = git(repository, "status", "--porcelain"), sorted(path.name for path in (repository / ".git").iterdir())
    commit = revisions.commit_of(repository, "first")
    assert commit is not None
    tree = revisions.tree_of(repository, commit)
    assert tree.is_relative_to(cache)
    assert (tree / "inner" / "mine.py").read_text() == "LENGTH = 1\n"
    assert not (tree / "staged.py").exists()
    (tree / "mark").touch()
    assert (revisions.tree_of(repository, commit) / "mark").exists()
    after = git(repository, "status", "--porcelain"), sorted(path.name for path in (repository / ".git").iterdir())
    assert after == before


def test_exact_versions_that_changed_are_those_of_the_revision(repository: Path, tmp_path: Path) -> None:
    """Names are compared as pip does; ranges and options are no pins."""
    here = tmp_path / "here"
    here.mkdir()
    (here / "constraints.txt").write_text("sqlalchemy==2.1.9\nGreenlet==3.5.6\n")
    assert revisions.other_pins(here, repository) == ["sqlalchemy==2.1.8"]
    assert revisions.other_pins(repository, repository) == []


def test_a_side_has_its_own_place_for_what_is_in_the_repository(repository: Path, tmp_path: Path) -> None:
    """Files inside are found in the revision's tree, others where they are."""
    tree = tmp_path / "tree"
    side = Side(root=repository, tree=tree)
    outside = tmp_path / "outside.py"
    assert side.files([repository / "inner" / "mine.py", outside]) == [str(tree / "inner" / "mine.py"), str(outside)]
    assert side.variables["PYTHONPATH"].startswith(str(tree))
    assert HERE.files([outside]) == [str(outside)]
    assert HERE.variables == {}
