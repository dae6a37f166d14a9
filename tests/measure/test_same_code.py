"""First proof: which twins count as one program, and which lines are shown where they do not."""

# ruff: noqa: ANN401, B018 - the bodies stand for those of authors, who may write what they like

from __future__ import annotations

import contextlib
import textwrap
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import pytest

from bench.core.database import AsyncDatabase, Database
from bench.measure.loops import time_block, time_block_async
from bench.measure.same_code import code_difference

Twins = Callable[[str, str], tuple[Callable[..., Any], Callable[..., Any]]]


@pytest.fixture
def twins(tmp_path: Path) -> Twins:
    """Make two functions from their texts, with a file behind them as real ones have."""

    def make(sync: str, asynchronous: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
        file = tmp_path / f"twins{len(list(tmp_path.iterdir()))}.py"
        file.write_text(f"{textwrap.dedent(sync)}\n\n{textwrap.dedent(asynchronous)}\n", encoding="utf-8")
        namespace: dict[str, Any] = {"wraps": wraps, "contextlib": contextlib}
        exec(compile(file.read_text(encoding="utf-8"), file, "exec"), namespace)  # noqa: S102 - our own texts
        return namespace["work"], namespace["work_async"]

    return make


def test_the_two_timed_loops_are_twins() -> None:
    """The promise that the harness makes about itself: the loops are one text, without and with `await`."""
    assert code_difference(time_block, time_block_async) is None


def test_twins_that_use_every_async_form_are_one_program(twins: Twins) -> None:
    """`async def`, `with`, `for`, comprehensions and `await` are what may differ."""
    pair = twins(
        """
        def work(db, key):
            with db.session() as session, session.begin():
                rows = session.execute(key).all()
                for row in session.stream(key):
                    rows.append(row)
                more = [row for row in session.stream(key) if row]
                pairs = {row.id: session.get(row) for row in more}
                def inner(x):
                    return session.get(x)
                return rows, more, pairs, {x for x in rows}, inner(1).name
        """,
        """
        async def work_async(db, key):
            async with db.session() as session, session.begin():
                rows = (await session.execute(key)).all()
                async for row in session.stream(key):
                    rows.append(row)
                more = [row async for row in session.stream(key) if row]
                pairs = {row.id: await session.get(row) for row in more}
                async def inner(x):
                    return await session.get(x)
                return rows, more, pairs, {x for x in rows}, (await inner(1)).name
        """,
    )
    assert code_difference(*pair) is None


def test_layout_comments_and_docstrings_do_not_matter(twins: Twins) -> None:
    """What the interpreter does not do is not compared."""
    pair = twins(
        '''
        def work(db, key):
            """Do it.

            Slowly.
            """
            # a comment
            return db.get(key,
                          1)
        ''',
        """
        async def work_async(
            db,
            key,
        ):
            return await db.get(key, 1)  # another
        """,
    )
    assert code_difference(*pair) is None


def test_a_body_of_a_docstring_alone_is_an_empty_body(twins: Twins) -> None:
    """Taking the docstring away leaves a body that does nothing."""
    pair = twins('def work(db, key):\n    """Nothing."""', "async def work_async(db, key):\n    pass")
    assert code_difference(*pair) is None


def test_annotations_are_not_part_of_the_program() -> None:
    """Type names differ between the modes by nature; none of them is executed by an operation."""

    def work(db: Database, key: int, *more: int) -> list[int]:
        rows: list[int] = [key, *more]
        db.engine
        return rows

    async def work_async(db: AsyncDatabase, key: object, *more: Any) -> Any:
        rows = [key, *more]
        db.engine
        return rows

    assert code_difference(work, work_async) is None


def test_types_that_are_called_have_one_name(twins: Twins) -> None:
    """`AsyncSession(engine)` is the twin of `Session(engine)`; other names stay different."""
    pair = twins(
        "def work(db, key):\n    return Session(db.engine)",
        "async def work_async(db, key):\n    return AsyncSession(db.engine)",
    )
    assert code_difference(*pair) is None


def test_the_names_of_the_twins_do_not_matter() -> None:
    """A pair may be called as its author likes."""

    def fetch(db: Any, key: int) -> Any:
        return db.get(key)

    async def afetch(db: Any, key: int) -> Any:
        return await db.get(key)

    assert code_difference(fetch, afetch) is None


CHANGED = {
    "literal": ("return db.get(key, 1)", "return await db.get(key, 2)"),
    "loader option": ("return db.get(selectinload(key))", "return await db.get(joinedload(key))"),
    "keyword": ("return db.get(key, future=True)", "return await db.get(key, echo=True)"),
    "method": ("return db.get(key).all()", "return (await db.get(key)).first()"),
    "operator": ("return key + 1", "return key - 1"),
    "extra argument": ("return db.get(key)", "return await db.get(key, 1)"),
    "condition": ("if key > 1:\n        return 1", "if key >= 1:\n        return 1"),
    "statement kind": ("return db.get(key)", "await db.get(key)"),
    "helper": ("return db.get(key)", "return await db.run_sync(key)"),
    "gathered": ("return [db.get(key)]", "return await gather(db.get(key))"),
}


@pytest.mark.parametrize("name", CHANGED)
def test_a_changed_line_is_shown_on_both_sides(twins: Twins, name: str) -> None:
    """Whatever differs, the two lines that hold it are reported, and not the equal ones before it."""
    sync, asynchronous = CHANGED[name]
    pair = twins(
        f"def work(db, key):\n    db.first()\n    {sync}",
        f"async def work_async(db, key):\n    # a comment moves the lines\n    await db.first()\n    {asynchronous}",
    )
    first, second = sync.partition("\n")[0], asynchronous.partition("\n")[0]
    assert code_difference(*pair) == f"sync:  {first}\nasync: {second}"


@pytest.mark.parametrize(("sync", "asynchronous"), [("a=1", ""), ("a", "a, b"), ("a", "a=1"), ("a, *b", "a")], ids=repr)
def test_parameters_are_part_of_the_program(twins: Twins, sync: str, asynchronous: str) -> None:
    """Another default or another parameter is another program; the line of the definition is shown."""
    pair = twins(f"def work({sync}):\n    return 1", f"async def work_async({asynchronous}):\n    return 1")
    assert code_difference(*pair) == f"sync:  def work({sync}):\nasync: async def work_async({asynchronous}):"


def test_a_forgotten_statement_is_shown_beside_what_stands_in_its_place(twins: Twins) -> None:
    """In the middle the next statement takes the place of the forgotten one."""
    pair = twins(
        "def work(db, key):\n    db.one()\n    db.flush()\n    return 1",
        "async def work_async(db, key):\n    await db.one()\n    return 1",
    )
    assert code_difference(*pair) == "sync:  db.flush()\nasync: return 1"


def test_a_statement_forgotten_at_the_end_stands_against_nothing(twins: Twins) -> None:
    """Where one side goes on and the other has ended, the report says so."""
    pair = twins(
        "def work(db, key):\n    with db as session:\n        session.one()\n        session.commit()",
        "async def work_async(db, key):\n    async with db as session:\n        await session.one()",
    )
    assert code_difference(*pair) == "sync:  session.commit()\nasync: (nothing)"
    turned = twins(
        "def work(db, key):\n    db.one()", "async def work_async(db, key):\n    await db.one()\n    await db.commit()"
    )
    assert code_difference(*turned) == "sync:  (nothing)\nasync: await db.commit()"


def test_swapped_order_is_a_difference(twins: Twins) -> None:
    """The same statements in another order are another program."""
    pair = twins(
        "def work(db, key):\n    db.one()\n    db.two()",
        "async def work_async(db, key):\n    await db.two()\n    await db.one()",
    )
    assert code_difference(*pair) == "sync:  db.one()\nasync: await db.two()"


def test_a_difference_in_a_long_chain_is_shown_where_it_stands(twins: Twins) -> None:
    """In a chain over several lines the line of the changed link is shown, not the first one of the chain."""
    pair = twins(
        """
        def work(db, key):
            return (
                db.get(key)
                .unique()
                .all()
            )
        """,
        """
        async def work_async(db, key):
            return (
                (await db.get(key))
                .scalars()
                .all()
            )
        """,
    )
    assert code_difference(*pair) == "sync:  .unique()\nasync: .scalars()"


def test_a_decorator_on_one_side_only_is_a_difference(twins: Twins) -> None:
    """A cache or a retry around one twin is not hidden by looking inside of it."""
    decorator = "def cached(body):\n    return wraps(body)(lambda db, key: body(db, key))\n\n"
    plain = "async def work_async(db, key):\n    return await db.get(key)"
    assert code_difference(*twins(f"{decorator}@cached\ndef work(db, key):\n    return db.get(key)", plain)) is not None
    assert code_difference(*twins("def work(db, key):\n    return db.get(key)", plain)) is None


def test_twins_nested_in_other_code_are_read() -> None:
    """Indented bodies, as in a class or a function, are compared like any others."""

    class Bodies:
        @staticmethod
        def work(db: Any, key: int) -> Any:
            return db.get(key)

        @staticmethod
        async def work_async(db: Any, key: int) -> Any:
            return await db.get(key + 1)

    assert code_difference(Bodies.work, Bodies.work_async) == (
        "sync:  return db.get(key)\nasync: return await db.get(key + 1)"
    )
