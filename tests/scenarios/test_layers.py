"""The layers scenario: equal values from the driver alone, and reasons where a layer cannot be had."""

from collections.abc import Iterator
from random import Random

import pytest
from sqlalchemy import create_engine

from bench.core.conditions import Loop
from bench.core.contract import Place
from bench.core.database import Database
from bench.core.drivers import DRIVERS
from bench.servers.seeding import fill
from scenarios.layers import ANSWER, SCENARIO
from scenarios.layers_bare import Question
from scenarios.shop_data import SHOP, SIZES

SMALL = SIZES["small"]


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Return the small shop in a SQLite file."""
    db = Database(create_engine(f"sqlite:///{tmp_path_factory.mktemp('shop') / 'shop.db'}"))
    fill(db.engine, SHOP, "small", seed=1)
    yield db
    db.close()


def test_a_question_marks_values_as_each_driver_wants() -> None:
    """Every value has a mark, numbered where the driver numbers them."""
    assert Question.of("id BETWEEN {} AND {}") == ("id BETWEEN ? AND ?", "id BETWEEN %s AND %s", "id BETWEEN $1 AND $2")


@pytest.mark.parametrize(("work", "rows"), [("get", 1), ("page", 1_000)])
def test_the_driver_alone_returns_values_of_the_same_types(db: Database, work: str, rows: int) -> None:
    """What SQLAlchemy converts is converted without it too: 1 equals True, but it is not the same answer."""
    ask = SCENARIO.key({"work": work}, SMALL, Random(1))
    bare, entities = (SCENARIO.variant(name).body(db, ask) for name in ("driver", "orm_entities"))
    assert len(bare) == rows
    assert [[(type(value), value) for value in row] for row in bare] == [
        [(type(value), value) for value in row] for row in entities
    ]


def test_json_holds_what_the_entities_hold(db: Database) -> None:
    """The serialised answer reads back as the users of the page."""
    ask = SCENARIO.key({"work": "page"}, SMALL, Random(2))
    users = ANSWER.validate_json(SCENARIO.variant("serialised").body(db, ask))
    assert [tuple(user.model_dump().values()) for user in users] == SCENARIO.variant("orm_entities").body(db, ask)


@pytest.mark.parametrize("name", DRIVERS)
def test_what_a_driver_cannot_do_has_a_reason(name: str) -> None:
    """Prepared statements and event loops are varied where a driver has them, and nowhere else."""
    driver = DRIVERS[name]
    place = Place({"mysql": "mariadb"}.get(driver.family, driver.family), driver)
    reasons = [
        SCENARIO.hindrance(variant, place, {"work": "get"}) for variant in ("driver_unprepared", "driver_asyncio")
    ]
    assert [reason is None for reason in reasons] == [
        name in {"psycopg", "psycopg_async", "asyncpg"},
        driver.mode.value == "async",
    ]
    assert all(SCENARIO.hindrance(each, place, {"work": "get"}) is None for each in ("driver", "core", "serialised"))


def test_all_layers_work_in_autocommit_mode() -> None:
    """No variant begins a transaction, and each differs from the others in what its name says only."""
    for variant in SCENARIO.variants:
        told = SCENARIO.surroundings(variant.name, {"work": "get"}).differences()
        changed = {"driver_unprepared": {"statement_cache": 0}, "driver_asyncio": {"loop": Loop.ASYNCIO}}
        assert told == {"isolation_level": "AUTOCOMMIT"} | changed.get(variant.name, {})
