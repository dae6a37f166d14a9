"""The minimal application: every rung as a small FastAPI application of its own, all in one process.

`uvicorn --factory bench.ladder.rungs:application` serves `/{mode}/{rung}/users/{user_id}` and
`/{mode}/{rung}/users/one-by-one?ids=`. Rungs are told apart before FastAPI sees a request: in one application a rung
that was added late would pay for the routes of those before it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import ModuleType

from anyio import to_thread
from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from bench.core.drivers import Mode
from bench.ladder import awaited_rungs, blocking_rungs
from bench.ladder.added_costs import Observing
from bench.ladder.minimal import Endpoints
from bench.ladder.minimal_databases import Awaited, Blocking, Settings, opened
from bench.ladder.rung import Rung

OTHER_ROUTES = 50
"""Tried in vain before those of the users, in the rung that shows what this costs: an application of some size has so
many."""


def application() -> Rungs:
    """Return the application, set up by the environment."""
    return Rungs(Settings())  # type: ignore[call-arg]  # the environment has the rest


class Rungs:
    """ASGI application that passes a request to its rung, with the rest of the path; no others may be asked for."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lifespan = Starlette(lifespan=self._open_and_close)
        self._apps: dict[tuple[str, str], FastAPI] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
            return
        _, mode, rung, path = scope["path"].split("/", 3)
        scope["path"] = f"/{path}"
        await self._apps[mode, rung](scope, receive, send)

    @asynccontextmanager
    async def _open_and_close(self, _app: Starlette) -> AsyncIterator[None]:
        # As many threads as connections, as in the target app.
        to_thread.current_default_thread_limiter().total_tokens = self._settings.pool_size
        async with opened(self._settings) as (blocking, awaited):
            self._apps |= _apps(Mode.SYNC, blocking_rungs, blocking)
            self._apps |= _apps(Mode.ASYNC, awaited_rungs, awaited)
            yield


def _apps(mode: Mode, rungs: ModuleType, db: Blocking | Awaited) -> dict[tuple[str, str], FastAPI]:
    apps = {
        Rung.NULL: _app(rungs.null(db)),
        Rung.DRIVER: _app(rungs.driver(db)),
        Rung.CORE: _app(rungs.core(db)),
        Rung.ORM: _app(rungs.orm(db)),
        Rung.ORM_AGAIN: _app(rungs.orm(db)),
        Rung.MODEL: _app(rungs.model(db)),
        Rung.DEPENDENCY: _app(rungs.dependency(db)),
        Rung.READING: _app(rungs.reading(db)),
        Rung.STATEMENT: _app(rungs.statement(db)),
        Rung.WATCHED: _app(rungs.watched(db)),
        Rung.MIDDLEWARE: _app(rungs.orm(db)),
        Rung.ROUTES: _app_behind_others(rungs.orm(db)),
    }
    apps[Rung.DEPENDENCY].state.sessions = db.sessions
    apps[Rung.MIDDLEWARE].add_middleware(Observing)
    return {(mode, rung): app for rung, app in apps.items()}


def _app(endpoints: Endpoints) -> FastAPI:
    app = FastAPI()
    app.get("/users/one-by-one")(endpoints.get_users)
    app.get("/users/{user_id}")(endpoints.get_user)
    return app


def _app_behind_others(endpoints: Endpoints) -> FastAPI:
    users = APIRouter(prefix="/users")
    users.get("/one-by-one")(endpoints.get_users)
    users.get("/{user_id}")(endpoints.get_user)
    everything = APIRouter()
    for number in range(OTHER_ROUTES):
        everything.get(f"/others-{number}/{{user_id}}")(endpoints.get_user)
    everything.include_router(users)
    app = FastAPI()
    app.include_router(everything)
    return app
