"""The application in front of one for each mode, and how they are described together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.types import Receive, Scope, Send

from target_app.problems import ProblemDetails


class ByMode(FastAPI):
    """An application that hands requests below `/{mode}` to the one of their mode, and answers all others itself.

    In one application with included routers a request would be compared with every route that was included before
    its own: endpoints of the second mode would pay for all of the first one's. Mounted in this application, a mode
    would be reached through two complete stacks of middleware, this one's and its own. So they are told apart before
    either: a request passes one stack, and is compared with the routes of its own mode, in one flat list.
    """

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - FastAPI's
        super().__init__(**options)
        self.modes: dict[str, FastAPI] = {}
        """The application of each, by its name."""

    def add_mode(self, mode: str, routers: Iterable[APIRouter]) -> None:
        """Serve routes below `/{mode}`, with the state, middleware and error handlers that this application has now."""
        part = FastAPI(
            openapi_url=None,
            redirect_slashes=False,
            routes=[route for router in routers for route in router.routes],
            middleware=self.user_middleware,
            exception_handlers=dict(self.exception_handlers),
        )
        part.state = self.state
        self.modes[mode] = part

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request to the application of its mode, below the path of which that finds itself, as in a mount."""
        if scope["type"] == "http":
            root = scope.get("root_path", "")
            mode, _, _ = scope["path"].removeprefix(f"{root}/").partition("/")
            part = self.modes.get(mode)
            if part is not None:
                scope["root_path"] = f"{root}/{mode}"
                await part(scope, receive, send)
                return
        await super().__call__(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """Return the description of all of them as one document; made once."""
        if self.openapi_schema is not None:
            return self.openapi_schema
        document = super().openapi()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas["ProblemDetails"] = ProblemDetails.model_json_schema()
        for mode, part in self.modes.items():
            described = part.openapi()
            # Both modes answer with the same models.
            schemas |= described.get("components", {}).get("schemas", {})
            for path, operations in described["paths"].items():
                document["paths"][f"/{mode}{path}"] = {
                    method: {**operation, "operationId": f"{mode}_{operation['operationId']}", "tags": [mode]}
                    for method, operation in operations.items()
                }
        return document
