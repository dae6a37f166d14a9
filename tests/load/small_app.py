"""`uvicorn --app-dir tests/load small_app:app`: an app that answers at once, fails where asked, and may stall once."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from typing import Any

STALL_AT_S, STALL_S = (float(os.environ.get(name, "0")) for name in ("STALL_AT_S", "STALL_S"))
"""So long after the first request but `/ready`, for so long: nothing is answered meanwhile."""

state: dict[str, float] = {}


async def app(
    scope: dict[str, Any], _receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    """Answer a request of HTTP."""
    if scope["type"] != "http":
        return
    now_s = time.monotonic()
    if (
        STALL_S
        and scope["path"] != "/ready"
        and now_s - state.setdefault("first", now_s) > STALL_AT_S
        and "stalled" not in state
    ):
        state["stalled"] = now_s
        time.sleep(STALL_S)  # noqa: ASYNC251 - the whole loop is to stand still
    if scope["path"] == "/slow":
        await asyncio.sleep(0.2)
    status = 503 if scope["path"] == "/busy" else 200
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"{}"})
