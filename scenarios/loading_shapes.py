"""The relations that `loading` follows: their statements, and how results become equal plain tuples."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Select, bindparam, select
from sqlalchemy.orm import contains_eager, joinedload, raiseload, selectinload, subqueryload

from scenarios.shop import Address, Order, OrderItem, Product, Specification, User
from scenarios.shop_data import ShopSize

Record = tuple[Any, ...]
Records = list[Record]

USERS, ADDRESSES, ORDERS, ITEMS, PRODUCTS, SPECIFICATIONS = TABLES = tuple(
    model.__table__ for model in (User, Address, Order, OrderItem, Product, Specification)
)
USER, ADDRESS, ORDER, ITEM, PRODUCT, SPECIFICATION = (attrgetter(*table.columns.keys()) for table in TABLES)
PAGE: tuple[BindParameter[int], BindParameter[int]] = bindparam("low"), bindparam("high")

# One function for each relation makes a plain tuple of a parent and its children. Where children are not loaded yet,
# reading them loads them; async code must await that, so each function has a twin for the lazy variant.


def _with_orders(user: User) -> Record:
    return (*USER(user), tuple([ORDER(order) for order in user.orders]))


async def _with_orders_async(user: User) -> Record:
    return (*USER(user), tuple([ORDER(order) for order in await user.awaitable_attrs.orders]))


def _with_user(order: Order) -> Record:
    return (*ORDER(order), (USER(order.user),))


async def _with_user_async(order: Order) -> Record:
    return (*ORDER(order), (USER(await order.awaitable_attrs.user),))


def _with_siblings(user: User) -> Record:
    return (*_with_orders(user), tuple([ADDRESS(address) for address in user.addresses]))


async def _with_siblings_async(user: User) -> Record:
    orders = await _with_orders_async(user)
    return (*orders, tuple([ADDRESS(address) for address in await user.awaitable_attrs.addresses]))


def _with_products(order: Order) -> Record:
    return (*ORDER(order), tuple([(*ITEM(item), *PRODUCT(item.product)) for item in order.items]))


async def _with_products_async(order: Order) -> Record:
    items = await order.awaitable_attrs.items
    return (*ORDER(order), tuple([(*ITEM(item), *PRODUCT(await item.awaitable_attrs.product)) for item in items]))


def _with_purchases(user: User) -> Record:
    bought = [(order, item) for order in user.orders for item in order.items]
    return (*USER(user), tuple([(*ITEM(item), *ORDER(order), *PRODUCT(item.product)) for order, item in bought]))


async def _with_purchases_async(user: User) -> Record:
    orders = await user.awaitable_attrs.orders
    bought = [(order, item) for order in orders for item in await order.awaitable_attrs.items]
    products = [await item.awaitable_attrs.product for _, item in bought]
    rows = zip(bought, products, strict=True)
    return (*USER(user), tuple([(*ITEM(item), *ORDER(order), *PRODUCT(product)) for (order, item), product in rows]))


def _with_specification(product: Product) -> Record:
    return (*PRODUCT(product), (SPECIFICATION(product.specification),))


async def _with_specification_async(product: Product) -> Record:
    return (*PRODUCT(product), (SPECIFICATION(await product.awaitable_attrs.specification),))


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One relation: its statement for each strategy, and how results become plain tuples."""

    lazy: Select[Any]
    raiseload: Select[Any]
    selectin: Select[Any]
    joined: Select[Any]
    subquery: Select[Any]
    contained: Select[Any]
    core_join: Select[Any]
    slots: Sequence[slice]
    """Where a row of `core_join` holds the parent, and where each kind of child."""
    parent: Callable[[Any], Record]
    record: Callable[[Any], Record]
    record_async: Callable[[Any], Awaitable[Record]]

    def fold(self, parents: Iterable[Any]) -> Records:
        """Return entities with their children as plain tuples."""
        return [self.record(parent) for parent in parents]

    def regroup(self, rows: Iterable[Sequence[Any]]) -> Records:
        """Return what `fold` returns, from the rows of a join, which repeat the parent for every child."""
        head, *tails = self.slots
        parents: dict[int, tuple[Record, list[dict[int, Record]]]] = {}
        for row in rows:
            if row[0] not in parents:
                parents[row[0]] = (tuple(row[head]), [{} for _ in tails])
            for slot, children in zip(tails, parents[row[0]][1], strict=True):
                key = row[slot.start]
                if key is not None and key not in children:
                    children[key] = tuple(row[slot])
        return [(*parent, *(tuple(kind.values()) for kind in children)) for parent, children in parents.values()]


def _strategies(
    model: type[User | Order | Product], children: Callable[[Any], Sequence[Any]], steps: Sequence[Any]
) -> dict[str, Select[Any]]:
    """Return one statement for each strategy; built once, because what is timed is their execution.

    `children` gives the options of a strategy, `steps` the relationships that lead to the children one by one.
    """
    page = select(model).where(model.id.between(*PAGE)).order_by(model.id)
    eager = {"selectin": selectinload, "joined": joinedload, "subquery": subqueryload}
    statements = {name: page.options(*children(strategy)) for name, strategy in eager.items()}
    contained = page
    for step in steps:
        contained = contained.join(step, isouter=True)
        # A join of the query's own does not follow the order of the relationship.
        contained = contained.order_by(*step.property.mapper.primary_key) if step.property.uselist else contained
    statements["contained"] = contained.options(*children(contains_eager))
    return {"lazy": page, "raiseload": page.options(raiseload("*")), **statements}


