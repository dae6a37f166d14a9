"""Work through many rows: all at once, through a server-side cursor, or in batches?

A job that reads 10,000 to 1,000,000 rows of five columns and keeps a few figures of them. What is returned is folded
row by row, alike in all variants, so that a variant holds only what its way of reading holds: the peak memory of one
operation is weighed. Says nothing about what others can do meanwhile: fetching all at once keeps an event loop busy
while the rows are built. Nor does it change what it reads: batches are statements of their own, between which other
writers can add or take rows away, and OFFSET then repeats or misses some.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any
from zlib import crc32

from sqlalchemy import BindParameter, bindparam, select

from bench.core.claims import Claim, Faster, Parameters
from bench.core.contract import Divergence, Scenario, Variant
from bench.core.database import AsyncDatabase, Database
from scenarios.ledger import LEDGER, Entry, LedgerSize

Span = dict[str, int]
"""The bounds of the ids that one operation reads."""
Figures = tuple[int, int, int]

YIELD_ROWS = 1_000
"""Rows that a server-side cursor fetches at a time."""
BATCH_ROWS = 10_000
"""Rows of a batch; with fewer, OFFSET would take minutes for a million rows."""

ENTRIES = Entry.__table__
SPAN: tuple[BindParameter[int], BindParameter[int]] = bindparam("low"), bindparam("high")
ALL = select(ENTRIES).where(ENTRIES.c.id.between(*SPAN)).order_by(ENTRIES.c.id)
STREAM = ALL.execution_options(yield_per=YIELD_ROWS)
# The lower bound of the next batch is the upper end of the last one.
KEYSET_BATCH = ALL.limit(BATCH_ROWS)
OFFSET_BATCH = KEYSET_BATCH.offset(bindparam("offset", type_=ENTRIES.c.id.type))


@dataclass(slots=True)
class Tally:
    """What is kept of the rows: their number, the sum of their amounts, and a checksum of their memos in order."""

    count: int = 0
    total_cents: int = 0
    checksum: int = 0

    def add(self, row: Sequence[Any]) -> None:
        """Take one row into account."""
        self.count += 1
        self.total_cents += row[2]
        self.checksum = crc32(row[3].encode(), self.checksum)

    @property
    def figures(self) -> Figures:
        """Return all three."""
        return self.count, self.total_cents, self.checksum


def a_span(parameters: Parameters, size: LedgerSize, random: Random) -> Span:
    """Draw a run of so many entries."""
    rows = int(parameters["rows"])
    low = random.randint(1, size.entries - rows + 1)
    return {"low": low, "high": low + rows - 1}


def too_short(parameters: Parameters, size: LedgerSize) -> str | None:
    """Return why so many rows cannot be read, or None."""
    if int(parameters["rows"]) <= size.entries:
        return None
    return f"the {size.name} ledger has only {size.entries} entries; a larger size has more"


def fetch_all(db: Database, span: Span) -> Figures:
    """All rows at once (`all`)."""
    tally = Tally()
    with db.engine.connect() as connection:
        for row in connection.execute(ALL, span).all():
            tally.add(row)
    return tally.figures


async def fetch_all_async(db: AsyncDatabase, span: Span) -> Figures:
    """All rows at once (`all`)."""
    tally = Tally()
    async with db.engine.connect() as connection:
        for row in (await connection.execute(ALL, span)).all():
            tally.add(row)
    return tally.figures


def yield_per(db: Database, span: Span) -> Figures:
    """A server-side cursor, row by row (`yield_per`)."""
    tally = Tally()
    with db.engine.connect() as connection:
        for row in connection.execute(STREAM, span):
            tally.add(row)
    return tally.figures


async def yield_per_async(db: AsyncDatabase, span: Span) -> Figures:
    """A server-side cursor, row by row (`yield_per`)."""
    tally = Tally()
    async with db.engine.connect() as connection:
        async for row in await connection.stream(STREAM, span):
            tally.add(row)
    return tally.figures


def partitions(db: Database, span: Span) -> Figures:
    """A server-side cursor, 1,000 rows at a time (`partitions`)."""
    tally = Tally()
    with db.engine.connect() as connection:
        for rows in connection.execute(STREAM, span).partitions():
            for row in rows:
                tally.add(row)
    return tally.figures


async def partitions_async(db: AsyncDatabase, span: Span) -> Figures:
    """A server-side cursor, 1,000 rows at a time (`partitions`)."""
    tally = Tally()
    async with db.engine.connect() as connection:
        async for rows in (await connection.stream(STREAM, span)).partitions():
            for row in rows:
                tally.add(row)
    return tally.figures


def keyset_batches(db: Database, span: Span) -> Figures:
    """Batches of 10,000, each on from the last id."""
    tally = Tally()
    low, more = span["low"], True
    with db.engine.connect() as connection:
        while more:
            rows = connection.execute(KEYSET_BATCH, {**span, "low": low}).all()
            for row in rows:
                tally.add(row)
            more = len(rows) == BATCH_ROWS
            low = rows[-1].id + 1 if more else low
    return tally.figures


async def keyset_batches_async(db: AsyncDatabase, span: Span) -> Figures:
    """Batches of 10,000, each on from the last id."""
    tally = Tally()
    low, more = span["low"], True
    async with db.engine.connect() as connection:
        while more:
            rows = (await connection.execute(KEYSET_BATCH, {**span, "low": low})).all()
            for row in rows:
                tally.add(row)
            more = len(rows) == BATCH_ROWS
            low = rows[-1].id + 1 if more else low
    return tally.figures


def offset_batches(db: Database, span: Span) -> Figures:
    """Batches of 10,000 by LIMIT and OFFSET."""
    tally = Tally()
    offset, more = 0, True
    with db.engine.connect() as connection:
        while more:
            rows = connection.execute(OFFSET_BATCH, {**span, "offset": offset}).all()
            for row in rows:
                tally.add(row)
            more = len(rows) == BATCH_ROWS
            offset += BATCH_ROWS
    return tally.figures


async def offset_batches_async(db: AsyncDatabase, span: Span) -> Figures:
    """Batches of 10,000 by LIMIT and OFFSET."""
    tally = Tally()
    offset, more = 0, True
    async with db.engine.connect() as connection:
        while more:
            rows = (await connection.execute(OFFSET_BATCH, {**span, "offset": offset})).all()
            for row in rows:
                tally.add(row)
            more = len(rows) == BATCH_ROWS
            offset += BATCH_ROWS
    return tally.figures


STREAMED = Divergence(
    "async code streams with `AsyncConnection.stream`: its `execute` fetches every row before it returns"
)


def in_batches(parameters: Parameters) -> bool:
    """Tell whether there are more rows than a batch holds."""
    return int(parameters["rows"]) > BATCH_ROWS


CLAIMS = (
    Claim(
        "C75",
        "keyset batches are faster than batches by offset and limit",
        Faster("keyset_batches", "offset_batches", where=in_batches),
        "Let each batch begin behind the last id of the one before: OFFSET reads again all that it has read.",
    ),
    Claim(
        "C111",
        "10,000 rows are faster fetched at once than by a server-side cursor",
        Faster("fetch_all", "yield_per", where=lambda parameters: not in_batches(parameters)),
        "Stream where memory needs it, in async code by partitions, and fetch at once what is small.",
    ),
)

SCENARIO = Scenario(
    name="streaming",
    variants=(
        Variant("fetch_all", fetch_all, fetch_all_async),
        Variant("yield_per", yield_per, yield_per_async, divergence=STREAMED),
        Variant("partitions", partitions, partitions_async, divergence=STREAMED),
        Variant("keyset_batches", keyset_batches, keyset_batches_async),
        Variant("offset_batches", offset_batches, offset_batches_async),
    ),
    baseline="fetch_all",
    dataset=LEDGER,
    key=a_span,
    parameters={"rows": (10_000, 100_000, 1_000_000)},
    smoke=None,
    quick=None,
    full={"rows": (10_000,)},
    lacks=too_short,
    weighs_memory=True,
    claims=CLAIMS,
)
