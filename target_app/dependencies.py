"""What endpoints ask for: the database of their mode, ids, and bounds of a page.

An endpoint opens its session itself, in one of two ways, and where the block ends the connection is back in its pool:
before the response is built, let alone sent, and in the thread that did the work.

- `with db.session.begin() as session:` is a transaction, which is committed there. Everything that writes or locks
  takes it, and what reads several times and needs one snapshot (then with the isolation level that gives one).
- `with db.reading() as session:` is for endpoints that only read, and whose statements may each see the state of its
  own moment, as they do under READ COMMITTED anyway. With psycopg and asyncpg none of them is in a transaction of ours:
  BEGIN and COMMIT, two round trips, are saved (see `reading_options`). Nothing may be written there: these would commit
  it at once, and the others lose it.

A `yield` dependency cannot promise when that happens. FastAPI runs its end after the response was sent (or, with
`scope="function"`, before that but after the response was encoded), and for `def` in a thread of its own: then
requests that hold a connection wait for a thread behind requests that hold a thread and wait for a connection.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query, Request

from bench.core.database import AsyncDatabase as AsyncHandle
from bench.core.database import Database as Handle
from target_app.databases import Databases
from target_app.schemas.base import LARGEST_INTEGER, Reference

MOST_ROWS = 100
"""On one page."""


# Without `async` they would be run in a thread, for no reason: nothing here waits.
async def _sync_database(request: Request) -> Handle:
    databases: Databases = request.app.state.databases
    return databases.sync


async def _async_database(request: Request) -> AsyncHandle:
    databases: Databases = request.app.state.databases
    return databases.awaited


Database = Annotated[Handle, Depends(_sync_database)]
AsyncDatabase = Annotated[AsyncHandle, Depends(_async_database)]

Id = Annotated[Reference, Path()]
Ids = Annotated[
    list[Reference],
    Query(min_length=1, max_length=MOST_ROWS, description="So many ids, each as a parameter of its own: ids=1&ids=2."),
]
After = Annotated[
    int, Query(ge=0, le=LARGEST_INTEGER, description="Only rows whose id is above this one (keyset paging).")
]
Offset = Annotated[int, Query(ge=0, le=LARGEST_INTEGER, description="Rows to pass over (offset paging).")]
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="Rows of a page.")]
