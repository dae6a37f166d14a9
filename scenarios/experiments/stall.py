"""The market stall that experiments share: five tables with a handful of rows, and what is asked of them by many.

The rows are put back before each experiment.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from sqlalchemy import ForeignKey, MetaData, String, Table, delete, func, select
from sqlalchemy.ext.asyncio import AsyncAttrs
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from bench.core.dataset import Chunk, Dataset

CUSTOMERS = 3
ORDERS_EACH = 2
ITEMS_EACH = 2
PRODUCTS = 4
STOCK = 10
ACCOUNTS = 4
BALANCE_CENTS = 100_000


class Base(AsyncAttrs, DeclarativeBase):
    """What all models share; collections are ordered, and load lazily unless a query says otherwise."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Customer(Base):
    """Who buys; the address is unique, for races and violations."""

    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    email: Mapped[str] = mapped_column(String(80), unique=True)

    orders: Mapped[list[Order]] = relationship(back_populates="customer", order_by="Order.id")


class Product(Base):
    """What is sold; `stock` is what buyers fight for."""

    __tablename__ = "products"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    stock: Mapped[int]

    # Only read: with it a deletion would look after the items, which other experiments are not about.
    order_items: Mapped[list[Item]] = relationship(viewonly=True, order_by="Item.id")


class Order(Base):
    """What was bought: a deferred column, and one that the database fills."""

    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    status: Mapped[str] = mapped_column(String(16), server_default="open")
    note: Mapped[str] = mapped_column(String(200), deferred=True, default="")

    customer: Mapped[Customer] = relationship(back_populates="orders")
    items: Mapped[list[Item]] = relationship(back_populates="order", order_by="Item.id")


class Item(Base):
    """One line of an order."""

    __tablename__ = "items"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
    quantity: Mapped[int]

    order: Mapped[Order] = relationship(back_populates="items")
    product: Mapped[Product] = relationship()


class Account(Base):
    """Money that many want to move at once; `version` is for compare-and-swap."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    balance_cents: Mapped[int]
    version: Mapped[int]


def chunks(_size: None, _seed: int) -> Iterator[Chunk]:
    """Yield all rows, parents before children; ids begin with 1."""
    orders = [(1 + n // ORDERS_EACH, n + 1) for n in range(CUSTOMERS * ORDERS_EACH)]
    items = [(1 + n // ITEMS_EACH, n + 1) for n in range(len(orders) * ITEMS_EACH)]
    yield _rows(Customer, [(n, f"Customer {n}", f"customer{n}@example.com") for n in range(1, CUSTOMERS + 1)])
    yield _rows(Product, [(n, f"Product {n}", STOCK) for n in range(1, PRODUCTS + 1)])
    yield _rows(Order, [(n, customer, "paid", f"Note {n}") for customer, n in orders])
    yield _rows(Item, [(n, order, 1 + n % PRODUCTS, 1) for order, n in items])
    yield _rows(Account, [(n, BALANCE_CENTS, 0) for n in range(1, ACCOUNTS + 1)])


def _rows(model: type[Base], rows: list[tuple[Any, ...]]) -> Chunk:
    return cast("Table", model.__table__), rows


STALL = Dataset(name="stall", metadata=Base.metadata, sizes={"only": None}, chunks=chunks)
"""The dataset of the experiments."""

ONE = select(Customer.id).where(Customer.id == 1)
"""The least that can be asked: a key."""
ANYBODY = select(Customer).where(Customer.id == 1)
"""The same as an entity."""
KETTLES = select(func.count(Product.id)).where(Product.name == "Kettle")
"""How many there are of what experiments add."""
FORGET_KETTLES = delete(Product).where(Product.name == "Kettle")


class RefusedError(Exception):
    """What an application raises in the middle of its work."""
