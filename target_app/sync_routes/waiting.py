"""Waiting for the database and for nothing else, in blocking code."""

from __future__ import annotations

from fastapi import APIRouter

from target_app.answering import AnsweringRoute
from target_app.dependencies import Database
from target_app.problems import documented
from target_app.schemas.waiting import Milliseconds, Waited
from target_app.statements.waiting import WAIT

router = APIRouter(route_class=AnsweringRoute)


@router.get("/wait", responses=documented())
def wait(db: Database, ms: Milliseconds = 100) -> Waited:
    """Send a query that waits at the database, as a slow one does."""
    with db.reading() as session:
        session.execute(WAIT, {"seconds": ms / 1e3})
    return Waited(waited_ms=ms)
