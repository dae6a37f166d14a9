"""Categories and products as they come in and go out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Query
from pydantic import Field, StringConstraints

from target_app.schemas.base import NO_NUL, Answered, Cents, Name, Received, Reference

LARGEST_STOCK = 1_000_000_000
"""Pieces of one product; a stock and a change of it stay within an INTEGER together."""

CategoryName = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=NO_NUL)]
Stock = Annotated[int, Field(ge=0, le=LARGEST_STOCK, description="Pieces that can be sold.")]

OfCategory = Annotated[Reference | None, Query(description="Only products of this category.")]


class NewCategory(Received):
    """A category to be."""

    name: CategoryName


class Category(Answered):
    """A shelf of the shop."""

    id: int
    name: str


class CategoryPage(Answered):
    """Categories in the order of their ids."""

    categories: list[Category]
    next_after: int | None = Field(description="What to give as `after` for the next page; null after the last one.")

    @classmethod
    def of(cls, categories: Sequence[Any], limit: int) -> CategoryPage:
        """Return a page of at most so many categories."""
        last = categories[-1].id if len(categories) == limit else None
        return cls(categories=[Category.model_validate(category) for category in categories], next_after=last)


class StockChange(Received):
    """By how much the stock of each product changes."""

    change: Annotated[int, Field(ge=-LARGEST_STOCK, le=LARGEST_STOCK, description="Pieces added; taken, below 0.")]


class CategoryStatistics(Answered):
    """The figures of a category; prices are null where it has no products."""

    category_id: int
    products: int
    stock: int = Field(description="Pieces of all products together.")
    lowest_price_cents: int | None
    highest_price_cents: int | None
    average_price_cents: int | None = Field(description="Of the products, whatever their stock; rounded.")

    @classmethod
    def of(cls, row: Any) -> CategoryStatistics:  # noqa: ANN401 - a row
        """Return the figures of a row; the average is worked out here, for databases round in different ways."""
        return cls(
            category_id=row.id,
            products=row.products,
            # MariaDB and MySQL give a sum as a decimal.
            stock=int(row.stock),
            lowest_price_cents=row.lowest_price_cents,
            highest_price_cents=row.highest_price_cents,
            average_price_cents=round(int(row.prices_cents) / row.products) if row.products else None,
        )


class NewProduct(Received):
    """A product to be."""

    category_id: Reference
    name: Name
    price_cents: Cents
    stock: Stock = 0


class ProductPatch(Received):
    """What is to change of a product; what is left out stays."""

    category_id: Reference | None = None
    name: Name | None = None
    price_cents: Cents | None = None
    stock: Stock | None = None


class Product(Answered):
    """Something to sell."""

    id: int
    category_id: int
    name: str
    price_cents: int
    stock: int


class ProductPage(Answered):
    """Products in the order of their ids."""

    products: list[Product]
    next_after: int | None = Field(description="What to give as `after` for the next page; null after the last one.")

    @classmethod
    def of(cls, products: Sequence[Any], limit: int) -> ProductPage:
        """Return a page of at most so many products."""
        last = products[-1].id if len(products) == limit else None
        return cls(products=[Product.model_validate(product) for product in products], next_after=last)
