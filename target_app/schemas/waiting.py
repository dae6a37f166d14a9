"""How long a client asks the database to wait, and what it is answered."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from target_app.schemas.base import Answered

LONGEST_MS = 10_000

Milliseconds = Annotated[int, Query(ge=0, le=LONGEST_MS, description="How long the database waits, in ms.")]


class Waited(Answered):
    """How long the database was asked to wait."""

    waited_ms: int
