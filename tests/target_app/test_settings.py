"""What the service is told from outside: every wrong setting ends the start in one line, and no password is shown."""

from __future__ import annotations

import os
from typing import Any

import pytest
from pydantic import ValidationError

from bench.core.conditions import Conditions
from bench.core.drivers import DRIVERS
from target_app.main import application
from target_app.settings import Settings

SQLITE = "sqlite:////nowhere"
POSTGRESQL = "postgresql://someone:s3cret@127.0.0.1:1/shop"
MARIADB = "mariadb://someone:s3cret@127.0.0.1:1"
SECRET = "s3cret"  # noqa: S105 - the word that must not be shown; it opens nothing


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what the environment of the tests says."""
    for name in [name for name in os.environ if name.startswith("ORMBENCH_")]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("settings", "pair"),
    [
        ({"url": SQLITE}, ("pysqlite", "aiosqlite")),
        ({"url": POSTGRESQL}, ("psycopg", "psycopg_async")),
        ({"url": MARIADB}, ("pymysql", "aiomysql")),
        ({"url": POSTGRESQL, "async_driver": "asyncpg"}, ("psycopg", "asyncpg")),
        ({"url": POSTGRESQL, "sync_driver": "psycopg2"}, ("psycopg2", "psycopg_async")),
        ({"url": POSTGRESQL, "sync_driver": "psycopg2", "async_driver": "asyncpg"}, ("psycopg2", "asyncpg")),
        ({"url": MARIADB, "async_driver": "asyncmy"}, ("pymysql", "asyncmy")),
    ],
)
def test_the_pair_is_what_is_asked_for_or_one_library(settings: dict[str, str], pair: tuple[str, str]) -> None:
    """Without a wish both modes use the controlled pair; a driver that is alone gets the first of the other mode."""
    found = Settings(**settings)
    assert found.pair == pair
    assert [DRIVERS[name].mode for name in found.pair] == ["sync", "async"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({}, "url"),
        ({"url": "somewhere"}, "must look like postgresql://"),
        ({"url": "oracle://someone@somewhere/shop"}, "names 'oracle'; give one of sqlite, postgresql"),
        ({"url": "postgresql+asyncpg://someone@somewhere/shop"}, "without a driver"),
        ({"url": "postgresql://somewhere/shop?password=x"}, "behind the question mark"),
        ({"url": POSTGRESQL, "sync_driver": "asyncpg"}, "no installed sync driver for postgresql; there are psycopg,"),
        ({"url": POSTGRESQL, "async_driver": "psycopg"}, "no installed async driver for postgresql"),
        ({"url": SQLITE, "sync_driver": "psycopg"}, "no installed sync driver for sqlite; there are pysqlite"),
        ({"url": SQLITE, "sync_driver": "typo"}, "sync_driver 'typo'"),
        ({"url": SQLITE, "pool_size": 0}, "greater than or equal to 1"),
        ({"url": SQLITE, "max_overflow": -1}, "greater than or equal to 0"),
        ({"url": SQLITE, "pool_timeout_s": 0}, "greater than 0"),
        ({"url": SQLITE, "thread_tokens": 0}, "greater than or equal to 1"),
        ({"url": SQLITE, "workers": 0}, "greater than or equal to 1"),
    ],
)
def test_a_wrong_setting_is_named(wrong: dict[str, Any], told: str) -> None:
    """The message says which setting it is, or what may be given instead."""
    with pytest.raises(ValidationError) as caught:
        Settings(**wrong)
    assert told in str(caught.value)


@pytest.mark.parametrize("changes", [{"sync_driver": "typo"}, {"pool_size": 0}, {"url": f"what://u:{SECRET}@h/d"}])
def test_no_message_shows_a_password(changes: dict[str, Any]) -> None:
    """Not of the setting that is wrong, and not of those beside it."""
    with pytest.raises(ValidationError) as caught:
        Settings(**({"url": POSTGRESQL} | changes))
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(caught.value)


def test_what_is_shown_has_no_password_and_names_what_is_in_force() -> None:
    """A page or a log shows the drivers and threads that are used, whether they were asked for or not."""
    settings = Settings(url=POSTGRESQL, pool_size=3, max_overflow=4)
    shown = settings.shown()
    assert shown["url"] == "postgresql://someone:***@127.0.0.1:1/shop"
    assert (shown["sync_driver"], shown["async_driver"], shown["thread_tokens"]) == ("psycopg", "psycopg_async", 7)
    assert SECRET not in f"{settings!r} {settings} {shown}"


def test_settings_reach_the_engines() -> None:
    """Both engines are opened under one set of conditions, in which nothing else differs from the default."""
    settings = Settings(url=SQLITE, pool_size=3, max_overflow=2, pool_timeout_s=1.5, pre_ping=True)
    assert settings.conditions == Conditions(pool_size=3, max_overflow=2, pool_timeout_s=1.5, pre_ping=True)
    assert settings.tokens == 5
    assert Settings(url=SQLITE, thread_tokens=9).tokens == 9


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each setting is a variable that begins with ORMBENCH_."""
    for name, value in (("URL", SQLITE), ("POOL_SIZE", "4"), ("SCENARIOS", "false"), ("WORKERS", "2")):
        monkeypatch.setenv(f"ORMBENCH_{name}", value)
    settings = Settings()
    assert (settings.url, settings.pool_size, settings.scenarios, settings.workers) == (SQLITE, 4, False, 2)


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, "target_app: ORMBENCH_URL: "),
        ({"URL": "oracle://u@h/d"}, "target_app: ORMBENCH_URL: names 'oracle'"),
        ({"URL": SQLITE, "POOL_SIZE": "many"}, "target_app: ORMBENCH_POOL_SIZE: "),
        ({"URL": SQLITE, "SYNC_DRIVER": "typo"}, "sync_driver 'typo'"),
        ({"URL": POSTGRESQL}, "127.0.0.1"),
    ],
)
def test_a_start_that_cannot_be_ends_in_one_line(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], told: str
) -> None:
    """The process says what is wrong, without a traceback and without a password, and does not begin to serve."""
    for name, value in environment.items():
        monkeypatch.setenv(f"ORMBENCH_{name}", value)
    with pytest.raises(SystemExit) as caught:
        application()
    message = caught.value.code
    assert isinstance(message, str)
    assert told in message
    assert message.startswith("target_app: ")
    assert "\n" not in message
    assert SECRET not in message
