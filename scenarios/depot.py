"""The depot that the writing scenarios share: tables to write to, and how one of them is emptied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, ForeignKey, Integer, MetaData, String, Table, bindparam, delete, insert, select, text
from sqlalchemy.ext.asyncio import AsyncAttrs
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bench.core.claims import Parameters
from bench.core.conditions import Conditions
from bench.core.contract import Place
from bench.core.dataset import Chunk, Dataset

BATCHES = range(1, 1_000_001)
"""Keys draw a batch from so many that two operations of a block hardly ever draw the same."""
LARGEST_BATCH = 1_000
"""The most parcels of a batch that `arrange` makes by copying templates."""
ACCOUNTS = 1_100
OPENING_CENTS = 100_000
"""What every account holds at first."""

OPENED = datetime(2024, 1, 1)  # noqa: DTZ001 - naive UTC in whole seconds, which every backend stores without loss
GOODS = ["Kettle", "Lamp", "Chair", "Rucksack", "Pen", "Bicycle", "Teapot", "Blanket", "Radio", "Café table"]

Row = dict[str, Any]


class Base(AsyncAttrs, DeclarativeBase):
    """What all models share; `AsyncAttrs` adds `awaitable_attrs` and costs blocking code nothing."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Template(Base):
    """What a new parcel looks like: `arrange` copies these rows inside of the database."""

    __tablename__ = "templates"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(80))
    weight_g: Mapped[int]
    value_cents: Mapped[int]
    fragile: Mapped[bool]
    packed_at: Mapped[datetime]


class Parcel(Base):
    """A row of seven columns to insert and to change; no foreign key points here."""

    __tablename__ = "parcels"

    id: Mapped[int] = mapped_column(primary_key=True)
    batch: Mapped[int] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(String(80))
    weight_g: Mapped[int]
    value_cents: Mapped[int]
    fragile: Mapped[bool]
    packed_at: Mapped[datetime]


class Delivery(Base):
    """A row of which the database itself gives the id and the status."""

    __tablename__ = "deliveries"

    id: Mapped[int] = mapped_column(primary_key=True)
    batch: Mapped[int] = mapped_column(index=True)
    receiver: Mapped[str] = mapped_column(String(80))
    status: Mapped[str] = mapped_column(String(16), server_default="announced")


class StockItem(Base):
    """What is in stock of one article: the target of upserts."""

    __tablename__ = "stock"

    id: Mapped[int] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    quantity: Mapped[int]


class Crate(Base):
    """A parent to delete. How its items go is what `deleting` is about, so its relationships stand there."""

    __tablename__ = "crates"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    label: Mapped[str] = mapped_column(String(40))


class CrateItem(Base):
    """A child that the database deletes with its parent."""

    __tablename__ = "crate_items"

    id: Mapped[int] = mapped_column(primary_key=True)
    crate_id: Mapped[int] = mapped_column(ForeignKey("crates.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    weight_g: Mapped[int]


class Account(Base):
    """Money that many want to move at once; `version` is for compare-and-swap."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    balance_cents: Mapped[int]
    version: Mapped[int]


def table_of(model: type[Base]) -> Table:
    """Return the table of a model: `__table__` is declared as something more general."""
    return cast("Table", model.__table__)


_PARCELS = (
    select(*(column for column in Parcel.__table__.columns if column.name != "id"))
    .where(Parcel.batch == bindparam("batch"))
    .order_by(Parcel.id)
)
_COPY_TEMPLATES = insert(table_of(Parcel)).from_select(
    table_of(Parcel).columns.keys(),
    select(
        bindparam("first", type_=Integer()) + Template.id,
        bindparam("batch", type_=Integer()),
        *(column for column in Template.__table__.columns if column.name not in {"id", "code"}),
    ).where(Template.id <= bindparam("count", type_=Integer())),
)


@dataclass(frozen=True)
class DepotSize:
    """How many rows are there before anything is written; the same under every name."""

    templates: int = LARGEST_BATCH
    accounts: int = ACCOUNTS


def new_parcel(number: int) -> Row:
    """Return what tells one parcel of a batch from another, by its number from 1 on."""
    return {
        "name": f"{GOODS[number % len(GOODS)]} no. {number}",
        "weight_g": 100 + number * 37 % 5_000,
        "value_cents": 199 + number * 113 % 20_000,
        "fragile": number % 7 == 0,
        "packed_at": OPENED + timedelta(seconds=61 * number),
    }


def a_batch(random: Random) -> int:
    """Draw the number of a batch."""
    return random.choice(BATCHES)


class Batch(NamedTuple):
    """New parcels as a request would bring them, with the number of their batch."""

    number: int
    rows: list[Row]


def new_batch(random: Random, count: int) -> Batch:
    """Draw the number of a batch, and make so many parcels."""
    batch = a_batch(random)
    return Batch(batch, [{"batch": batch, **new_parcel(number)} for number in range(1, count + 1)])


def first_parcel(batch: int) -> int:
    """Return one less than the id of the first parcel of a batch, where `add_batches` made it."""
    return batch * LARGEST_BATCH


def add_batches(connection: Connection, batches: Iterable[int], count: int) -> None:
    """Write batches of so many parcels, as `new_parcel` describes them, with ids that follow from the batch."""
    values = [{"batch": batch, "first": first_parcel(batch), "count": count} for batch in set(batches)]
    connection.execute(_COPY_TEMPLATES, values)


def chunks(size: DepotSize, _seed: int) -> Iterator[Chunk]:
    """Yield the rows that no scenario takes away."""
    numbers = range(1, size.templates + 1)
    yield table_of(Template), [(number, f"{number:04d}", *new_parcel(number).values()) for number in numbers]
    yield table_of(Account), [(number, OPENING_CENTS, 0) for number in range(1, size.accounts + 1)]


def empty(connection: Connection, *models: type[Base]) -> None:
    """Take every row out of tables; children come before their parents."""
    if connection.dialect.name == "postgresql":
        # DELETE leaves dead rows behind, and no automatic vacuum takes them away while we measure.
        names = ", ".join(model.__tablename__ for model in models)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
        return
    for model in models:
        if connection.dialect.name == "sqlite" or model is Crate:
            # SQLite has no TRUNCATE, and InnoDB refuses it where a foreign key points at the table.
            connection.execute(delete(model))
        else:
            # InnoDB purges deleted rows in the background, while we measure.
            connection.execute(text(f"TRUNCATE {model.__tablename__}"))


def parcels_of(connection: Connection, batch: int) -> list[tuple[Any, ...]]:
    """Return what is there of a batch in the order of ids, without the ids: what an operation left behind."""
    return [tuple(row) for row in connection.execute(_PARCELS, {"batch": batch})]


def durability(parameters: Parameters) -> Conditions:
    """Return whether commits wait for the disk, as the parameter `durable` says."""
    return Conditions(durable=bool(parameters["durable"]))


def never_undurable(place: Place, parameters: Parameters) -> str | None:
    """Return why commits cannot be made not to wait for the disk, or None."""
    if parameters["durable"] or place.driver.family != "mysql":
        return None
    return "here it is a setting of the whole server whether a commit waits for the disk; ormbench does not change it"


DEPOT = Dataset(name="depot", metadata=Base.metadata, sizes={"small": DepotSize()}, chunks=chunks)
"""The dataset of the writing scenarios; a dataset with one size has it under every name."""
