"""Understand what stands behind `--against`: requirements of pip, a git revision, or `.` for no difference at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distributions, version
from pathlib import Path
from urllib.parse import urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from bench.core.errors import UsageError
from bench.core.names import nearest
from bench.micro.against import revisions

NOTHING_ELSE = "."
"""Asks for the same environment and the same code: the noise floor of the comparison."""


@dataclass(frozen=True)
class Requirements:
    """Packages that the second side has in other versions."""

    texts: tuple[str, ...]
    """As pip takes them, one package each."""


@dataclass(frozen=True)
class Revision:
    """A commit of a repository."""

    asked: str
    repository: Path
    """The top folder of the working tree."""
    commit: str


@dataclass(frozen=True)
class Nothing:
    """No difference."""


Asked = Requirements | Revision | Nothing


def understand(words: Sequence[str], repositories: Sequence[Path]) -> Asked:
    """Return what the words mean.

    A requirement names an installed package and says which version, `sqlalchemy==2.0.*`, or where it is from,
    `sqlalchemy @ URL`. Anything else is a revision of the first of the repositories that knows it.

    Raises:
        UsageError: It is neither, both are mixed, or there is more than one revision.
    """
    if tuple(words) == (NOTHING_ELSE,):
        return Nothing()
    parsed = [_requirements(word) for word in words]
    found = [each for several in parsed for each in several]
    if all(parsed):
        return Requirements(tuple(_checked(each) for each in found))
    if len(words) > 1:
        message = "--against takes one revision, or requirements alone; leave out the others"
        raise UsageError(message)
    return _revision(words[0], repositories)


def _requirements(text: str) -> list[Requirement]:
    """Return the requirements of a text, one or several with spaces between; none where it is something else."""
    for parts in ([text], text.split()):
        try:
            found = [Requirement(part) for part in parts]
        except InvalidRequirement:
            continue
        if all(each.specifier or each.url for each in found):
            return found
    return []


def _checked(requirement: Requirement) -> str:
    name = requirement.name
    try:
        version(name)
    except PackageNotFoundError:
        known: set[str] = {canonicalize_name(each.name) for each in distributions() if each.name}
        message = f"--against: no package {name!r} is installed here; {_hint(name, known)}"
        raise UsageError(message) from None
    place = urlsplit(requirement.url or "")
    # It stands in run.json and in the report. The user of an SSH address is no secret, that of HTTP may be a token.
    if place.password or (place.username and "ssh" not in place.scheme):
        message = f"--against: the address of {name} holds credentials and would be stored; give them to pip by netrc"
        raise UsageError(message)
    return str(requirement)


def _hint(name: str, known: set[str]) -> str:
    hint = nearest(canonicalize_name(name), known)
    return hint if hint.startswith("did you mean") else "both sides need it; install it first"


def _revision(word: str, repositories: Sequence[Path]) -> Revision:
    for repository in repositories:
        commit = revisions.commit_of(repository, word)
        if commit is not None:
            return Revision(word, repository, commit)
    places = " or ".join(map(str, repositories)) or "(no git repository here)"
    message = (
        f"--against {word!r} is neither a requirement with a version, such as 'sqlalchemy==2.0.*', nor a revision of "
        f"{places}"
    )
    raise UsageError(message)
