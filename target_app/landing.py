"""The page at /: what this service is, every pair of endpoints, and the settings in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from target_app.settings import Settings

MODES = ("sync", "async")

_TEMPLATES = Environment(
    loader=PackageLoader("target_app"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Pair:
    """One path and method, in the modes in which it is there."""

    method: str
    path: str
    """Without the mode, such as `/users/{user_id}`."""
    summary: str
    modes: tuple[str, ...]
    is_complete: bool
    """Whether a request needs no parameter, neither in its path nor behind it."""

    @property
    def group(self) -> str:
        """Return what the endpoint is about: the first word of its path."""
        return self.path.removeprefix("/").partition("/")[0]

    def link(self, mode: str) -> str | None:
        """Return where a browser can ask for it without knowing more, or None."""
        return f"{mode}{self.path}" if self.method == "GET" and self.is_complete else None


@router.get("/", response_class=HTMLResponse)
async def landing(request: Request) -> HTMLResponse:
    """Return the page for people who come with a browser."""
    settings: Settings = request.app.state.settings
    page = _TEMPLATES.get_template("landing.html").render(
        title=request.app.title, groups=pairs_of(request.app), settings=settings.shown(), modes=MODES
    )
    return HTMLResponse(page)


def pairs_of(app: FastAPI) -> dict[str, list[Pair]]:
    """Return the pairs that an application describes, by what they are about and in the order of the description."""
    described: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for path, methods in app.openapi()["paths"].items():
        mode, _, rest = path.removeprefix("/").partition("/")
        if mode in MODES:
            for method, operation in methods.items():
                described.setdefault((method.upper(), f"/{rest}"), {})[mode] = operation
    groups: dict[str, list[Pair]] = {}
    for (method, path), operations in described.items():
        operation = next(iter(operations.values()))
        # What FastAPI took from the docstring; its first line says what an endpoint does.
        summary = operation["description"].partition("\n")[0]
        is_complete = not any(each["required"] for each in operation.get("parameters", ()))
        modes = tuple(mode for mode in MODES if mode in operations)
        pair = Pair(method, path, summary, modes, is_complete)
        groups.setdefault(pair.group, []).append(pair)
    return groups
