"""What can go wrong for a client, as problem details (RFC 9457); every error of the service is one of these."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, ClassVar, TypeVar

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

MEDIA_TYPE = "application/problem+json"
Thing = TypeVar("Thing")

RETRY_AFTER_S = 1
"""Told to clients that were turned away: about as long as a crowd takes to pass, and a server to come back."""


class ProblemDetails(BaseModel):
    """The body of every error. A problem may add members of its own, such as what was missing."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(default="about:blank", description="about:blank: the status says which kind of problem it is.")
    title: str = Field(description="The kind of problem, the same for every occurrence.")
    status: int
    detail: str = Field(description="What was wrong this time, and what to do.")


class Problem(Exception):  # noqa: N818 - the word of RFC 9457
    """An error that is told to the client; `members` are added to its body."""

    status: ClassVar[HTTPStatus]
    title: ClassVar[str]

    def __init__(self, detail: str, **members: Any) -> None:  # noqa: ANN401 - any JSON value
        super().__init__(detail)
        self.detail = detail
        self.members = members

    def response(self) -> JSONResponse:
        """Return the answer to the client."""
        return problem_response(self.status, self.title, self.detail, **self.members)


class Unknown(Problem):
    """There is nothing of this id or name."""

    status, title = HTTPStatus.NOT_FOUND, "unknown"


class Conflict(Problem):
    """Something of this name exists already, or others hold on to it."""

    status, title = HTTPStatus.CONFLICT, "conflict"


class Insufficient(Problem):
    """There is less stock or money than was asked for."""

    status, title = HTTPStatus.BAD_REQUEST, "insufficient"


class Unprocessable(Problem):
    """The request is well-formed and makes no sense."""

    status, title = HTTPStatus.UNPROCESSABLE_ENTITY, "invalid"


class Unavailable(Problem):
    """The database cannot be had at this moment; the same request may go well later."""

    status, title = HTTPStatus.SERVICE_UNAVAILABLE, "unavailable"

    def response(self) -> JSONResponse:
        """Return the answer to the client, with the time after which to try again."""
        response = super().response()
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
        return response


def problem_response(status: int, title: str, detail: str, **members: Any) -> JSONResponse:  # noqa: ANN401 - any JSON value
    """Return a problem as a response."""
    body = ProblemDetails(title=title, status=status, detail=detail, **members)
    return JSONResponse(body.model_dump(mode="json"), status, media_type=MEDIA_TYPE)


def documented(*problems: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI responses of an endpoint that may answer with these, and of those that any may give."""
    kinds: tuple[type[Problem], ...] = (*problems, Unprocessable, Unavailable)
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}
    return {int(kind.status): {"description": kind.title, "content": content} for kind in kinds}


def found(thing: Thing | None, name: str) -> Thing:
    """Return what was looked for.

    Raises:
        Unknown: It is not there.
    """
    if thing is None:
        message = f"There is no {name}."
        raise Unknown(message)
    return thing
