"""Objects that were read back, written or got by key: which attributes can then be read without `await`?"""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import selectinload

from bench.core.caught import NOTHING, Caught
from bench.core.contract import Divergence, Place
from bench.core.drivers import Mode
from bench.core.experiments import SAYS_NOTHING, Experiment, Prediction, Said, by_mode
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.lazy_loading import MISSING, ORDER, WRAPPED, WRAPPED_AT, lacks_greenlet
from scenarios.experiments.stall import PRODUCTS, STALL, Item, Order, Product

FREED = (1, 2)
"""Products that nobody has ordered any more: one is deleted each way."""
ENTERED = Divergence("the async session is entered by a block of its own")


def read_after_refresh(lab: Laboratory) -> dict[str, str]:
    """Refresh an order and read `items`; refresh it with `["items"]` and read `items`, then an item's product."""
    with lab.db.session() as session:
        order = (session.scalars(ORDER)).one()
        session.refresh(order)
        with Caught() as plain:
            _ = order.items
        session.refresh(order, ["items"])
        with Caught() as named:
            _ = order.items
        with Caught() as beyond:
            _ = order.items[0].product
    return {"items": plain.full_name, "items_when_named": named.full_name, "product_when_items_named": beyond.full_name}


async def read_after_refresh_async(lab: AsyncLaboratory) -> dict[str, str]:
    """Refresh an order and read `items`; refresh it with `["items"]` and read `items`, then an item's product."""
    async with lab.db.session() as session:
        order = (await session.scalars(ORDER)).one()
        await session.refresh(order)
        with Caught() as plain:
            _ = order.items
        await session.refresh(order, ["items"])
        with Caught() as named:
            _ = order.items
        with Caught() as beyond:
            _ = order.items[0].product
    return {"items": plain.full_name, "items_when_named": named.full_name, "product_when_items_named": beyond.full_name}


def read_what_the_database_gave(lab: Laboratory) -> dict[str, str]:
    """Flush a new order and read its `server_default`; set a column to an SQL function, flush and read that."""
    with lab.db.session() as session:
        order = Order(customer_id=1)
        session.add(order)
        session.flush()
        with Caught() as default:
            _ = order.status
        (session.scalars(select(Order).where(Order.id == order.id).execution_options(populate_existing=True))).one()
        order.status = func.upper("paid")
        session.flush()
        with Caught() as computed:
            _ = order.status
    return {"server_default": default.full_name, "sql_function": computed.full_name}


async def read_what_the_database_gave_async(lab: AsyncLaboratory) -> dict[str, str]:
    """Flush a new order and read its `server_default`; set a column to an SQL function, flush and read that."""
    async with lab.db.session() as session:
        order = Order(customer_id=1)
        session.add(order)
        await session.flush()
        with Caught() as default:
            _ = order.status
        (
            await session.scalars(select(Order).where(Order.id == order.id).execution_options(populate_existing=True))
        ).one()
        order.status = func.upper("paid")
        await session.flush()
        with Caught() as computed:
            _ = order.status
    return {"server_default": default.full_name, "sql_function": computed.full_name}


def delete_if_unsold(lab: Laboratory) -> dict[str, Any]:
    """Get a product, read its `order_items`, delete it if there are none: as guides print it, and with selectinload."""
    lab.observe(delete(Item).where(Item.product_id.in_(FREED)))
    found: dict[str, Any] = {}
    for number, options in zip(FREED, ((), (selectinload(Product.order_items),)), strict=True):
        with lab.db.session() as session, Caught() as caught:
            product = session.get_one(Product, number, options=options)
            if not product.order_items:
                session.delete(product)
                session.commit()
        found["with_option" if options else "as_printed"] = caught.full_name
    return {**found, "products_left": (lab.observe(select(func.count(Product.id))))[0][0]}


async def delete_if_unsold_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Get a product, read its `order_items`, delete it if there are none: as guides print it, and with selectinload."""
    await lab.observe(delete(Item).where(Item.product_id.in_(FREED)))
    found: dict[str, Any] = {}
    for number, options in zip(FREED, ((), (selectinload(Product.order_items),)), strict=True):
        async with lab.db.session() as session:
            with Caught() as caught:
                product = await session.get_one(Product, number, options=options)
                if not product.order_items:
                    await session.delete(product)
                    await session.commit()
        found["with_option" if options else "as_printed"] = caught.full_name
    return {**found, "products_left": (await lab.observe(select(func.count(Product.id))))[0][0]}


def returning(place: Place) -> dict[str, str]:
    """Return what it comes to: INSERT brings defaults back by RETURNING, UPDATE brings nothing."""
    missing = MISSING if place.driver.mode is Mode.ASYNC else NOTHING
    return {"server_default": missing if place.kind == "mysql" else NOTHING, "sql_function": missing}


EXPERIMENTS = [
    Experiment(
        name="lazy_after_refresh",
        question="Does `refresh` make the relations of an object readable?",
        dataset=STALL,
        run=read_after_refresh,
        run_async=read_after_refresh_async,
        expects=by_mode(
            sync={"items": NOTHING, "items_when_named": NOTHING, "product_when_items_named": NOTHING},
            awaited={"items": MISSING, "items_when_named": NOTHING, "product_when_items_named": MISSING},
        ),
        explained=WRAPPED,
        explained_at=WRAPPED_AT,
        claims=(
            Said(
                "C25",
                "after `refresh(order)`, `order.items` and `item.product` can be read in async code",
                by_mode(
                    sync=SAYS_NOTHING,
                    awaited={"items": NOTHING, "items_when_named": NOTHING, "product_when_items_named": NOTHING},
                ),
                "Name relations in refresh (`attribute_names`), or select again with options for all levels.",
            ),
        ),
    ),
    Experiment(
        name="delete_if_unsold",
        question="Does the guide's `delete_product` run, which looks at `product.order_items` first?",
        dataset=STALL,
        run=delete_if_unsold,
        run_async=delete_if_unsold_async,
        divergence=ENTERED,
        expects=by_mode(
            sync={"as_printed": NOTHING, "with_option": NOTHING, "products_left": PRODUCTS - 2},
            awaited={"as_printed": MISSING, "with_option": NOTHING, "products_left": PRODUCTS - 1},
        ),
        explained=WRAPPED,
        explained_at=WRAPPED_AT,
        claims=(
            Said(
                "C25",
                "`delete_product` runs in async code as guides print it: get, read `product.order_items`, delete",
                by_mode(
                    sync=SAYS_NOTHING, awaited=Prediction("no exception", lambda found: found["as_printed"] == NOTHING)
                ),
                "Give `session.get` the options of the relations that the function goes on to read.",
            ),
        ),
    ),
    Experiment(
        name="lazy_after_flush",
        question="Can a value that the database itself gave be read after a flush?",
        dataset=STALL,
        run=read_what_the_database_gave,
        run_async=read_what_the_database_gave_async,
        expects=returning,
        explained=WRAPPED,
        explained_at=WRAPPED_AT,
        claims=(
            Said(
                "C22",
                "a server default of an INSERT fails with MissingGreenlet when it is read in async code",
                by_mode(sync=SAYS_NOTHING, awaited=lacks_greenlet("server_default")),
                "Count on RETURNING to bring it, but on MySQL, which has none: there refresh, or set it in Python.",
            ),
            Said(
                "C22",
                "an SQL function of an UPDATE fails with MissingGreenlet when it is read in async code",
                by_mode(sync=SAYS_NOTHING, awaited=lacks_greenlet("sql_function")),
                "Set eager_defaults=True where updates compute values, or refresh the object with `await`.",
            ),
        ),
    ),
]
