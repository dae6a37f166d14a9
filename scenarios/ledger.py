"""The ledger: a long narrow table and a short wide one for scenarios that read, and the rows of both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, cast

from sqlalchemy import Index, String, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bench.core.dataset import Chunk, Dataset

Rows = list[tuple[Any, ...]]

CHUNK_ROWS = 5_000
SHEETS = 10_000
"""Sheets in every size."""


class Base(DeclarativeBase):
    """What both models share: ids without gaps, whole cents, naive UTC in whole seconds; no relationships."""


class Entry(Base):
    """One line of the ledger, written in the order of time; several share a moment."""

    __tablename__ = "entries"
    __table_args__ = (Index("ix_entries_booked_at_id", "booked_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[int]
    amount_cents: Mapped[int]
    memo: Mapped[str] = mapped_column(String(80))
    booked_at: Mapped[datetime]


class Sheet(Base):
    """A record of thirty columns, as forms that grew over the years have."""

    __tablename__ = "sheets"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    revision: Mapped[int]
    pages: Mapped[int]
    title: Mapped[str] = mapped_column(String(80))
    reference: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(16))
    currency: Mapped[str] = mapped_column(String(3))
    balance_cents: Mapped[int]
    debit_cents: Mapped[int]
    credit_cents: Mapped[int]
    tax_cents: Mapped[int]
    discount_cents: Mapped[int]
    author: Mapped[str] = mapped_column(String(80))
    email: Mapped[str] = mapped_column(String(120))
    phone: Mapped[str] = mapped_column(String(24))
    street: Mapped[str] = mapped_column(String(80))
    postcode: Mapped[str] = mapped_column(String(12))
    city: Mapped[str] = mapped_column(String(40))
    country: Mapped[str] = mapped_column(String(2))
    summary: Mapped[str] = mapped_column(String(200))
    remarks: Mapped[str] = mapped_column(String(400))
    active: Mapped[bool]
    audited: Mapped[bool]
    locked: Mapped[bool]
    archived: Mapped[bool]
    opened_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    due_at: Mapped[datetime]
    closed_at: Mapped[datetime]


@dataclass(frozen=True)
class LedgerSize:
    """How many entries there are; their ids are 1, 2, 3 ... as those of the sheets."""

    name: str
    entries: int


SIZES = {
    size.name: size
    for size in (LedgerSize("small", 20_000), LedgerSize("medium", 1_000_000), LedgerSize("large", 1_000_000))
}

OPENING = datetime(2024, 1, 1)  # noqa: DTZ001 - the ledger keeps naive UTC, see `Base`
ENTRIES_AT_ONCE = 3
MOMENTS = [OPENING + timedelta(seconds=30_011 * step) for step in range(2_000)]
MEMOS = [
    f"{kind} no. {number}"
    for kind in ("Invoice", "Refund", "Überweisung", "Salary", "Café, two coffees", "Rent for the month")
    for number in range(1_000, 1_100)
]
AMOUNTS = range(-50_000, 50_000)
SENTENCES = [
    f"{who} has {what} the figures of {when}."
    for who in ("Ada Chen", "Olga Horák", "Hiro O'Brien", "Zoë Nilsson")
    for what in ("checked", "corrected", "not yet received", "signed")
    for when in ("the first quarter", "last May", "the whole year", "week 34")
]


def booked_at(entry_id: int) -> datetime:
    """Return the moment of an entry; it never goes back as ids go up, so both orders are one."""
    return OPENING + timedelta(seconds=20 * (entry_id // ENTRIES_AT_ONCE))


def chunks(size: LedgerSize, seed: int) -> Iterator[Chunk]:
    """Yield all rows of the ledger in pieces of at most 5,000."""
    for model, count, rows in ((Entry, size.entries, _entries), (Sheet, SHEETS, _sheets)):
        # One generator for each table: a change to one table leaves the rows of the other as they are.
        random = Random(f"{seed} {model.__tablename__}")
        for first in range(1, count + 1, CHUNK_ROWS):
            yield cast("Table", model.__table__), rows(range(first, min(first + CHUNK_ROWS, count + 1)), random)


# Whole columns are drawn and zipped, as for the shop: much cheaper than building row by row.


def _drawn(random: Random, values: Sequence[Any], ids: range) -> list[Any]:
    return random.choices(values, k=len(ids))


def _rows(*columns: Iterable[Any]) -> Rows:
    return list(zip(*columns, strict=True))


def _entries(ids: range, random: Random) -> Rows:
    accounts = _drawn(random, range(1, 501), ids)
    return _rows(ids, accounts, _drawn(random, AMOUNTS, ids), _drawn(random, MEMOS, ids), map(booked_at, ids))


def _sheets(ids: range, random: Random) -> Rows:
    def numbers(values: Sequence[int]) -> list[int]:
        return _drawn(random, values, ids)

    def texts(*values: str) -> list[str]:
        return _drawn(random, values, ids)

    return _rows(
        ids,
        (100_000 + number for number in ids),
        *(numbers(range(1, 40)) for _ in range(2)),
        (f"Sheet no. {number}" for number in ids),
        (f"REF-{number:08d}-{number % 97:02d}" for number in ids),
        texts("draft", "open", "approved", "rejected", "closed"),
        texts("EUR", "GBP", "JPY", "NGN"),
        *(numbers(AMOUNTS) for _ in range(5)),
        texts("Ada Chen", "Olga Horák", "Hiro O'Brien", "Zoë Nilsson"),
        (f"writer{number}@example.com" for number in ids),
        (f"+49 30 {5_550_000 + number}" for number in ids),
        texts("1 Mill Lane", "22 Hauptstraße", "333 Rue Curie"),
        (f"{number % 100_000:05d}" for number in ids),
        texts("Aarhus", "Bogotá", "Chennai", "Győr", "Kyōto", "Lagos"),
        texts("DE", "DK", "IN", "JP", "NG"),
        texts(*SENTENCES),
        (" ".join(pair) for pair in zip(texts(*SENTENCES), texts(*SENTENCES), strict=True)),
        *(_drawn(random, (True, False), ids) for _ in range(4)),
        *(_drawn(random, MOMENTS, ids) for _ in range(4)),
    )


LEDGER = Dataset(name="ledger", metadata=Base.metadata, sizes=SIZES, chunks=chunks)
"""The dataset of the scenarios that read many rows or wide ones."""
