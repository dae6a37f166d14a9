"""The description of the interface says the same of both modes, and leaves no answer out."""

from __future__ import annotations

from typing import Any

import pytest

from target_app.main import create_app
from target_app.problems import MEDIA_TYPE
from target_app.settings import Settings

WITHOUT_TWIN = {("get", "/blocking"): "it blocks the event loop; a thread has none to block"}
"""Operations of /async that /sync lacks, each with the reason."""
ERRORS = {"422", "503"}
"""What any operation may answer."""

Operation = dict[str, Any]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Return the description of the whole app, scenarios included; nothing is opened for it."""
    return create_app(Settings(url="sqlite:////nowhere")).openapi()


def operations(document: dict[str, Any], mode: str) -> dict[tuple[str, str], Operation]:
    """Return the operations of a mode by method and path, the path without the mode."""
    return {
        (method, path.removeprefix(f"/{mode}")): operation
        for path, methods in document["paths"].items()
        if path.startswith(f"/{mode}/")
        for method, operation in methods.items()
    }


def resolved(document: dict[str, Any], part: Any) -> Any:  # noqa: ANN401 - any part of a JSON document
    """Return a part of the document in which every reference is replaced by what it refers to."""
    if isinstance(part, list):
        return [resolved(document, each) for each in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        found: Any = document
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return resolved(document, found)
    return {name: resolved(document, each) for name, each in part.items()}


def interface(document: dict[str, Any], operation: Operation) -> dict[str, Any]:
    """Return what a client can see of an operation: parameters, body, and answers by status."""
    parameters = resolved(document, operation.get("parameters", []))
    answers = resolved(document, operation["responses"])
    for content in answers["200"].get("content", {}).values() if "200" in answers else ():
        # Of a list, FastAPI makes the title out of the name of the operation, in which the mode stands.
        if content["schema"]["title"].startswith("Response "):
            del content["schema"]["title"]
    return {
        "parameters": sorted(parameters, key=lambda each: (each["in"], each["name"])),
        "body": resolved(document, operation.get("requestBody")),
        "answers": answers,
    }


def test_every_operation_has_a_twin(document: dict[str, Any]) -> None:
    """The same methods on the same paths, but for what is declared."""
    sync, awaited = operations(document, "sync"), operations(document, "async")
    assert len(sync) > 20
    assert set(awaited) - set(sync) == set(WITHOUT_TWIN)
    assert set(sync) <= set(awaited)


def test_twins_have_the_same_interface(document: dict[str, Any]) -> None:
    """Parameters, bodies and answers are equal, down to every bound of every schema."""
    sync, awaited = operations(document, "sync"), operations(document, "async")
    differing = [name for name in sync if interface(document, sync[name]) != interface(document, awaited[name])]
    assert differing == []


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_every_operation_says_that_it_may_refuse_and_may_be_unavailable(document: dict[str, Any], mode: str) -> None:
    """422 and 503 are in every description, and every error is a problem (RFC 9457) and nothing else."""
    silent = {name for name, each in operations(document, mode).items() if not set(each["responses"]) >= ERRORS}
    assert silent == set()
    for name, each in operations(document, mode).items():
        errors = {status: answer for status, answer in each["responses"].items() if int(status) >= 400}
        kinds = {status: list(resolved(document, answer["content"])) for status, answer in errors.items()}
        assert all(kind == [MEDIA_TYPE] for kind in kinds.values()), name


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_every_operation_is_explained(document: dict[str, Any], mode: str) -> None:
    """A reader of /docs finds a sentence beside every operation, and the mode it belongs to."""
    for name, each in operations(document, mode).items():
        assert each.get("description"), name
        assert each["tags"] == [mode], name


def test_names_of_operations_are_unique(document: dict[str, Any]) -> None:
    """Generated clients need a name of its own for each operation."""
    names = [each["operationId"] for path in document["paths"].values() for each in path.values()]
    assert len(names) == len(set(names))
