"""List users by name and read nothing else of them: what does it cost to load more than is read?

A list page on a model that was made for another page: orders are loaded with the users because the model says so, and
columns are fetched that nobody looks at. All variants return the same ids and names. Users have five columns and 1, 10
or 100 orders each; wider rows make unread columns cost more. Where a page does read the orders, `loading` compares the
ways to load them.
"""

from __future__ import annotations

from operator import attrgetter
from random import Random
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, select
from sqlalchemy.orm import DeclarativeBase, Mapped, lazyload, load_only, relationship

from bench.core.claims import Claim, Faster, Parameters, Statements
from bench.core.contract import Scenario, Variant
from bench.core.database import AsyncDatabase, Database
from scenarios.shop import Order, User
from scenarios.shop_data import SHOP, ShopSize

Names = list[tuple[Any, ...]]

NAME = attrgetter("id", "name")


class OtherBase(DeclarativeBase):
    """A registry of its own: in the shop's no model chooses a loading strategy."""


class UserWithOrders(OtherBase):
    """The table of users, mapped by somebody who once needed their orders and said so on the model."""

    __table__ = User.__table__

    orders: Mapped[list[Order]] = relationship(Order, lazy="selectin", order_by=Order.id, viewonly=True)


_ID = User.__table__.c.id
_ON_PAGE: ColumnElement[bool] = _ID.between(bindparam("low", type_=Integer), bindparam("high", type_=Integer))
LAZY: Select[Any] = select(User).where(_ON_PAGE).order_by(_ID)
EAGER: Select[Any] = select(UserWithOrders).where(_ON_PAGE).order_by(_ID)
OPTED_OUT = EAGER.options(lazyload(UserWithOrders.orders))
NARROW = LAZY.options(load_only(User.id, User.name))
COLUMNS = select(User.id, User.name).where(_ON_PAGE).order_by(_ID)


def a_page(parameters: Parameters, size: ShopSize, random: Random) -> dict[str, int]:
    """Draw a run of neighbouring users who have so many orders each."""
    ids, parents = size.band(int(parameters["orders"])).user_ids, int(parameters["users"])
    low = random.randrange(ids.start, ids.stop - parents + 1)
    return {"low": low, "high": low + parents - 1}


def too_few_users(parameters: Parameters, size: ShopSize) -> str | None:
    """Return why a page of that many users cannot be drawn, or None."""
    there = len(size.band(int(parameters["orders"])).user_ids)
    if there >= int(parameters["users"]):
        return None
    return f"the {size.name} shop has only {there} users with {parameters['orders']} orders; a larger size has more"


def lazy(db: Database, bounds: dict[str, int]) -> Names:
    """Entities; the orders are left to be loaded when they are read."""
    with db.session() as session:
        return [NAME(user) for user in session.scalars(LAZY, bounds).all()]


async def lazy_async(db: AsyncDatabase, bounds: dict[str, int]) -> Names:
    """Entities; the orders are left to be loaded when they are read."""
    async with db.session() as session:
        return [NAME(user) for user in (await session.scalars(LAZY, bounds)).all()]


def eager(db: Database, bounds: dict[str, int]) -> Names:
    """Entities with their orders, because the model says `lazy="selectin"`."""
    with db.session() as session:
        return [NAME(user) for user in session.scalars(EAGER, bounds).all()]


async def eager_async(db: AsyncDatabase, bounds: dict[str, int]) -> Names:
    """Entities with their orders, because the model says `lazy="selectin"`."""
    async with db.session() as session:
        return [NAME(user) for user in (await session.scalars(EAGER, bounds)).all()]


def opted_out(db: Database, bounds: dict[str, int]) -> Names:
    """Entities of the same model; the query says that the orders are not needed (`lazyload`)."""
    with db.session() as session:
        return [NAME(user) for user in session.scalars(OPTED_OUT, bounds).all()]


async def opted_out_async(db: AsyncDatabase, bounds: dict[str, int]) -> Names:
    """Entities of the same model; the query says that the orders are not needed (`lazyload`)."""
    async with db.session() as session:
        return [NAME(user) for user in (await session.scalars(OPTED_OUT, bounds)).all()]


def narrow(db: Database, bounds: dict[str, int]) -> Names:
    """Entities with the two columns that are read (`load_only`)."""
    with db.session() as session:
        return [NAME(user) for user in session.scalars(NARROW, bounds).all()]


async def narrow_async(db: AsyncDatabase, bounds: dict[str, int]) -> Names:
    """Entities with the two columns that are read (`load_only`)."""
    async with db.session() as session:
        return [NAME(user) for user in (await session.scalars(NARROW, bounds)).all()]


def columns(db: Database, bounds: dict[str, int]) -> Names:
    """No entities: a SELECT of the two columns."""
    with db.session() as session:
        return [tuple(row) for row in session.execute(COLUMNS, bounds).all()]


async def columns_async(db: AsyncDatabase, bounds: dict[str, int]) -> Names:
    """No entities: a SELECT of the two columns."""
    async with db.session() as session:
        return [tuple(row) for row in (await session.execute(COLUMNS, bounds)).all()]


CLAIMS = (
    Claim(
        "C21",
        'lazy="selectin" on the model is a good default: it costs no statement where the collection is not read',
        Statements("model_selectin", 1),
        'Leave the model at lazy="select" or "raise", and name what a page needs in its query.',
    ),
    Claim(
        "C21",
        'with lazy="selectin" on the model a list that reads no collection takes twice as long, or more',
        Faster("select", "model_selectin", times=2.0),
        "Where the model cannot be changed, take the collection out of the query with lazyload or raiseload.",
    ),
)

SCENARIO = Scenario(
    name="overfetching",
    variants=(
        Variant("select", lazy, lazy_async),
        Variant("model_selectin", eager, eager_async),
        Variant("opted_out", opted_out, opted_out_async),
        Variant("load_only", narrow, narrow_async),
        Variant("columns", columns, columns_async),
    ),
    baseline="select",
    dataset=SHOP,
    key=a_page,
    parameters={"orders": (1, 10, 100), "users": (20, 100)},
    smoke=None,
    quick=None,
    full={"users": (20,)},
    lacks=too_few_users,
    claims=CLAIMS,
)
