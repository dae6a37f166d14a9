"""How an application is served for load, and how its process is told: by its command line and its environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import URL

from bench.core.interpreter import module_command
from bench.load.target.lifeline import GRACE_S

APPLICATION = "target_app.main:application"
"""By name: the app is started as a process and never imported."""

ROOT = Path(__file__).resolve().parents[3]
"""Where the applications lie beside this package, whatever the working folder."""

_FOREIGN = ("ORMBENCH_", "UVICORN_")
"""Variables of ours that are not passed on: the options alone decide."""
_SETTINGS = ("pool_size", "max_overflow", "pool_timeout_s", "pre_ping", "thread_tokens", "workers", "size", "scenarios")
"""Options that the app has under the same names."""


@dataclass(frozen=True, kw_only=True)
class TargetOptions:
    """How the app is served."""

    host: str = "127.0.0.1"
    port: int = 0
    """0 for any that is free."""
    drivers: tuple[str, ...] = ()
    """One for each mode at most; the baseline driver and its twin where none is named."""
    pool_size: int = 10
    max_overflow: int = 0
    pool_timeout_s: float = 5.0
    pre_ping: bool = False
    thread_tokens: int | None = None
    """Sync requests that run at a time; None for as many as a pool has connections."""
    workers: int = 1
    loop: Literal["uvloop", "asyncio"] = "uvloop"
    size: str = "small"
    scenarios: bool = True


def serving_command(application: str, options: TargetOptions, port: int) -> list[str]:
    """Return the command that serves an application, named by its factory, at a port, and ends it with us."""
    place = ["--factory", application, "--app-dir", str(ROOT), "--host", options.host, "--port", str(port)]
    server = ["--workers", str(options.workers), "--loop", options.loop, "--http", "httptools", "--no-access-log"]
    return module_command("bench.load.target.lifeline", *place, *server, "--timeout-graceful-shutdown", str(GRACE_S))


def target_environment(url: URL, pair: tuple[str, str], options: TargetOptions) -> dict[str, str]:
    """Return the variables of the app; the password is among them, for a command line is open to everybody."""
    settings = {name: getattr(options, name) for name in _SETTINGS}
    settings |= {"url": url.render_as_string(hide_password=False), "sync_driver": pair[0], "async_driver": pair[1]}
    return serving_environment(settings)


def serving_environment(settings: Mapping[str, object]) -> dict[str, str]:
    """Return our variables with nothing in them but these settings; None leaves one to the application's default."""
    ours = {f"ORMBENCH_{name.upper()}": str(value) for name, value in settings.items() if value is not None}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    return {**inherited, **ours, "PYTHONUNBUFFERED": "1"}
