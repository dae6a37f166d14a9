"""Routes whose endpoints return a model that is encoded where it was made.

FastAPI validates what an endpoint returns against its response model, and for a `def` it does so in a thread: a second
visit to the pool for every request, behind those who hold a thread and wait for a connection. Here everything that is
answered is a model already, so it is encoded at once, by the thread or in the event loop that made it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, get_type_hints

from fastapi import Response
from fastapi.routing import APIRoute
from pydantic import TypeAdapter


class AnsweringRoute(APIRoute):
    """A route that describes its answer as FastAPI does, by the annotation of the endpoint, and encodes it itself.

    An endpoint that may also answer with a finished response names its model as `response_model`.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:  # noqa: ANN401 - FastAPI's
        super().__init__(path, _encoding(endpoint, options), **options)


def _encoding(endpoint: Callable[..., Any], options: dict[str, Any]) -> Callable[..., Any]:
    """Return an endpoint that answers with a finished response, which FastAPI passes on as it is."""
    # FastAPI's placeholder for a model that was not named is false.
    adapter: TypeAdapter[Any] = TypeAdapter(options.get("response_model") or get_type_hints(endpoint)["return"])
    status, exclude_unset = options.get("status_code") or 200, bool(options.get("response_model_exclude_unset"))

    def encoded(answer: Any) -> Response:  # noqa: ANN401 - what the endpoint is annotated with
        if answer is None:
            return Response(status_code=status)
        if isinstance(answer, Response):
            return answer
        return Response(adapter.dump_json(answer, exclude_unset=exclude_unset), status, media_type="application/json")

    @wraps(endpoint)
    def answer(**values: Any) -> Response:  # noqa: ANN401 - FastAPI's
        return encoded(endpoint(**values))

    @wraps(endpoint)
    async def answer_async(**values: Any) -> Response:  # noqa: ANN401 - FastAPI's
        return encoded(await endpoint(**values))

    return answer_async if iscoroutinefunction(endpoint) else answer
