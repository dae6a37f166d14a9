"""Fetch a page of a shop with what belongs to it: what does the loading strategy cost?

A list page: users with their orders (1, 10 or 100 each), orders with their user, users with orders and addresses,
orders with their items and products. All variants return the same rows; `raiseload` returns the parents only and is
there for scale. Says nothing about cold caches, filters, LIMIT, or children that lie scattered on the disk: the
orders of a user were inserted one after another. The statements of each relation stand in `loading_shapes`.
"""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from bench.core.claims import Claim, Faster, Parameters, Raises, Statements
from bench.core.contract import Divergence, Scenario, Variant
from bench.core.database import AsyncDatabase, Database
from scenarios.loading_shapes import RELATIONS, Records, Shape
from scenarios.shop_data import SHOP, ShopSize


class Page(NamedTuple):
    """What one operation asks for: the parents whose ids lie between two bounds, and their children."""

    relation: str
    bounds: dict[str, int]

    @property
    def shape(self) -> Shape:
        """Return the statements for this page."""
        return RELATIONS[self.relation][0]


def a_page(parameters: Parameters, size: ShopSize, random: Random) -> Page:
    """Draw a run of neighbouring parents at a random place."""
    relation, parents = str(parameters["relation"]), int(parameters["parents"])
    ids = RELATIONS[relation][1](size)
    low = random.randrange(ids.start, ids.stop - parents + 1)
    return Page(relation, {"low": low, "high": low + parents - 1})


def too_few_parents(parameters: Parameters, size: ShopSize) -> str | None:
    """Return why a page of that many parents cannot be drawn, or None."""
    there = len(RELATIONS[str(parameters["relation"])][1](size))
    if there >= int(parameters["parents"]):
        return None
    return f"the {size.name} shop has only {there} parents for {parameters['relation']}; a larger size has more"


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


def core_join(db: Database, page: Page) -> Records:
    """No entities: one Core join, regrouped in Python."""
    with db.engine.connect() as connection:
        return page.shape.regroup(connection.execute(page.shape.core_join, page.bounds))


async def core_join_async(db: AsyncDatabase, page: Page) -> Records:
    """No entities: one Core join, regrouped in Python."""
    async with db.engine.connect() as connection:
        return page.shape.regroup(await connection.execute(page.shape.core_join, page.bounds))


def forget_unique(db: Database, page: Page) -> Records:
    """Load a collection by `joinedload` and forget `unique()`."""
    with db.session() as session:
        return page.shape.fold(session.scalars(page.shape.joined, page.bounds).all())


async def forget_unique_async(db: AsyncDatabase, page: Page) -> Records:
    """Load a collection by `joinedload` and forget `unique()`."""
    async with db.session() as session:
        return page.shape.fold((await session.scalars(page.shape.joined, page.bounds)).all())


ONE_STEP = ("one-to-many-1", "one-to-many-10", "one-to-many-100", "many-to-one")
"""The relations that sayings have in mind: one kind of child, one step away."""


def one_step(parameters: Parameters) -> bool:
    """Tell whether there is one kind of child, one step away."""
    return parameters["relation"] in ONE_STEP


def few_children(parameters: Parameters) -> bool:
    """Tell whether every parent has one child."""
    return parameters["relation"] in {"one-to-many-1", "many-to-one"}


def many_children(parameters: Parameters) -> bool:
    """Tell whether every parent has ten children or more."""
    return parameters["relation"] in {"one-to-many-10", "one-to-many-100", "siblings"}


def has_collection(parameters: Parameters) -> bool:
    """Tell whether a parent has a collection of children."""
    return parameters["relation"] != "many-to-one"


def is_path(parameters: Parameters) -> bool:
    """Tell whether the children have children."""
    return parameters["relation"] == "path"


CLAIMS = (
    Claim(
        "C12",
        'lazy="select" is N+1',
        Statements("select", lambda parameters: 1 + int(parameters["parents"]), one_step),
        "Name the relations that a query needs in its options; raiseload shows the ones that were forgotten.",
    ),
    Claim(
        "C14",
        "selectinload issues 2 statements",
        Statements("selectin", 2, one_step),
        "Count one statement more for every 500 parents.",
    ),
    Claim(
        "C15",
        "selectinload loads parents and children in a single query",
        Statements("selectin", 1, one_step),
        "Where a round trip is dear, look at joinedload for the small relations.",
    ),
    Claim(
        "C16",
        "nested selectinload issues depth + 1 statements",
        Statements("selectin", 3, is_path),
        "Each level counts one statement more for every 500 of its parents.",
    ),
    Claim(
        "C17",
        "joinedload issues 1 statement",
        Statements("joined", 1),
        "Look at the rows too: a join repeats the parent for every child.",
    ),
    Claim(
        "C18",
        "joinedload is good for many-to-one and one-to-one",
        Faster("joined", "selectin", where=few_children),
        "Use joinedload where every parent has one child at most.",
    ),
    Claim(
        "C18",
        "selectinload is good for one-to-many",
        Faster("selectin", "joined", where=many_children),
        "Use selectinload for collections, above all for two at once: a join multiplies them.",
    ),
    Claim(
        "C19",
        "joinedload of a collection raises without unique()",
        Raises("InvalidRequestError", forget_unique, forget_unique_async, has_collection),
        "Call unique() on the result; the error comes in the first test, not in production.",
    ),
    Claim(
        "C20",
        "subqueryload issues 2 statements",
        Statements("subquery", 2, one_step),
        "Prefer selectinload: subqueryload repeats the query, and with LIMIT but no ORDER BY it can load wrong rows.",
    ),
    Claim(
        "C102",
        "selectinload is more than 3 times as fast as joinedload",
        Faster("selectin", "joined", times=3.0, where=has_collection),
        "Expect it for wide fan-outs and sibling collections only, and measure yours.",
    ),
)

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
        Variant("raiseload", raising, raising_async, answers="the parents only"),
        Variant("core_join", core_join, core_join_async),
    ),
    baseline="selectin",
    dataset=SHOP,
    key=a_page,
    parameters={"relation": tuple(RELATIONS), "parents": (20, 500, 1_000)},
    quick={"relation": ("one-to-many-10", "many-to-one"), "parents": (20,)},
    smoke={"relation": ("one-to-many-10",), "parents": (20,)},
    lacks=too_few_parents,
    claims=CLAIMS,
)
