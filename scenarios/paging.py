"""Read one page of 100 rows deep in a table: OFFSET, or on from the last row that was seen?

A reader who pages through a long list in the order of time, at the top of it, 10,000 rows down or 500,000. A page by
OFFSET reads and drops all rows before it; a keyset page starts in the index behind the last row of the page before. All
have a total order, so all return the same page: without ORDER BY there is no such thing as page 7, and rows come twice
or never. Says nothing about rows that are inserted while somebody pages, where OFFSET repeats and misses rows as well,
nor about jumps to a page by its number, which keysets cannot do.
"""

from __future__ import annotations

from operator import attrgetter
from random import Random
from typing import Any

from sqlalchemy import DateTime, Integer, bindparam, func, or_, select, tuple_

from bench.core.claims import Claim, Faster, Parameters
from bench.core.contract import Scenario, Variant
from bench.core.database import AsyncDatabase, Database
from scenarios.ledger import LEDGER, Entry, LedgerSize, booked_at

Record = tuple[Any, ...]
Records = list[Record]
Page = dict[str, Any]
"""The number of rows before a page, and the last of them: its id, and its moment."""

PAGE_ROWS = 100
PAGES = 10
"""A page is one of the first ten at its depth."""
VERY_DEEP = 500_000
ENTRY: attrgetter[Record] = attrgetter(*Entry.__table__.columns.keys())

LAST_ID = bindparam("last_id", type_=Integer())
LAST_MOMENT = bindparam("last_moment", type_=DateTime())
BY_ID = select(Entry).order_by(Entry.id).limit(PAGE_ROWS)
BY_MOMENT = select(Entry).order_by(Entry.booked_at, Entry.id).limit(PAGE_ROWS)
COUNT = select(func.count()).select_from(Entry)

OFFSET = BY_ID.offset(bindparam("offset", type_=Integer()))
KEYSET = BY_ID.where(Entry.id > LAST_ID)
KEYSET_PAIR = BY_MOMENT.where(tuple_(Entry.booked_at, Entry.id) > tuple_(LAST_MOMENT, LAST_ID))
# The same without a comparison of rows, from which the optimizers of MySQL and MariaDB make no range of an index (MySQL
# manual, "Row Constructor Expression Optimization").
KEYSET_SPELT = BY_MOMENT.where(Entry.booked_at >= LAST_MOMENT, or_(Entry.booked_at > LAST_MOMENT, Entry.id > LAST_ID))


def a_page(parameters: Parameters, _size: LedgerSize, random: Random) -> Page:
    """Draw one of the first ten pages at a depth."""
    before = int(parameters["depth"]) + PAGE_ROWS * random.randrange(PAGES)
    return {"offset": before, "last_id": before, "last_moment": booked_at(before)}


def too_short(parameters: Parameters, size: LedgerSize) -> str | None:
    """Return why there are no ten pages at a depth, or None."""
    if int(parameters["depth"]) + PAGE_ROWS * PAGES <= size.entries:
        return None
    return f"the {size.name} ledger has only {size.entries} entries; a larger size has more"


def offset(db: Database, page: Page) -> Records:
    """LIMIT and OFFSET."""
    with db.session() as session:
        return [ENTRY(entry) for entry in session.scalars(OFFSET, page).all()]


async def offset_async(db: AsyncDatabase, page: Page) -> Records:
    """LIMIT and OFFSET."""
    async with db.session() as session:
        return [ENTRY(entry) for entry in (await session.scalars(OFFSET, page)).all()]


def offset_total(db: Database, page: Page) -> tuple[int | None, Records]:
    """LIMIT and OFFSET, and the number of all rows for "page 7 of 9,000"."""
    with db.session() as session:
        total = session.scalar(COUNT)
        return total, [ENTRY(entry) for entry in session.scalars(OFFSET, page).all()]


async def offset_total_async(db: AsyncDatabase, page: Page) -> tuple[int | None, Records]:
    """LIMIT and OFFSET, and the number of all rows for "page 7 of 9,000"."""
    async with db.session() as session:
        total = await session.scalar(COUNT)
        return total, [ENTRY(entry) for entry in (await session.scalars(OFFSET, page)).all()]


def keyset(db: Database, page: Page) -> Records:
    """Keyset: on from the last id."""
    with db.session() as session:
        return [ENTRY(entry) for entry in session.scalars(KEYSET, page).all()]


async def keyset_async(db: AsyncDatabase, page: Page) -> Records:
    """Keyset: on from the last id."""
    async with db.session() as session:
        return [ENTRY(entry) for entry in (await session.scalars(KEYSET, page)).all()]


def keyset_pair(db: Database, page: Page) -> Records:
    """Keyset: on from the last moment and id, compared as a pair."""
    with db.session() as session:
        return [ENTRY(entry) for entry in session.scalars(KEYSET_PAIR, page).all()]


async def keyset_pair_async(db: AsyncDatabase, page: Page) -> Records:
    """Keyset: on from the last moment and id, compared as a pair."""
    async with db.session() as session:
        return [ENTRY(entry) for entry in (await session.scalars(KEYSET_PAIR, page)).all()]


def keyset_spelt(db: Database, page: Page) -> Records:
    """Keyset: on from the last moment and id, compared one after the other."""
    with db.session() as session:
        return [ENTRY(entry) for entry in session.scalars(KEYSET_SPELT, page).all()]


async def keyset_spelt_async(db: AsyncDatabase, page: Page) -> Records:
    """Keyset: on from the last moment and id, compared one after the other."""
    async with db.session() as session:
        return [ENTRY(entry) for entry in (await session.scalars(KEYSET_SPELT, page)).all()]


def is_deep(parameters: Parameters) -> bool:
    """Tell whether there are rows before the first of the ten pages."""
    return int(parameters["depth"]) > 0


def is_very_deep(parameters: Parameters) -> bool:
    """Tell whether there are half a million rows before."""
    return int(parameters["depth"]) >= VERY_DEEP


CLAIMS = (
    Claim(
        "C75",
        "behind 10,000 rows or more a keyset page is faster than OFFSET",
        Faster("keyset", "offset", where=is_deep),
        "Page by keyset where readers go on to the next page, and keep OFFSET for lists that end soon.",
    ),
    Claim(
        "C75",
        "half a million rows down, a keyset page is more than 10 times as fast as OFFSET",
        Faster("keyset", "offset", times=10.0, where=is_very_deep),
        "Measure at the depth that your readers and crawlers reach, not on the first page.",
    ),
    Claim(
        "C75",
        "a keyset over two columns is faster than OFFSET, too",
        Faster("keyset_pair", "offset", where=is_deep),
        "Look at the plan: the index must have both columns, and MySQL wants the comparison spelt out.",
    ),
)

SCENARIO = Scenario(
    name="paging",
    variants=(
        Variant("offset", offset, offset_async),
        Variant("offset_total", offset_total, offset_total_async, answers="the page and the number of all rows"),
        Variant("keyset", keyset, keyset_async),
        Variant("keyset_pair", keyset_pair, keyset_pair_async),
        Variant("keyset_spelt", keyset_spelt, keyset_spelt_async),
    ),
    baseline="offset",
    dataset=LEDGER,
    key=a_page,
    parameters={"depth": (0, 10_000, VERY_DEEP)},
    smoke=None,
    quick=None,
    lacks=too_short,
    claims=CLAIMS,
)
