"""Datasets: names, sizes and the fingerprint that tells whether rows must be made anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import Column, Index, Integer, MetaData, String, Table

from bench.core.connections import namespace_of
from bench.core.dataset import LONGEST_NAME, Dataset
from bench.core.errors import UsageError

SIZES = {"small": 10, "medium": 1_000}


def dataset(
    sizes: Mapping[str, Any] = SIZES, *columns: Column[Any], name: str = "shop", index: bool = False
) -> Dataset:
    """Return a dataset of one table, plain but for the changes."""
    metadata = MetaData()
    table = Table("things", metadata, Column("id", Integer, primary_key=True), *columns)
    if index:
        Index("things_by_id", table.c.id)
    return Dataset(name, metadata, sizes, lambda _size, _seed: iter(()))


@pytest.mark.parametrize("name", ["", "my shop", "shop-2", "2shop", 'x"; drop', "Books", "bücher", "x\n", "x" * 55])
def test_the_name_becomes_a_schema_and_must_be_plain(name: str) -> None:
    """A name that would need quoting, is folded or is cut off is refused."""
    with pytest.raises(UsageError, match="becomes that of a schema: give it 54 characters at most of a-z, 0-9 and _"):
        dataset(name=name)


def test_the_longest_name_is_no_longer_than_a_server_takes() -> None:
    """PostgreSQL cuts off what is longer than 63 bytes, so that two names would mean one schema."""
    assert len(namespace_of(dataset(name="x" * LONGEST_NAME).name)) == 63


def test_a_dataset_needs_a_size() -> None:
    """The message shows how a size is given."""
    with pytest.raises(UsageError, match=r"dataset 'shop' names no size; give sizes=\{'small': \.\.\.\}"):
        dataset({})


def test_a_size_is_found_by_name() -> None:
    """Each name gives what it maps to."""
    assert [dataset().size(name) for name in SIZES] == [10, 1_000]


def test_an_only_size_has_every_name() -> None:
    """A dataset of one size fits every profile."""
    only = dataset({"mine": 7})
    assert [only.size(name) for name in ("small", "medium", "mine")] == [7, 7, 7]


def test_an_unknown_size_is_suggested() -> None:
    """With several sizes the nearest name is offered."""
    with pytest.raises(UsageError, match=r"dataset 'shop' has no size 'smal'; did you mean 'small'\?"):
        dataset().size("smal")


def test_the_fingerprint_follows_from_what_it_describes() -> None:
    """Equal descriptions have equal fingerprints in every process."""
    assert dataset().fingerprint("small", 1) == dataset().fingerprint("small", 1)


@pytest.mark.parametrize(
    ("other", "size", "seed"),
    [
        (dataset(), "small", 2),
        (dataset(), "medium", 1),
        (dataset({**SIZES, "small": 11}), "small", 1),
        (dataset(SIZES, Column("note", String(20))), "small", 1),
        (dataset(index=True), "small", 1),
        (dataset(name="store"), "small", 1),
    ],
    ids=["seed", "size name", "size", "column", "index", "name"],
)
def test_each_change_of_the_data_changes_the_fingerprint(other: Dataset, size: str, seed: int) -> None:
    """Rows of another seed, size or table are never taken for these."""
    assert other.fingerprint(size, seed) != dataset().fingerprint("small", 1)
