"""The claims that `layers` puts to the test."""

from __future__ import annotations

from bench.core.claims import NO_SLOWER, Claim, DriverFaster, Faster, Parameters


def is_page(parameters: Parameters) -> bool:
    """Tell whether many rows are asked for."""
    return parameters["work"] == "page"


def is_lookup(parameters: Parameters) -> bool:
    """Tell whether one row is asked for."""
    return parameters["work"] == "get"


CLAIMS = (
    Claim(
        "C84",
        "asyncpg is 5 times as fast as psycopg 3, driver against driver",
        DriverFaster("driver", {"asyncpg": "psycopg_async"}, times=5.0),
        "Compare drivers on your own queries: the gap depends on how many rows come back.",
    ),
    Claim(
        "C84",
        "asyncpg is 5 times as fast as psycopg 3 below the ORM, too",
        DriverFaster("orm_entities", {"asyncpg": "psycopg_async"}, times=5.0),
        "Choose a driver by the layer that you use: what the ORM adds is the same on each of them.",
    ),
    Claim(
        "C86",
        "its cache of prepared statements makes asyncpg 10 % faster or more",
        Faster("driver", "driver_unprepared", times=1.1, drivers=("asyncpg",)),
        "Keep the driver's cache of prepared statements unless a connection pooler in between forbids it.",
    ),
    Claim(
        "C86",
        "where neither has a cache of prepared statements, asyncpg is not ahead of psycopg 3",
        DriverFaster("driver_unprepared", {"psycopg_async": "asyncpg"}, times=NO_SLOWER),
        "Compare drivers with the settings that your pooler leaves you, on queries with as many rows as yours.",
    ),
    Claim(
        "C88",
        "sqlite3 is ten times as fast as aiosqlite, call by call",
        DriverFaster("driver", {"pysqlite": "aiosqlite"}, times=10.0, where=is_lookup),
        "With aiosqlite every call crosses to a thread and back: ask for many rows at once.",
    ),
    Claim(
        "C89",
        "a compiled parser fetches rows faster: asyncmy before aiomysql",
        DriverFaster("driver", {"asyncmy": "aiomysql"}, where=is_page),
        "On MariaDB and MySQL the driver's parser is what large results wait for; measure yours.",
    ),
    Claim(
        "C90",
        "mysqlclient is 10 % faster than PyMySQL below the ORM",
        DriverFaster("orm_entities", {"mysqlclient": "pymysql"}, times=1.1, where=is_lookup),
        "Try it where a compiler and the headers are at hand: only the URL changes.",
    ),
    Claim(
        "C105",
        "a lookup takes 1.7 times as long by the ORM as by Core",
        Faster("core", "orm_entities", times=1.7, where=is_lookup),
        "Use Core for the few hot lookups, after counting what else the request does.",
    ),
    Claim(
        "C112",
        "validating and encoding ORM objects by pydantic alone at least doubles the time to load them",
        Faster("orm_entities", "serialised", times=2.0),
        "Time serialisation apart from the query before blaming the database.",
        expected="upheld",
        explained=(
            "In the published run pydantic 2, whose core is compiled, validates and writes five flat columns in less "
            "time than it takes to load them as an entity. `fastapi#210` is of 2019, before pydantic 2; nested models, "
            "and what FastAPI does around pydantic (`jsonable_encoder`), are not in this layer."
        ),
    ),
    Claim(
        "C113",
        "uvloop makes a driver faster",
        Faster("driver", "driver_asyncio"),
        "Install uvloop where it is available: it needs no change in the code.",
    ),
)
