"""What a dataset is: tables, named sizes, and rows that follow from a seed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import MetaData, Table
from sqlalchemy.schema import CreateTable

from bench.core.errors import UsageError
from bench.core.names import nearest

LONGEST_NAME = 54
"""PostgreSQL cuts a name after 63 bytes, and that of a schema of ours begins with `ormbench_`."""
_NAME = re.compile(rf"[a-z_][a-z0-9_]{{0,{LONGEST_NAME - 1}}}")
"""No capitals: PostgreSQL folds them where a name is not quoted, and finds no such schema where it is a value."""

Chunk = tuple[Table, list[tuple[Any, ...]]]
"""Some rows of one table, each with a value for every column in the order of the table."""


@dataclass(frozen=True)
class Dataset:
    """The rows that scenarios read and write.

    `chunks(size, seed)` yields the rows in the order in which they can be inserted. It yields them in pieces,
    so that seeding needs no more memory for two million rows than for ten thousand; the same size and seed
    always give the same rows, on every backend. `size` is whatever `sizes` maps a size name to.
    """

    name: str
    metadata: MetaData
    sizes: Mapping[str, Any]
    chunks: Callable[[Any, int], Iterator[Chunk]]

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            message = (
                f"dataset name {self.name!r} becomes that of a schema: give it {LONGEST_NAME} characters at most of "
                "a-z, 0-9 and _, no digit first"
            )
            raise UsageError(message)
        if not self.sizes:
            message = f"dataset {self.name!r} names no size; give sizes={{'small': ...}}"
            raise UsageError(message)
        self.refuse_other_schemas()

    def refuse_other_schemas(self) -> None:
        """Refuse tables that stand in a place of their own: on a given server they may be there, and full.

        Raises:
            UsageError: A table, a type or a sequence names a schema.
        """
        # Types are known by the tables that use them; sequences by the metadata alone.
        placed: list[Any] = [*self.metadata.tables.values(), *self.metadata._sequences.values()]  # noqa: SLF001 - there is no public list
        placed += [each.type for table in self.metadata.tables.values() for each in table.columns]
        found = next((each for each in placed if getattr(each, "schema", None) is not None), None)
        if found is not None:
            message = (
                f"dataset {self.name!r}: {getattr(found, 'fullname', None) or found.name!r} names the schema "
                f"{found.schema!r}, where it would replace what is there; give the models none, then they stand in "
                f"one of ormbench's own"
            )
            raise UsageError(message)

    def size(self, name: str) -> Any:  # noqa: ANN401 - a size is the dataset author's own type
        """Return the size of that name; a dataset with one size has it under every name.

        Raises:
            UsageError: The dataset has several sizes and none of that name.
        """
        if len(self.sizes) == 1:
            return next(iter(self.sizes.values()))
        if name not in self.sizes:
            message = f"dataset {self.name!r} has no size {name!r}; {nearest(name, self.sizes)}"
            raise UsageError(message)
        return self.sizes[name]

    def fingerprint(self, size_name: str, seed: int) -> str:
        """Return a text that changes when the tables, the size or the seed change."""
        schema = "\n".join(str(CreateTable(table)) for table in self.metadata.sorted_tables)
        indexes = sorted(str(index.name) for table in self.metadata.sorted_tables for index in table.indexes)
        text = f"{schema}\n{indexes}\n{self.size(size_name)!r}"
        return f"{self.name} {size_name} seed={seed} {hashlib.sha256(text.encode()).hexdigest()[:16]}"
