"""A server of somebody else is as it was, whatever is on it and however the run ends."""

from __future__ import annotations

import subprocess
import sys

import pytest
from sqlalchemy import Column, Enum, Integer, MetaData, NullPool, Table, create_engine

from bench.core.dataset import Dataset
from bench.core.drivers import drivers_of
from bench.core.errors import UsageError
from bench.servers.given import describe, parse
from bench.servers.namespaces import namespace
from bench.servers.production import CONSENT
from bench.servers.seeding import fill
from tests.cli.command import shown
from tests.security.foreign import Foreign

KILLED = """
import os, signal, sys
from sqlalchemy import Column, Integer, MetaData, Table
from bench.core.dataset import Dataset
from bench.servers.given import describe, parse
from bench.servers.namespaces import namespace
from bench.servers.seeding import seed
metadata = MetaData()
book = Table("book", metadata, Column("id", Integer, primary_key=True))
def chunks(size, seed):
    yield book, [(n,) for n in range(1, size + 1)]
    if sys.argv[2] == "half":
        os.kill(os.getpid(), signal.SIGKILL)
with namespace(describe(*parse(sys.argv[1]), label="theirs"), "shelf") as place:
    seed(place, Dataset("shelf", metadata, {"small": 1000}, chunks), "small", 1)
    os.kill(os.getpid(), signal.SIGKILL)
"""
"""A run that is killed in the middle of its rows, or behind them."""


@pytest.mark.parametrize("moment", ["half", "whole"])
def test_what_a_killed_run_left_is_removed_by_the_next_one(foreign: Foreign, moment: str) -> None:
    """Kill -9: what stays is ours alone, and is gone after the next run."""
    before = foreign.dump()
    ended = subprocess.run([sys.executable, "-c", KILLED, shown(foreign.url), moment], check=False)
    assert ended.returncode == -9
    left = foreign.dump()
    assert "ormbench_shelf" in left
    assert "ormbench_shelf" not in before.replace("ormbench_shelves", "")
    with namespace(describe(*parse(shown(foreign.url)), label="theirs"), "shelf"):
        pass
    assert foreign.dump() == before


BORN = """
import os, signal, sys
from sqlalchemy import Engine, event
from bench.servers.given import describe, parse
from bench.servers.namespaces import namespace
left = int(sys.argv[2])
@event.listens_for(Engine, "after_cursor_execute")
def count(_connection, _cursor, statement, *_):
    global left
    left -= statement.startswith(("CREATE", "DELETE", "INSERT"))
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
namespace(describe(*parse(sys.argv[1]), label="theirs"), "shelf").__enter__()
os.kill(os.getpid(), signal.SIGKILL)
"""
"""A run that is killed behind one of the statements that make its place, or behind all of them."""


@pytest.mark.parametrize("statements", [1, 2, 3, 4])
def test_a_place_that_was_only_begun_is_removed_by_the_next_run(foreign: Foreign, statements: int) -> None:
    """Kill -9 behind each of the statements that make it: nothing that stays is taken for somebody else's."""
    before = foreign.dump()
    ended = subprocess.run([sys.executable, "-c", BORN, shown(foreign.url), str(statements)], check=False)
    assert ended.returncode == -9
    assert "ormbench_shelf" in foreign.dump().replace("ormbench_shelves", "")
    with namespace(describe(*parse(shown(foreign.url)), label="theirs"), "shelf"):
        pass
    assert foreign.dump() == before


def test_a_role_that_only_reads_is_told_so(foreign: Foreign) -> None:
    """No GRANT helps it, so none is advised; nothing is changed."""
    if foreign.kind != "postgresql":
        pytest.skip("roles of MariaDB cannot be told to read only")
    foreign.order("ALTER ROLE visitor SET default_transaction_read_only = on")
    try:
        before = foreign.dump()
        server = describe(*parse(shown(foreign.url)), label="theirs")
        with pytest.raises(UsageError, match="read-only transaction; give a server and a user that may write"):
            namespace(server, "shelf").__enter__()
        assert foreign.dump() == before
    finally:
        foreign.order("ALTER ROLE visitor RESET default_transaction_read_only")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me@db-prod-1.example/shop",
        "postgresql://me@prod.db.example/shop",
        "postgresql+asyncpg://me@db.example/shop_production",
        "mysql://me@db.example/live",
        "mysql://proddb@db.example/shop",
        "mariadb://me@PRD01.example/shop",
    ],
)
def test_a_name_as_in_production_needs_consent(url: str) -> None:
    """Host, database or user: refused before anything is sent; consent is for that URL and never reaches the driver."""
    with pytest.raises(UsageError, match=r"is called like one in production.*ormbench_allow=production"):
        parse(url)
    allowed, _ = parse(f"{url}?{CONSENT}=production&application_name=x")
    assert dict(allowed.query) == {"application_name": "x"}
    with pytest.raises(UsageError, match="can be 'production' alone"):
        parse(f"{url}?{CONSENT}=yes")


def test_a_host_among_the_options_counts_too() -> None:
    """PostgreSQL's drivers take it from there."""
    for url in ("postgresql:///shop?host=db-prod-1.example", "postgresql:///shop?host=a.example&host=prod.example"):
        with pytest.raises(UsageError, match="called like one in production"):
            parse(url)


@pytest.mark.parametrize("name", ["products", "reproduction", "alive", "delivery", "staging", "shop"])
def test_other_names_need_none(name: str) -> None:
    """Words that only hold such a word are no reason."""
    assert parse(f"postgresql://{name}@{name}.example/{name}")[0].database == name


def test_models_with_a_schema_of_their_own_are_refused() -> None:
    """Seeding replaces tables: `sales.book` of the models would be `sales.book` of the server."""
    tables = {
        "a table": Table("book", MetaData(), Column("id", Integer), schema="sales"),
        "all tables": Table("book", MetaData(schema="sales"), Column("id", Integer)),
        "a type": Table("book", MetaData(), Column("kind", Enum("a", "b", name="kind", schema="sales"))),
    }
    for table in tables.values():
        with pytest.raises(UsageError, match="names the schema 'sales', where it would replace what is there"):
            Dataset("shelf", table.metadata, {"small": 1}, lambda *_: iter(()))


def test_a_table_that_is_added_later_is_refused_when_it_would_be_written(foreign: Foreign) -> None:
    """Neither tables nor rows reach a place that the dataset did not show."""
    metadata, own = MetaData(), MetaData()
    elsewhere = Table("precious", own, Column("id", Integer), schema="public")
    dataset = Dataset("shelf", metadata, {"small": 1}, lambda *_: iter([(elsewhere, [(1,)])]))
    before = foreign.dump()
    with namespace(describe(*parse(shown(foreign.url)), label="theirs"), "shelf") as place:
        way = place.route(drivers_of(foreign.kind)[0].name)
        engine = create_engine(way.url, connect_args=dict(way.arguments), poolclass=NullPool)
        with pytest.raises(UsageError, match="which is none of its metadata"):
            fill(engine, dataset, "small", 1)
        Table("precious", metadata, Column("id", Integer), schema="public")
        with pytest.raises(UsageError, match="names the schema 'public'"):
            fill(engine, dataset, "small", 1)
    assert foreign.dump() == before
