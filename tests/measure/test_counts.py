"""What the proofs count: statements, rows and traffic, and for whom the counts hold."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import text

from bench.core.conditions import Conditions
from bench.core.contract import Divergence, Variant
from bench.core.database import AsyncDatabase, Database
from bench.core.traffic import Traffic
from bench.measure.proofs import KEYS, Proof
from bench.measure.steward import Steward
from bench.measure.workbench import Workbench
from tests.measure.notes import PLAIN, Rows, group_of, plain, plain_async, proved

SQL = "SELECT id, words FROM note WHERE id <= ? ORDER BY id"


def bare(db: Database, last: int) -> Rows:
    """The rows, by the driver alone."""
    return list(db.bare().execute(SQL, (last,)).fetchall())


async def bare_async(db: AsyncDatabase, last: int) -> Rows:
    """The rows, by the driver alone, awaited."""
    return list(await (await db.bare()).execute_fetchall(SQL, (last,)))


def test_statements_that_are_not_heard_are_not_counted(bench: Workbench, steward: Steward) -> None:
    """Past SQLAlchemy there is no number, which is not the number 0; the rows are compared as ever."""
    proof = proved(bench, steward, group_of(PLAIN, Variant("bare", bare, bare_async, bare=True)))
    assert proof.failures == []
    assert [(counts.case.variant, counts.statements, counts.sql) for counts in proof.counts[2:]] == [
        ("bare", None, ()),
        ("bare", None, ()),
    ]
    assert [counts.rows_read for counts in proof.counts[2:]] == [None, None]
    assert len({(counts.rows, counts.digest) for counts in proof.counts}) == 1


def test_the_operations_of_a_crowd_are_counted_on_one_connection(bench: Workbench, steward: Steward) -> None:
    """The last one finds prepared what the ones before it prepared; the others of the pool would be cold."""
    used: dict[str, list[int]] = {"pysqlite": [], "aiosqlite": []}

    def noting(db: Database, key: int) -> Rows:
        with db.engine.connect() as connection:
            used["pysqlite"].append(id(connection.connection.dbapi_connection))
        return plain(db, key)

    async def noting_async(db: AsyncDatabase, key: int) -> Rows:
        async with db.engine.connect() as connection:
            used["aiosqlite"].append(id((await connection.get_raw_connection()).dbapi_connection))
        return await plain_async(db, key)

    variant = Variant("a", noting, noting_async, divergence=Divergence("the connection is asked for in other words"))
    proof = proved(bench, steward, group_of(variant, conditions=lambda _: Conditions(in_flight=3)))
    assert proof.failures == []
    assert [(len(seen), len(set(seen))) for seen in used.values()] == [(KEYS, 1)] * 2


def test_a_statement_that_is_repeated_is_listed_once(bench: Workbench, steward: Steward) -> None:
    """With how often it was sent in a row: the list of an N+1 is as short as its reason."""

    def repeating(db: Database, _key: int) -> object:
        with db.session() as session:
            return [session.scalar(text(f"SELECT {number}")) for number in (1, 2, 2, 2, 1)]

    proof = proved(bench, steward, group_of(Variant("a", repeating, plain_async), drivers=("pysqlite",)))
    [counts] = proof.counts
    assert counts.statements == 5
    assert counts.sql == (("SELECT 1", 1), ("SELECT 2", 3), ("SELECT 1", 1))


def test_the_traffic_of_the_last_key_is_counted(bench: Workbench, steward: Steward) -> None:
    """Read around each operation and around nothing else; the first one still prepares its statements."""
    looks = [Traffic(1, 5, 100, 1000), Traffic(1, 9, 150, 1500), Traffic(1, 20, 300, 3000), Traffic(2, 23, 370, 3400)]
    script = iter(looks)
    group = group_of(PLAIN, drivers=("pysqlite",))
    [counts] = proved(bench, steward, group, traffic=lambda: next(script)).counts
    assert counts.traffic == Traffic(1, 3, 70, 400)
    assert list(script) == []
    assert [each.traffic for each in proved(bench, steward, group).counts] == [None]


def test_what_is_proved_of_a_group_holds_under_a_delay(bench: Workbench, steward: Steward) -> None:
    """Counts and failures are repeated under the names of the delayed cases, those of other groups are not."""

    async def shorter_async(db: AsyncDatabase, last: int) -> Rows:
        return (await plain_async(db, last))[1:]

    short = Variant("short", plain, shorter_async, Divergence("a test"))
    group = group_of(PLAIN, short)
    proof, other = proved(bench, steward, group), proved(bench, steward, group_of(PLAIN, name="other"))
    whole = Proof([*proof.counts, *other.counts], [*proof.failures])
    for delay_ms in (1.0, 5.0):
        whole.copy_to(replace(group, delay_ms=delay_ms), group)
    failed = "notes/[short]@sqlite+aiosqlite"
    delayed = [f"notes/delay_ms={delay_ms}[short]@sqlite+aiosqlite" for delay_ms in (1, 5)]
    assert [failure.case for failure in whole.failures] == [failed, *delayed]
    assert len(whole.counts) == 4 + 2 + 4 + 4
    assert replace(whole.counts[6], case=whole.counts[0].case) == whole.counts[0]
    assert {counts.case.group for counts in whole.counts[6:10]} == {"notes/delay_ms=1@sqlite"}
    assert len(whole.valid(replace(group, delay_ms=5.0).cases())) == 3
