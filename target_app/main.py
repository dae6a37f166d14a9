"""The application: built from its settings, opened and closed with the process that serves it."""

from __future__ import annotations

import logging
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from anyio import to_thread
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from pydantic import ValidationError

from bench.core.errors import UsageError
from target_app import async_routes, landing, monitoring, sync_routes
from target_app.capacity import refuse_too_many_connections
from target_app.databases import Databases
from target_app.errors import handle_errors
from target_app.loop_lag import LoopLag, lag_seconds
from target_app.metrics import Metrics, PoolGauges, request_seconds
from target_app.modes import ByMode
from target_app.scenario_routes import MountedScenarios, mount_scenarios
from target_app.settings import Settings
from target_app.timing import ServerTiming

VERSION = "1.0.0"
"""Of the interface that /openapi.json describes."""
MODES = 2
"""Each namespace has a pool of its own for each."""

_LOG = logging.getLogger("uvicorn.error")
"""Where uvicorn writes what is no access: its operators read it already."""


def application() -> FastAPI:
    """Return the application for `uvicorn --factory target_app.main:application`, set up by the environment.

    A wrong setting, or a server that cannot bear the pools, ends the process with one line. `python -m target_app.main`
    says only that: with many workers, each of them would have to find out.
    """
    try:
        settings = Settings()  # type: ignore[call-arg]  # the environment has the rest
        scenarios = mount_scenarios(settings)
        refuse_too_many_connections(settings, MODES * (1 + len(scenarios.databases.datasets)))
    except ValidationError as error:
        first, *_ = error.errors()
        named = "".join(f"ORMBENCH_{name}: ".upper() for name in first["loc"])
        sys.exit(f"target_app: {named}{first['msg'].removeprefix('Value error, ')}")
    except UsageError as error:
        sys.exit(f"target_app: {error}")
    for name, value in settings.shown().items():
        _LOG.info("%s = %s", name, value)
    return create_app(settings, scenarios)


def create_app(settings: Settings, scenarios: MountedScenarios | None = None) -> ByMode:
    """Return the application; its databases are opened when it is started and closed when it ends."""
    app = ByMode(
        title="ormbench target app",
        summary="Every endpoint twice: /sync with a Session, /async with an AsyncSession.",
        version=VERSION,
        lifespan=_open_and_close,
        redirect_slashes=False,
    )
    app.state.settings = settings
    app.state.scenarios = scenarios or mount_scenarios(settings)
    app.state.asking = monitoring.Asking()
    app.state.registry = CollectorRegistry()
    app.state.registry.register(PoolGauges(app.state))
    app.state.loop_lag = LoopLag(lag_seconds(app.state.registry))
    handle_errors(app)
    app.add_middleware(Metrics, seconds=request_seconds(app.state.registry))
    app.add_middleware(ServerTiming)
    app.add_mode("sync", (*sync_routes.ROUTERS, app.state.scenarios.sync))
    app.add_mode("async", (*async_routes.ROUTERS, app.state.scenarios.awaited))
    app.include_router(landing.router)
    app.include_router(monitoring.router)
    return app


@asynccontextmanager
async def _open_and_close(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    async with AsyncExitStack() as opened:
        app.state.databases = Databases.opened(settings, settings.namespace, settings.conditions)
        opened.push_async_callback(app.state.databases.close)
        # Before it is opened: what it has opened when that fails is closed as well.
        opened.push_async_callback(app.state.scenarios.databases.close)
        app.state.scenarios.databases.open()
        # FastAPI runs every `def` in a thread of this limiter.
        to_thread.current_default_thread_limiter().total_tokens = settings.tokens
        await opened.enter_async_context(app.state.loop_lag.measured())
        yield


if __name__ == "__main__":
    application()
