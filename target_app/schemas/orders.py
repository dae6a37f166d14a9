"""Orders as they come in and go out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from operator import attrgetter
from typing import Annotated, Any

from fastapi import Query
from pydantic import Field

from target_app.problems import Problem, Unprocessable
from target_app.schemas.base import LARGEST_INTEGER, Answered, Moment, Received, Reference
from target_app.schemas.goods import Product

OPEN = "open"
"""The status of an order that was just placed."""
MOST_ITEMS = 50
"""In one order."""
LARGEST_QUANTITY = 1_000

Quantity = Annotated[int, Field(ge=1, le=LARGEST_QUANTITY)]
OfUser = Annotated[Reference, Query(description="Only orders of this user.")]
Partial = Annotated[bool, Query(description="Whether to keep what can be had, instead of all or nothing.")]


class NewItem(Received):
    """One line of an order to be."""

    product_id: Reference
    quantity: Quantity


class NewOrder(Received):
    """An order to be. A product may be in it more than once."""

    user_id: Reference
    items: Annotated[list[NewItem], Field(min_length=1, max_length=MOST_ITEMS)]

    @property
    def in_order_of_products(self) -> list[NewItem]:
        """Return the items in the one order in which all take stock, so that no two wait for each other."""
        return sorted(self.items, key=attrgetter("product_id"))

    @property
    def product_ids(self) -> list[int]:
        """Return the id of every product, once."""
        return sorted({item.product_id for item in self.items})

    def total_cents(self, prices: Mapping[int, int]) -> int:
        """Return what the items come to whose product has a price.

        Args:
            prices: By the id of the product, in cents.

        Raises:
            Unprocessable: It is more than the shop can write down.
        """
        total = sum(prices.get(item.product_id, 0) * item.quantity for item in self.items)
        if total > LARGEST_INTEGER:
            message = f"This comes to {total} cents, an order to {LARGEST_INTEGER} at most; order less at a time."
            raise Unprocessable(message)
        return total


class Reason(StrEnum):
    """Why an item was refused; the titles of the problems."""

    UNKNOWN = "unknown"
    INSUFFICIENT = "insufficient"


class Refusal(Answered):
    """An item that was left out of an order."""

    product_id: int
    quantity: int
    reason: Reason
    available: int | None = Field(description="Pieces there were; null where there is no such product.")

    @classmethod
    def of(cls, item: NewItem, problem: Problem) -> Refusal:
        """Return what a problem with an item comes to."""
        available = problem.members.get("available")
        return cls(**item.model_dump(), reason=Reason(problem.title), available=available)


class Order(Answered):
    """What a user bought at one moment."""

    id: int
    user_id: int
    status: str
    total_cents: int
    placed_at: Moment


class OrderPage(Answered):
    """Orders in the order of their ids."""

    orders: list[Order]
    next_after: int | None = Field(description="What to give as `after` for the next page; null after the last one.")

    @classmethod
    def of(cls, orders: Sequence[Any], limit: int) -> OrderPage:
        """Return a page of at most so many orders."""
        last = orders[-1].id if len(orders) == limit else None
        return cls(orders=[Order.model_validate(order) for order in orders], next_after=last)


class Item(Answered):
    """One line of an order, at the price of the moment."""

    id: int
    product_id: int
    quantity: int
    unit_price_cents: int


class ItemOfProduct(Item):
    """One line of an order, with its product as it is now."""

    product: Product


class WholeOrder(Order):
    """An order with its items and their products."""

    items: list[ItemOfProduct]


class PlacedOrder(Order):
    """An order as it was placed; items are in the order of their products."""

    items: list[Item]
    refused: list[Refusal]

    @classmethod
    def of(cls, order: Any, items: Sequence[Any], refused: list[Refusal]) -> PlacedOrder:  # noqa: ANN401 - an entity
        """Return an order with the items that were kept and those that were not."""
        kept = [Item.model_validate(item) for item in items]
        return cls(**Order.model_validate(order).model_dump(), items=kept, refused=refused)
