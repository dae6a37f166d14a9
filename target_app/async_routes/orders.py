"""Orders, awaited."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession

from scenarios.shop import Order, OrderItem, User
from target_app.answering import AnsweringRoute
from target_app.clock import now
from target_app.dependencies import After, AsyncDatabase, Id, Limit
from target_app.errors import Overtaken
from target_app.problems import Conflict, Insufficient, Unknown, documented, found
from target_app.retrying import tries
from target_app.schemas import orders as schemas
from target_app.schemas.orders import OPEN, NewItem, NewOrder, OfUser, Partial, Refusal
from target_app.statements import orders as statements
from target_app.statements.results import rows_of

router = APIRouter(prefix="/orders", route_class=AnsweringRoute)


@router.post("", status_code=201, responses=documented(Unknown, Insufficient, Conflict))
async def place_order(db: AsyncDatabase, new: NewOrder, *, partial: Partial = False) -> schemas.PlacedOrder:
    """Place an order and take what is ordered out of the stock: all of it, or where asked so what there is."""
    async for one_try in tries(db):
        with one_try:
            async with db.session.begin() as session:
                found(await session.get(User, new.user_id), f"user {new.user_id}")
                rows = (await session.execute(statements.PRICES, {"product_ids": new.product_ids})).all()
                prices = {row.id: row.price_cents for row in rows}
                total_cents = new.total_cents(prices)
                order = Order(user_id=new.user_id, status=OPEN, total_cents=total_cents, placed_at=now())
                session.add(order)
                # First of all: SQLite's driver begins a transaction here, outside of which a savepoint is a commit.
                await session.flush()
                if partial:
                    items, refused = await _add_what_there_is(session, order, new, prices)
                else:
                    items, refused = await _add_all(session, order, new, prices), []
                order.total_cents = sum(item.quantity * item.unit_price_cents for item in items)
    return schemas.PlacedOrder.of(order, items, refused)


@router.get("", responses=documented(Unknown))
async def list_orders(db: AsyncDatabase, user_id: OfUser, after: After = 0, limit: Limit = 20) -> schemas.OrderPage:
    """List the orders of a user in the order of their ids, after one of them (keyset)."""
    async with db.reading() as session:
        found(await session.get(User, user_id), f"user {user_id}")
        page = {"user_id": user_id, "after": after, "limit": limit}
        orders = (await session.scalars(statements.OF_USER, page)).all()
    return schemas.OrderPage.of(orders, limit)


@router.get("/{order_id}", responses=documented(Unknown))
async def get_order(db: AsyncDatabase, order_id: Id) -> schemas.WholeOrder:
    """Return an order with its items and their products: two SELECTs, whatever the number of items."""
    async with db.reading() as session:
        order = (await session.scalars(statements.WHOLE, {"id": order_id})).one_or_none()
    return schemas.WholeOrder.model_validate(found(order, f"order {order_id}"))


@router.delete("/{order_id}", status_code=204, responses=documented(Unknown))
async def delete_order(db: AsyncDatabase, order_id: Id) -> None:
    """Delete an order with its items; what was taken out of the stock does not come back."""
    async for one_try in tries(db):
        with one_try:
            async with db.session.begin() as session:
                await session.execute(statements.DELETE_ITEMS, {"id": order_id})
                deleted = await session.execute(statements.DELETE, {"id": order_id})
                found(rows_of(deleted) or None, f"order {order_id}")


async def _add_all(session: AsyncSession, order: Order, new: NewOrder, prices: Mapping[int, int]) -> list[OrderItem]:
    """Add every item, or raise the problem of the first one that cannot be had."""
    items = [_at_its_price(order, item, prices) for item in new.in_order_of_products]
    for item in items:
        await _take(session, item)
    session.add_all(items)
    return items


async def _add_what_there_is(
    session: AsyncSession, order: Order, new: NewOrder, prices: Mapping[int, int]
) -> tuple[list[OrderItem], list[Refusal]]:
    """Add the items that can be had, each in a savepoint of its own; return them and the others."""
    kept: list[OrderItem] = []
    refused: list[Refusal] = []
    for wanted in new.in_order_of_products:
        try:
            item = _at_its_price(order, wanted, prices)
            async with session.begin_nested():
                await _take(session, item)
                session.add(item)
        except (Unknown, Insufficient) as problem:
            refused.append(Refusal.of(wanted, problem))
        else:
            kept.append(item)
    if not kept:
        message = "Nothing of this can be had; see `refused`."
        raise Insufficient(message, refused=[each.model_dump(mode="json") for each in refused])
    return kept, refused


def _at_its_price(order: Order, wanted: NewItem, prices: Mapping[int, int]) -> OrderItem:
    price_cents = found(prices.get(wanted.product_id), f"product {wanted.product_id}")
    return OrderItem(order_id=order.id, unit_price_cents=price_cents, **wanted.model_dump())


async def _take(session: AsyncSession, item: OrderItem) -> None:
    """Take what an item wants out of the stock, or raise what is missing."""
    taken = await session.execute(statements.TAKE, {"product_id": item.product_id, "quantity": item.quantity})
    if rows_of(taken):
        return
    stock = await session.scalar(statements.AVAILABLE, {"product_id": item.product_id})
    available = found(stock, f"product {item.product_id}")
    if available >= item.quantity:
        # Nothing stands against it any more: the stock was changed since the UPDATE looked at it.
        raise Overtaken
    message = f"Of product {item.product_id} {item.quantity} were wanted and {available} are there; order fewer."
    raise Insufficient(message, product_id=item.product_id, wanted=item.quantity, available=available)
