"""The schema of the shop that scenarios of the catalogue share: eight tables, typed models."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, MetaData, String
from sqlalchemy.ext.asyncio import AsyncAttrs
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

# Every constraint has a name of its own, so that seeding can add foreign keys after the rows.
NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(AsyncAttrs, DeclarativeBase):
    """What all models share; `AsyncAttrs` adds `awaitable_attrs` and costs blocking code nothing.

    Relationships load lazily unless a query says otherwise, so that each scenario shows its own choice. Collections
    are ordered, so that every loading strategy must return the same answer. Money is in whole cents and moments are
    naive UTC in whole seconds: SQLite, PostgreSQL, MariaDB and MySQL all store these without loss.
    """

    metadata = MetaData(naming_convention=NAMES)


class User(Base):
    """A customer; the id tells how many orders there are (see `ShopSize`)."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str] = mapped_column(String(120), unique=True)
    active: Mapped[bool]
    created_at: Mapped[datetime]

    addresses: Mapped[list[Address]] = relationship(back_populates="user", lazy="select", order_by="Address.id")
    orders: Mapped[list[Order]] = relationship(back_populates="user", lazy="select", order_by="Order.id")


class Address(Base):
    """A place to deliver to: with `User.orders`, one of two sibling collections."""

    __tablename__ = "addresses"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    street: Mapped[str] = mapped_column(String(80))
    city: Mapped[str] = mapped_column(String(40))

    user: Mapped[User] = relationship(back_populates="addresses", lazy="select")


class Category(Base):
    """A shelf of the shop."""

    __tablename__ = "categories"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))

    products: Mapped[list[Product]] = relationship(back_populates="category", lazy="select", order_by="Product.id")


class Product(Base):
    """Something to sell."""

    __tablename__ = "products"

    id: Mapped[int] = mapped_column(primary_key=True)
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    price_cents: Mapped[int]
    stock: Mapped[int]

    category: Mapped[Category] = relationship(back_populates="products", lazy="select")
    specification: Mapped[Specification] = relationship(back_populates="product", lazy="select")


class Specification(Base):
    """The data sheet of one product: the wide row of the shop, with thirty columns."""

    __tablename__ = "specifications"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True, unique=True)
    article_number: Mapped[str] = mapped_column(String(20))
    model: Mapped[str] = mapped_column(String(40))
    maker: Mapped[str] = mapped_column(String(80))
    made_in: Mapped[str] = mapped_column(String(40))
    material: Mapped[str] = mapped_column(String(20))
    lining: Mapped[str] = mapped_column(String(20))
    finish: Mapped[str] = mapped_column(String(20))
    colour: Mapped[str] = mapped_column(String(20))
    second_colour: Mapped[str] = mapped_column(String(20))
    width_mm: Mapped[int]
    height_mm: Mapped[int]
    depth_mm: Mapped[int]
    weight_g: Mapped[int]
    packed_width_mm: Mapped[int]
    packed_height_mm: Mapped[int]
    packed_depth_mm: Mapped[int]
    packed_weight_g: Mapped[int]
    units_in_box: Mapped[int]
    voltage_v: Mapped[int]
    power_w: Mapped[int]
    noise_db: Mapped[int]
    warranty_months: Mapped[int]
    washable: Mapped[bool]
    recyclable: Mapped[bool]
    fragile: Mapped[bool]
    introduced_at: Mapped[datetime]
    revised_at: Mapped[datetime]
    care: Mapped[str] = mapped_column(String(120))

    product: Mapped[Product] = relationship(back_populates="specification", lazy="select")


class Order(Base):
    """What a user bought at one moment."""

    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    status: Mapped[str] = mapped_column(String(16))
    total_cents: Mapped[int]
    placed_at: Mapped[datetime]

    user: Mapped[User] = relationship(back_populates="orders", lazy="select")
    items: Mapped[list[OrderItem]] = relationship(back_populates="order", lazy="select", order_by="OrderItem.id")


class OrderItem(Base):
    """One line of an order: the middle of the path order -> items -> product."""

    __tablename__ = "order_items"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
    quantity: Mapped[int]
    unit_price_cents: Mapped[int]

    order: Mapped[Order] = relationship(back_populates="items", lazy="select")
    product: Mapped[Product] = relationship(lazy="select")


class Account(Base):
    """Money that many want to move at once; `version` is for compare-and-swap."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    balance_cents: Mapped[int]
    version: Mapped[int]
