"""The proofs on real SQLite in both modes: each kind of unequal work is caught, by stage and with its message."""

from __future__ import annotations

from random import Random

import pytest
from sqlalchemy import bindparam, select, text

from bench.core.cases import Group
from bench.core.contract import Divergence, Variant
from bench.core.database import AsyncDatabase, Database
from bench.measure.proofs import KEYS, Failure, Proof, Prover, References, prove_code
from bench.measure.steward import Steward
from bench.measure.workbench import Workbench
from tests.measure.notes import FIRST, PLAIN, Note, Rows, found, group_of, plain, plain_async, up_to

OTHER = select(Note.words, Note.id).where(Note.id <= bindparam("last")).order_by(Note.id)
TURNED = FIRST.order_by(None).order_by(Note.id.desc())


def turned(db: Database, last: int) -> Rows:
    """The rows, last one first."""
    with db.session() as session:
        return [(row.id, row.words) for row in session.execute(TURNED, {"last": last})]


async def turned_async(db: AsyncDatabase, last: int) -> Rows:
    """The rows, last one first, awaited."""
    async with db.session() as session:
        return [(row.id, row.words) for row in await session.execute(TURNED, {"last": last})]


async def drifted_async(db: AsyncDatabase, last: int) -> Rows:
    """The rows, by another query."""
    async with db.session() as session:
        return [(row.id, row.words) for row in await session.execute(OTHER, {"last": last})]


async def chatty_async(db: AsyncDatabase, last: int) -> Rows:
    """The rows, after a statement too many."""
    async with db.session() as session:
        await session.execute(text("SELECT 1"))
        return [(row.id, row.words) for row in await session.execute(FIRST, {"last": last})]


async def short_async(db: AsyncDatabase, last: int) -> Rows:
    """The rows but the last."""
    async with db.session() as session:
        return [(row.id, row.words) for row in await session.execute(FIRST, {"last": last})][:-1]


async def raising_async(db: AsyncDatabase, last: int) -> Rows:
    """No rows: the table is missing."""
    async with db.session() as session:
        return [(row.id, row.words) for row in await session.execute(text("SELECT * FROM missing"), {"last": last})]


def committing(db: Database, last: int) -> Rows:
    """The rows, and an end of the transaction."""
    with db.session() as session:
        rows = [(row.id, row.words) for row in session.execute(FIRST, {"last": last})]
        session.commit()
        return rows


async def forgetting_async(db: AsyncDatabase, last: int) -> Rows:
    """The rows; the end of the transaction is never awaited."""
    async with db.session() as session:
        rows = [(row.id, row.words) for row in await session.execute(FIRST, {"last": last})]
        session.commit()  # type: ignore[unused-coroutine]  # the defect that this test plants
        return rows


def proved(bench: Workbench, group: Group, references: References | None = None) -> Proof:
    """Prove code, statements and answers of the group."""
    with Steward(bench._routes["pysqlite"]) as steward:
        proof = Prover(bench, steward, 10, 1, {} if references is None else references).prove(group)
    proof.failures[:0] = prove_code(group.scenario, [group])
    return proof


def only(proof: Proof) -> Failure:
    """Return the one failure."""
    (failure,) = proof.failures
    return failure


def test_lawful_twins_pass_with_exact_counts(bench: Workbench) -> None:
    """Equal work has no failure; statements, rows and fingerprint are the same in both modes."""
    proof = proved(bench, group_of(PLAIN))
    assert proof.failures == []
    blocking, awaited = proof.counts
    assert (blocking.statements, len(blocking.sql)) == (1, 1)
    assert blocking.sql == (("SELECT note.id, note.words FROM note WHERE note.id <= ? ORDER BY note.id", 1),)
    assert (blocking.sql, blocking.rows, blocking.digest) == (awaited.sql, awaited.rows, awaited.digest)
    assert [counts.case.driver for counts in proof.counts] == ["pysqlite", "aiosqlite"]
    assert proved(bench, group_of(PLAIN)).counts == proof.counts  # the same seed asks for the same keys


