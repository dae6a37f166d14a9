"""The applications of the two modes, each mounted under its name, and how they are described together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import APIRouter, FastAPI

from target_app.errors import handle_errors
from target_app.problems import ProblemDetails


def mount(app: FastAPI, modes: Mapping[str, Iterable[APIRouter]]) -> None:
    """Mount an application for each mode, with the state of the whole, and describe them as parts of it.

    In one application with included routers, a request would be compared with every route that was included before
    its own, and twice: endpoints of the second mode would pay for all of the first one's. Here both lists are flat and
    equally long, and a request is compared with its own.
    """
    mounted = {mode: _of_mode(app, routers) for mode, routers in modes.items()}
    for mode, part in mounted.items():
        app.mount(f"/{mode}", part)
    _describe(app, mounted)


def _of_mode(app: FastAPI, routers: Iterable[APIRouter]) -> FastAPI:
    flat = [route for router in routers for route in router.routes]
    part = FastAPI(openapi_url=None, redirect_slashes=False, routes=flat)
    part.state = app.state
    handle_errors(part)
    return part


def _describe(app: FastAPI, mounted: Mapping[str, FastAPI]) -> None:
    own = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is not None:
            return app.openapi_schema
        document = own()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas["ProblemDetails"] = ProblemDetails.model_json_schema()
        for mode, part in mounted.items():
            described = part.openapi()
            # Both modes answer with the same models.
            schemas |= described.get("components", {}).get("schemas", {})
            for path, operations in described["paths"].items():
                document["paths"][f"/{mode}{path}"] = {
                    method: {**operation, "operationId": f"{mode}_{operation['operationId']}", "tags": [mode]}
                    for method, operation in operations.items()
                }
        return document

    # The way that FastAPI documents for extending the document.
    app.openapi = openapi  # type: ignore[method-assign]
