"""Count and sum the orders of each user: in SQL, or in Python?

An overview of customers with the number and the value of their orders, ten each. In SQL one row per user comes back;
in Python all orders do, as entities or as plain rows, and are counted there. All variants return the same figures. Says
nothing about sums over a whole table, where SQL reads what Python would never load, nor about figures that a filter in
the application decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from sqlalchemy import BindParameter, bindparam, func, select
from sqlalchemy.orm import selectinload

from bench.core.claims import Claim, Faster, Parameters
from bench.core.contract import Scenario, Variant
from bench.core.database import AsyncDatabase, Database
from scenarios.shop import Order, User
from scenarios.shop_data import SHOP, ShopSize

Figures = list[tuple[int, int, int]]
"""Of each user the id, the number of orders, and their value in cents."""

ORDERS_EACH = 10
PAGE: tuple[BindParameter[int], BindParameter[int]] = bindparam("low"), bindparam("high")
USERS = User.id.between(*PAGE)

GROUPED = (
    select(User.id, func.count(Order.id), func.coalesce(func.sum(Order.total_cents), 0))
    .outerjoin(User.orders)
    .where(USERS)
    .group_by(User.id)
    .order_by(User.id)
)
_MINE = select(func.count(Order.id)).where(Order.user_id == User.id)
_VALUE = select(func.coalesce(func.sum(Order.total_cents), 0)).where(Order.user_id == User.id)
SUBQUERIES = select(User.id, _MINE.scalar_subquery(), _VALUE.scalar_subquery()).where(USERS).order_by(User.id)
ENTITIES = select(User).options(selectinload(User.orders)).where(USERS).order_by(User.id)
ROWS = select(User.id, Order.total_cents).outerjoin(User.orders).where(USERS).order_by(User.id)


def some_users(parameters: Parameters, size: ShopSize, random: Random) -> dict[str, int]:
    """Draw a run of neighbouring users with ten orders each."""
    ids, users = size.band(ORDERS_EACH).user_ids, int(parameters["users"])
    low = random.randrange(ids.start, ids.stop - users + 1)
    return {"low": low, "high": low + users - 1}


def too_few_users(parameters: Parameters, size: ShopSize) -> str | None:
    """Return why so many users cannot be drawn, or None."""
    there = len(size.band(ORDERS_EACH).user_ids)
    if there >= int(parameters["users"]):
        return None
    return f"the {size.name} shop has only {there} users with {ORDERS_EACH} orders; a larger size has more"


def read(rows: Iterable[tuple[int, int, int]]) -> Figures:
    """Return the figures that the database worked out; MariaDB and MySQL give a sum as a decimal."""
    return [(user, count, int(value)) for user, count, value in rows]


def tally(rows: Iterable[tuple[int, int | None]]) -> Figures:
    """Return the figures from one row for each order, or one without an order."""
    totals: dict[int, list[int]] = {}
    for user, total in rows:
        orders = totals.setdefault(user, [])
        if total is not None:
            orders.append(total)
    return [(user, len(orders), sum(orders)) for user, orders in totals.items()]


def grouped(db: Database, page: dict[str, int]) -> Figures:
    """In SQL: outer join and GROUP BY."""
    with db.session() as session:
        return read(session.execute(GROUPED, page))


async def grouped_async(db: AsyncDatabase, page: dict[str, int]) -> Figures:
    """In SQL: outer join and GROUP BY."""
    async with db.session() as session:
        return read(await session.execute(GROUPED, page))


def subqueries(db: Database, page: dict[str, int]) -> Figures:
    """In SQL: a scalar subquery for each figure."""
    with db.session() as session:
        return read(session.execute(SUBQUERIES, page))


async def subqueries_async(db: AsyncDatabase, page: dict[str, int]) -> Figures:
    """In SQL: a scalar subquery for each figure."""
    async with db.session() as session:
        return read(await session.execute(SUBQUERIES, page))


def entities(db: Database, page: dict[str, int]) -> Figures:
    """In Python: `len` and `sum` over entities (`selectinload`)."""
    with db.session() as session:
        users = session.scalars(ENTITIES, page).all()
        return [(user.id, len(user.orders), sum([order.total_cents for order in user.orders])) for user in users]


async def entities_async(db: AsyncDatabase, page: dict[str, int]) -> Figures:
    """In Python: `len` and `sum` over entities (`selectinload`)."""
    async with db.session() as session:
        users = (await session.scalars(ENTITIES, page)).all()
        return [(user.id, len(user.orders), sum([order.total_cents for order in user.orders])) for user in users]


def rows(db: Database, page: dict[str, int]) -> Figures:
    """In Python: `len` and `sum` over the one column that is needed."""
    with db.session() as session:
        return tally(session.execute(ROWS, page))


async def rows_async(db: AsyncDatabase, page: dict[str, int]) -> Figures:
    """In Python: `len` and `sum` over the one column that is needed."""
    async with db.session() as session:
        return tally(await session.execute(ROWS, page))


CLAIMS = (
    Claim(
        "C69",
        "counting and summing in SQL is faster than loading entities and counting them in Python",
        Faster("grouped", "entities"),
        "Let the database count, and load the children only where they are shown as well.",
    ),
    Claim(
        "C69",
        "counting and summing in SQL is faster even than reading one column and counting in Python",
        Faster("grouped", "rows"),
        "Ask for one row of figures for each parent, not for the rows that they are made of.",
    ),
)

SCENARIO = Scenario(
    name="aggregating",
    variants=(
        Variant("grouped", grouped, grouped_async),
        Variant("subqueries", subqueries, subqueries_async),
        Variant("entities", entities, entities_async),
        Variant("rows", rows, rows_async),
    ),
    baseline="grouped",
    dataset=SHOP,
    key=some_users,
    parameters={"users": (20, 200)},
    smoke=None,
    quick=None,
    lacks=too_few_users,
    claims=CLAIMS,
)