def test_other_code_is_caught_on_every_driver(bench: Workbench) -> None:
    """A planted drift voids the variant as a whole: which of its twins is right, nobody knows."""
    proof = proved(bench, group_of(Variant("plain", plain, drifted_async)))
    same_code = [failure for failure in proof.failures if failure.stage == "same code"]
    assert [failure.case for failure in same_code] == [
        "notes/[plain]@sqlite+pysqlite",
        "notes/[plain]@sqlite+aiosqlite",
    ]
    assert same_code[0].message.splitlines() == [
        "the twins of 'plain' are different programs:",
        'sync:  return [(row.id, row.words) for row in session.execute(FIRST, {"last": last})]',
        'async: return [(row.id, row.words) for row in await session.execute(OTHER, {"last": last})]',
    ]


def test_every_group_of_the_scenario_is_voided_by_other_code() -> None:
    """Each variant that drifted is reported in each group, the others in none."""
    group = group_of(PLAIN, Variant("short", plain, short_async), Variant("chatty", plain, chatty_async))
    failures = list(prove_code(group.scenario, [group, group]))
    assert len(failures) == 2 * 2 * 2
    assert not any("[plain]" in failure.case for failure in failures)


def test_a_declared_divergence_passes_for_the_code_alone(bench: Workbench) -> None:
    """With its reason written down another program is lawful, if it sends the same and answers the same."""
    lawful = Variant("plain", plain, chatty_async, divergence=Divergence("a test"))
    assert list(prove_code(group_of(lawful).scenario, [group_of(lawful)])) == []
    for body, stage in ((drifted_async, "same SQL"), (chatty_async, "same SQL"), (short_async, "same answer")):
        proof = proved(bench, group_of(Variant("plain", plain, body, divergence=Divergence("a test"))))
        assert found(proof) == [("plain]@sqlite+aiosqlite", stage)]


def test_other_sql_is_shown_beside_the_expected_one(bench: Workbench) -> None:
    """The first statement that differs is told for both drivers, with how many there are."""
    failure = only(proved(bench, group_of(Variant("plain", plain, chatty_async, divergence=Divergence("a test")))))
    assert failure.stage == "same SQL"
    told, *statements = failure.message.splitlines()
    assert told.startswith("'plain' on aiosqlite sends other SQL than on pysqlite ")
    assert told.endswith("(2 statements on aiosqlite, 1 on pysqlite); statement 1:")
    assert statements == [
        "aiosqlite: SELECT 1",
        "pysqlite: SELECT note.id, note.words FROM note WHERE note.id <= ? ORDER BY note.id",
    ]


def test_other_rows_name_the_first_that_differs(bench: Workbench) -> None:
    """A twin that drops its last row is caught there, though its SQL is the same."""
    failure = only(proved(bench, group_of(Variant("plain", plain, short_async, divergence=Divergence("a test")))))
    assert failure.stage == "same answer"
    first, row, expected = failure.message.splitlines()
    assert first == "'plain' on aiosqlite returns other rows:"
    assert row.endswith("got '(no row)'")
    assert "'note number " in expected


def test_a_body_that_ignores_its_key_is_caught_by_the_second_key(bench: Workbench) -> None:
    """With the first key alone it would pass: there its answer is right."""
    random = Random("1/notes/[]")
    keys = [up_to({}, 10, random) for _ in range(KEYS)]
    assert keys[0] != keys[1]

    async def deaf_async(db: AsyncDatabase, _last: int) -> Rows:
        return await plain_async(db, keys[0])

    group = group_of(Variant("plain", plain, deaf_async, divergence=Divergence("a test")))
    assert found(proved(bench, group)) == [("plain]@sqlite+aiosqlite", "same answer")]