ORDERS_OF_USERS = Shape(
    **_strategies(User, lambda load: [load(User.orders)], [User.orders]),
    core_join=select(USERS, ORDERS)
    .join_from(USERS, ORDERS, isouter=True)
    .where(USERS.c.id.between(*PAGE))
    .order_by(USERS.c.id, ORDERS.c.id),
    slots=(slice(0, 5), slice(5, 10)),
    parent=USER,
    record=_with_orders,
    record_async=_with_orders_async,
)
USERS_OF_ORDERS = Shape(
    **_strategies(Order, lambda load: [load(Order.user)], [Order.user]),
    core_join=select(ORDERS, USERS)
    .join_from(ORDERS, USERS, isouter=True)
    .where(ORDERS.c.id.between(*PAGE))
    .order_by(ORDERS.c.id),
    slots=(slice(0, 5), slice(5, 10)),
    parent=ORDER,
    record=_with_user,
    record_async=_with_user_async,
)
SIBLINGS_OF_USERS = Shape(
    **_strategies(User, lambda load: [load(User.orders), load(User.addresses)], [User.orders, User.addresses]),
    core_join=select(USERS, ORDERS, ADDRESSES)
    .select_from(USERS.outerjoin(ORDERS).outerjoin(ADDRESSES))
    .where(USERS.c.id.between(*PAGE))
    .order_by(USERS.c.id, ORDERS.c.id, ADDRESSES.c.id),
    slots=(slice(0, 5), slice(5, 10), slice(10, 14)),
    parent=USER,
    record=_with_siblings,
    record_async=_with_siblings_async,
)
PRODUCTS_OF_ORDERS = Shape(
    **_strategies(
        Order,
        lambda load: [load(Order.items).options(load(OrderItem.product))],
        [Order.items, OrderItem.product],
    ),
    core_join=select(ORDERS, ITEMS, PRODUCTS)
    .select_from(ORDERS.outerjoin(ITEMS).outerjoin(PRODUCTS))
    .where(ORDERS.c.id.between(*PAGE))
    .order_by(ORDERS.c.id, ITEMS.c.id),
    slots=(slice(0, 5), slice(5, 15)),
    parent=ORDER,
    record=_with_products,
    record_async=_with_products_async,
)
PURCHASES_OF_USERS = Shape(
    **_strategies(
        User,
        lambda load: [load(User.orders).options(load(Order.items).options(load(OrderItem.product)))],
        [User.orders, Order.items, OrderItem.product],
    ),
    core_join=select(USERS, ITEMS, ORDERS, PRODUCTS)
    .select_from(USERS.outerjoin(ORDERS).outerjoin(ITEMS).outerjoin(PRODUCTS))
    .where(USERS.c.id.between(*PAGE))
    .order_by(USERS.c.id, ORDERS.c.id, ITEMS.c.id),
    slots=(slice(0, 5), slice(5, 20)),
    parent=USER,
    record=_with_purchases,
    record_async=_with_purchases_async,
)
SPECIFICATIONS_OF_PRODUCTS = Shape(
    **_strategies(Product, lambda load: [load(Product.specification)], [Product.specification]),
    core_join=select(PRODUCTS, SPECIFICATIONS)
    .join_from(PRODUCTS, SPECIFICATIONS, isouter=True)
    .where(PRODUCTS.c.id.between(*PAGE))
    .order_by(PRODUCTS.c.id),
    slots=(slice(0, 5), slice(5, 35)),
    parent=PRODUCT,
    record=_with_specification,
    record_async=_with_specification_async,
)
RELATIONS: dict[str, tuple[Shape, Callable[[ShopSize], range]]] = {
    "one-to-many-1": (ORDERS_OF_USERS, lambda size: size.band(1).user_ids),
    "one-to-many-10": (ORDERS_OF_USERS, lambda size: size.band(10).user_ids),
    "one-to-many-100": (ORDERS_OF_USERS, lambda size: size.band(100).user_ids),
    "many-to-one": (USERS_OF_ORDERS, lambda size: size.band(1).order_ids),
    "one-to-one-wide": (SPECIFICATIONS_OF_PRODUCTS, lambda size: range(1, size.products + 1)),
    "siblings": (SIBLINGS_OF_USERS, lambda size: size.band(10).user_ids),
    "path": (PRODUCTS_OF_ORDERS, lambda size: size.band(1).order_ids),
    "path-3": (PURCHASES_OF_USERS, lambda size: size.band(1).user_ids),
}
"""Each relation with the ids of the parents from which a page is drawn; those of `path` and `path-3` have items."""


class Page(NamedTuple):
    """What one operation asks for: the parents whose ids lie between two bounds, and their children."""

    relation: str
    bounds: dict[str, int]

    @property
    def shape(self) -> Shape:
        """Return the statements for this page."""
        return RELATIONS[self.relation][0]
