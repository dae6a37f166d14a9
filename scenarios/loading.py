"""Fetch a page of a shop with what belongs to it: what does the loading strategy cost?

A list page: users with their orders (1, 10 or 100 each), orders with their user, products with a data sheet of thirty
columns, users with orders and addresses, orders with their items and products, and users with all three. All variants
return the same rows; `raiseload` returns the parents only and is there for scale. Says nothing about cold caches,
filters, LIMIT, or children that lie scattered on the disk: the orders of a user were inserted one after another. The
statements of each relation stand in `loading_shapes`.
"""

from __future__ import annotations

from random import Random

from bench.core.claims import Parameters
from bench.core.contract import Divergence, Scenario, Variant
from bench.core.database import AsyncDatabase, Database
from scenarios.loading_claims import CLAIMS
from scenarios.loading_shapes import RELATIONS, Page, Records
from scenarios.shop_data import SHOP, ShopSize

MOST_PARENTS_OF_MANY = 100
"""Parents with a hundred children each that anybody would put on one page."""


def a_page(parameters: Parameters, size: ShopSize, random: Random) -> Page:
    """Draw a run of neighbouring parents at a random place."""
    relation, parents = str(parameters["relation"]), int(parameters["parents"])
    ids = RELATIONS[relation][1](size)
    low = random.randrange(ids.start, ids.stop - parents + 1)
    return Page(relation, {"low": low, "high": low + parents - 1})


def too_few_parents(parameters: Parameters, size: ShopSize) -> str | None:
    """Return why a page of that many parents cannot be drawn, or would be none, or None."""
    there = len(RELATIONS[str(parameters["relation"])][1](size))
    if there < int(parameters["parents"]):
        return f"the {size.name} shop has only {there} parents for {parameters['relation']}; a larger size has more"
    if parameters["relation"] == "one-to-many-100" and int(parameters["parents"]) > MOST_PARENTS_OF_MANY:
        return "a page of more than 10,000 children is no page; `streaming` is about so many rows"
    return None


def lazy(db: Database, page: Page) -> Records:
    """Lazy loading: one more SELECT for every parent (N+1)."""
    with db.session() as session:
        parents = session.scalars(page.shape.lazy, page.bounds).all()
        return [page.shape.record(parent) for parent in parents]


async def lazy_async(db: AsyncDatabase, page: Page) -> Records:
    """Lazy loading through `awaitable_attrs`."""
    async with db.session() as session:
        parents = (await session.scalars(page.shape.lazy, page.bounds)).all()
        return [await page.shape.record_async(parent) for parent in parents]


def raising(db: Database, page: Page) -> Records:
    """Parents only; reading a child would raise (`raiseload`)."""
    with db.session() as session:
        return [page.shape.parent(row) for row in session.scalars(page.shape.raiseload, page.bounds).all()]


async def raising_async(db: AsyncDatabase, page: Page) -> Records:
    """Parents only; reading a child would raise (`raiseload`)."""
    async with db.session() as session:
        return [page.shape.parent(row) for row in (await session.scalars(page.shape.raiseload, page.bounds)).all()]


def selectin(db: Database, page: Page) -> Records:
    """Entities; children by a second SELECT ... IN (`selectinload`)."""
    with db.session() as session:
        return page.shape.fold(session.scalars(page.shape.selectin, page.bounds).all())


async def selectin_async(db: AsyncDatabase, page: Page) -> Records:
    """Entities; children by a second SELECT ... IN (`selectinload`)."""
    async with db.session() as session:
        return page.shape.fold((await session.scalars(page.shape.selectin, page.bounds)).all())


def joined(db: Database, page: Page) -> Records:
    """Entities; children in the same SELECT by LEFT OUTER JOIN (`joinedload`)."""
    with db.session() as session:
        return page.shape.fold(session.scalars(page.shape.joined, page.bounds).unique().all())


async def joined_async(db: AsyncDatabase, page: Page) -> Records:
    """Entities; children in the same SELECT by LEFT OUTER JOIN (`joinedload`)."""
    async with db.session() as session:
        return page.shape.fold((await session.scalars(page.shape.joined, page.bounds)).unique().all())


def subquery(db: Database, page: Page) -> Records:
    """Entities; children by a SELECT that repeats the first as a subquery (`subqueryload`)."""
    with db.session() as session:
        return page.shape.fold(session.scalars(page.shape.subquery, page.bounds).all())


async def subquery_async(db: AsyncDatabase, page: Page) -> Records:
    """Entities; children by a SELECT that repeats the first as a subquery (`subqueryload`)."""
    async with db.session() as session:
        return page.shape.fold((await session.scalars(page.shape.subquery, page.bounds)).all())


def contained(db: Database, page: Page) -> Records:
    """Entities; children from a join that the query makes itself (`contains_eager`)."""
    with db.session() as session:
        return page.shape.fold(session.scalars(page.shape.contained, page.bounds).unique().all())


async def contained_async(db: AsyncDatabase, page: Page) -> Records:
    """Entities; children from a join that the query makes itself (`contains_eager`)."""
    async with db.session() as session:
        return page.shape.fold((await session.scalars(page.shape.contained, page.bounds)).unique().all())


def core_join(db: Database, page: Page) -> Records:
    """No entities: one Core join, regrouped in Python."""
    with db.engine.connect() as connection:
        return page.shape.regroup(connection.execute(page.shape.core_join, page.bounds))


async def core_join_async(db: AsyncDatabase, page: Page) -> Records:
    """No entities: one Core join, regrouped in Python."""
    async with db.engine.connect() as connection:
        return page.shape.regroup(await connection.execute(page.shape.core_join, page.bounds))


SCENARIO = Scenario(
    name="loading",
    variants=(
        Variant(
            "select",
            lazy,
            lazy_async,
            # run_sync around the whole loop would hide the await; awaitable_attrs is what the documentation of
            # AsyncAttrs teaches and what people write where a lazy attribute turns up in async code.
            divergence=Divergence("reading a lazy attribute blocks, so async code awaits `awaitable_attrs`"),
        ),
        Variant("selectin", selectin, selectin_async),
        Variant("joined", joined, joined_async),
        Variant("subquery", subquery, subquery_async),
        Variant("contains_eager", contained, contained_async),
        Variant("raiseload", raising, raising_async, answers="the parents only"),
        Variant("core_join", core_join, core_join_async),
    ),
    baseline="selectin",
    dataset=SHOP,
    key=a_page,
    parameters={"relation": tuple(RELATIONS), "parents": (20, 100, 500, 1_000)},
    quick={"relation": ("one-to-many-10",), "parents": (20,)},
    smoke={"relation": ("one-to-many-10",), "parents": (20,)},
    full={"parents": (20,)},
    lacks=too_few_parents,
    claims=CLAIMS,
)