def test_a_body_that_raises_is_told_by_its_exception(bench: Workbench) -> None:
    """The other driver is not held responsible, and the connection stays usable for what follows."""
    group = group_of(Variant("broken", plain, raising_async, divergence=Divergence("a test")), PLAIN)
    proof = proved(bench, group)
    failure = only(proof)
    assert (failure.case, failure.stage) == ("notes/[broken]@sqlite+aiosqlite", "operation")
    assert failure.message.startswith("OperationalError: ")
    assert "no such table: missing" in failure.message
    assert len(proof.counts) == 3


def test_a_forgotten_await_is_caught(bench: Workbench) -> None:
    """A COMMIT that is never sent is no other program and no other statement; the dropped coroutine tells."""
    failure = only(proved(bench, group_of(Variant("writing", committing, forgetting_async))))
    assert (failure.case, failure.stage) == ("notes/[writing]@sqlite+aiosqlite", "operation")
    assert "commit' was never awaited" in failure.message


def test_warnings_of_a_body_are_left_alone(bench: Workbench) -> None:
    """Only a dropped coroutine is a failure; what else a body warns of reaches whoever listens."""

    def warning(db: Database, last: int) -> Rows:
        import warnings  # noqa: PLC0415 - part of the body

        warnings.warn("old style", FutureWarning, stacklevel=1)
        return plain(db, last)

    group = group_of(Variant("plain", warning, plain_async, divergence=Divergence("a test")), drivers=("pysqlite",))
    with pytest.warns(FutureWarning, match="old style"):
        assert proved(bench, group).failures == []


def test_variants_must_answer_alike(bench: Workbench) -> None:
    """A variant that returns the rows in another order is caught on every driver, though its twins agree."""
    proof = proved(bench, group_of(PLAIN, Variant("turned", turned, turned_async)))
    assert found(proof) == [("turned]@sqlite+pysqlite", "same answer"), ("turned]@sqlite+aiosqlite", "same answer")]


def test_variants_that_answer_something_else_are_compared_among_themselves(bench: Workbench) -> None:
    """What a variant says it answers decides whom it is compared with, and its twins still must agree."""
    proof = proved(bench, group_of(PLAIN, Variant("turned", turned, turned_async, answers="the rows backwards")))
    assert proof.failures == []
    backwards = "the rows backwards"
    group = group_of(
        PLAIN,
        Variant("turned", turned, turned_async, answers=backwards),
        Variant("odd", plain, plain_async, answers=backwards),
    )
    assert found(proved(bench, group)) == [
        ("odd]@sqlite+pysqlite", "same answer"),
        ("odd]@sqlite+aiosqlite", "same answer"),
    ]


def test_answers_are_compared_across_backends(bench: Workbench) -> None:
    """What the first backend answered is what the next one is held to."""
    references: References = {}
    assert proved(bench, group_of(PLAIN, drivers=("pysqlite",)), references).failures == []
    with bench.engine("pysqlite").begin() as connection:
        connection.execute(text("UPDATE note SET words = 'spoilt'"))
    proof = proved(bench, group_of(PLAIN, drivers=("aiosqlite",)), references)
    assert found(proof) == [("plain]@sqlite+aiosqlite", "same answer")]
    assert "'spoilt'" in proof.failures[0].message


def test_the_cases_of_a_failed_proof_are_void_and_no_others(bench: Workbench) -> None:
    """A void case takes its A/A twin with it; the rest of the group is measured."""
    group = group_of(
        Variant("plain", plain, short_async, divergence=Divergence("a test")), Variant("same", plain, plain_async)
    )
    proof = proved(bench, group)
    valid = proof.valid([*group.cases(), *group.twins()])
    assert [case.id for case in valid] == [
        "notes/[plain]@sqlite+pysqlite",
        "notes/[same]@sqlite+pysqlite",
        "notes/[same]@sqlite+aiosqlite",
        "notes/[plain~aa]@sqlite+pysqlite",
    ]
