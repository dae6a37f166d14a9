"""Fetch one row: `get`, a SELECT, or `first`, and what does a forgotten LIMIT cost?

A detail page that needs one entry. It is asked for by its key, once in a new session and once more in a session that
holds it already; or it is the first of `matching` rows that a filter leaves. All variants return the same entry. A
lookup by key does not depend on `matching` and is there to compare with. Says nothing about filters without an index,
where the search costs more than what is fetched, nor about wide rows.
"""

from __future__ import annotations

from operator import attrgetter
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select

from bench.core.claims import Claim, Faster, Parameters, Statements
from bench.core.contract import Scenario, Variant
from bench.core.database import AsyncDatabase, Database
from scenarios.ledger import LEDGER, Entry, LedgerSize

Record = tuple[Any, ...]

ENTRY: attrgetter[Record] = attrgetter(*Entry.__table__.columns.keys())
ONE = select(Entry).where(Entry.id == bindparam("low"))
MATCHING = select(Entry).where(Entry.id.between(bindparam("low"), bindparam("high"))).order_by(Entry.id)
FIRST_OF_MATCHING = MATCHING.limit(1)


class Match(NamedTuple):
    """What one operation asks for: the entry with the lowest id of a run, and the run."""

    low: int
    bounds: dict[str, int]

    @property
    def key(self) -> dict[str, int]:
        """Return the parameter of a lookup by key."""
        return {"low": self.low}


def a_match(parameters: Parameters, size: LedgerSize, random: Random) -> Match:
    """Draw a run of so many neighbouring entries."""
    matching = int(parameters["matching"])
    low = random.randint(1, size.entries - matching + 1)
    return Match(low, {"low": low, "high": low + matching - 1})


def get_miss(db: Database, match: Match) -> Record:
    """`get` in a new session."""
    with db.session() as session:
        return ENTRY(session.get(Entry, match.low))


async def get_miss_async(db: AsyncDatabase, match: Match) -> Record:
    """`get` in a new session."""
    async with db.session() as session:
        return ENTRY(await session.get(Entry, match.low))


def get_hit(db: Database, match: Match) -> Record:
    """`get` twice in a session: the second finds the entity there."""
    with db.session() as session:
        # A session refers weakly to what it has loaded: if nobody held the first, it would be loaded again.
        both = session.get(Entry, match.low), session.get(Entry, match.low)
        return ENTRY(both[1])


async def get_hit_async(db: AsyncDatabase, match: Match) -> Record:
    """`get` twice in a session: the second finds the entity there."""
    async with db.session() as session:
        both = await session.get(Entry, match.low), await session.get(Entry, match.low)
        return ENTRY(both[1])


def select_one(db: Database, match: Match) -> Record:
    """A SELECT by key (`scalar_one`)."""
    with db.session() as session:
        return ENTRY(session.execute(ONE, match.key).scalar_one())


async def select_one_async(db: AsyncDatabase, match: Match) -> Record:
    """A SELECT by key (`scalar_one`)."""
    async with db.session() as session:
        return ENTRY((await session.execute(ONE, match.key)).scalar_one())


def first_no_limit(db: Database, match: Match) -> Record:
    """`first` of a SELECT that matches many rows."""
    with db.session() as session:
        return ENTRY(session.scalars(MATCHING, match.bounds).first())


async def first_no_limit_async(db: AsyncDatabase, match: Match) -> Record:
    """`first` of a SELECT that matches many rows."""
    async with db.session() as session:
        return ENTRY((await session.scalars(MATCHING, match.bounds)).first())


def first_limit_1(db: Database, match: Match) -> Record:
    """`first` of the same SELECT with LIMIT 1."""
    with db.session() as session:
        return ENTRY(session.scalars(FIRST_OF_MATCHING, match.bounds).first())


async def first_limit_1_async(db: AsyncDatabase, match: Match) -> Record:
    """`first` of the same SELECT with LIMIT 1."""
    async with db.session() as session:
        return ENTRY((await session.scalars(FIRST_OF_MATCHING, match.bounds)).first())


def matches_many(parameters: Parameters) -> bool:
    """Tell whether the filter leaves more rows than the one that is wanted."""
    return int(parameters["matching"]) > 1


CLAIMS = (
    Claim(
        "C81",
        "session.get() of an entity that the session holds sends no statement of its own",
        Statements("get_hit", 1),
        "Hold on to the entity for as long as this should be true: a session refers to it weakly.",
    ),
    Claim(
        "C81",
        "first() without LIMIT still fetches every row",
        # Less than twice the time of one row would be no sign of a thousand.
        Faster("first_limit_1", "first_no_limit", times=2.0, where=matches_many),
        "Write limit(1) where more than one row can match: first() cuts the result in Python, not in the database.",
    ),
)

SCENARIO = Scenario(
    name="fetching_one",
    variants=(
        Variant("get_miss", get_miss, get_miss_async),
        Variant("get_hit", get_hit, get_hit_async),
        Variant("select_one", select_one, select_one_async),
        Variant("first_no_limit", first_no_limit, first_no_limit_async),
        Variant("first_limit_1", first_limit_1, first_limit_1_async),
    ),
    baseline="select_one",
    dataset=LEDGER,
    key=a_match,
    parameters={"matching": (1, 1_000)},
    smoke=None,
    quick=None,
    claims=CLAIMS,
)
