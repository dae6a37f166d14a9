"""Waiting for the database and for nothing else, awaited; and what it does to a service to forget the awaiting."""

from __future__ import annotations

from fastapi import APIRouter

from target_app.answering import AnsweringRoute
from target_app.dependencies import AsyncDatabase, Database
from target_app.problems import documented
from target_app.schemas.waiting import Milliseconds, Waited
from target_app.statements.waiting import WAIT

router = APIRouter(route_class=AnsweringRoute)


@router.get("/wait", responses=documented())
async def wait(db: AsyncDatabase, ms: Milliseconds = 100) -> Waited:
    """Send a query that waits at the database, as a slow one does."""
    async with db.reading() as session:
        await session.execute(WAIT, {"seconds": ms / 1e3})
    return Waited(waited_ms=ms)


@router.get("/blocking", responses=documented())
async def block(db: Database, ms: Milliseconds = 100) -> Waited:
    """Never do this: the same query with a blocking Session inside of `async def`.

    It holds the event loop, so that for as long as it waits the process neither begins nor ends any other request. It
    is here to be seen under load, and has no twin.
    """
    with db.reading() as session:
        session.execute(WAIT, {"seconds": ms / 1e3})
    return Waited(waited_ms=ms)
