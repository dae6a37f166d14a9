"""A server that the user names with `--url`: find out what it is, and say in one line why it cannot be used."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import URL, Connection, NullPool, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from bench.core.drivers import DRIVERS, FAMILIES, driver_named
from bench.core.errors import OrmbenchError, UsageError
from bench.core.names import nearest
from bench.core.redaction import without_password
from bench.servers import mariadb, postgresql, sqlite
from bench.servers.production import CONSENT, refuse_production
from bench.servers.server import Origin, Server

_ALIASES = {"psycopg": ("psycopg", "psycopg_async"), "sqlite": ("pysqlite",), "mysqldb": ("mysqlclient",)}
"""What follows the plus sign in a URL, where it is not the name of one driver: psycopg serves both modes."""


def parse(url: str) -> tuple[URL, tuple[str, ...]]:
    """Return the URL without its driver, and the drivers that it restricts the run to.

    Raises:
        UsageError: It is no URL, or names a database or a driver that is not supported or not installed.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        message = "a --url must look like postgresql+asyncpg://user:password@host:5432/database"
        raise UsageError(message) from None
    family = parsed.get_backend_name()
    if family not in FAMILIES:
        message = f"--url names {family!r}, which is not supported; {nearest(family, FAMILIES)}"
        raise UsageError(message)
    _refuse_stray_password(parsed)
    refuse_production(parsed)
    asked = parsed.difference_update_query([CONSENT]).set(drivername=family)
    return asked, _drivers(parsed, family)


def _refuse_stray_password(url: URL) -> None:
    """Refuse a URL whose password, or a part of it, would be shown as something else: as a host or an option.

    Raises:
        UsageError: An `@` in the password is not percent-encoded, or the password is an option of the URL.
    """
    if "@" in f"{url.host}{url.database}" and url.get_backend_name() != "sqlite":
        message = "--url has more than one @; write an @ that belongs to the password as %40"
        raise UsageError(message)
    if any("password" in option.lower() or option == "passwd" for option in url.query):
        message = "--url holds a password behind the question mark; write it as user:password@host"
        raise UsageError(message)


def describe(url: URL, drivers: tuple[str, ...], label: str) -> Server:
    """Connect once and return what the server is.

    Raises:
        UsageError: It cannot be reached, or does not let us in.
    """
    if url.get_backend_name() == "sqlite":
        return _describe_file(url, drivers, label)
    kind = url.get_backend_name()
    with connected(url) as connection:
        version = str(connection.execute(text("SELECT version()")).scalar_one())
        if kind == "postgresql":
            version = str(connection.execute(text("SHOW server_version")).scalar_one())
            settings = postgresql_settings(connection)
        else:
            kind = "mariadb" if "mariadb" in version.lower() else "mysql"
            settings = mysql_settings(connection)
    return Server(
        label=label,
        kind=kind,
        url=url.set(drivername=kind),
        # "18.6 (Debian ...)", "10.11.19-MariaDB-0+deb12u1": what follows the number is packaging.
        version=version.partition(" ")[0].partition("-")[0],
        settings=settings,
        origin=Origin.GIVEN,
        drivers=drivers,
    )


def connected(url: URL) -> Connection:
    """Return an open connection in autocommit mode, through the blocking driver of the family.

    Raises:
        UsageError: The server cannot be reached, or does not let us in; the message holds no password.
    """
    driver, arguments = "pymysql", {"connect_timeout": 10}
    if url.get_backend_name() == "postgresql":
        # One that holds a lock idles for a whole run: whatever stands in between is to see that it is in use.
        driver, arguments = "psycopg", arguments | {"keepalives_idle": 60}
    engine = create_engine(
        url.set(drivername=f"{url.get_backend_name()}+{driver}"), poolclass=NullPool, connect_args=arguments
    )
    try:
        return engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    except DBAPIError as error:
        shown = url.render_as_string(hide_password=True)
        message = f"cannot connect to {shown}: {reason(error, url)}"
        raise UsageError(message) from None


def require(server: Server) -> None:
    """Make sure that a server still answers, so that its end is not taken for the failure of what is asked of it.

    Raises:
        OrmbenchError: It does not.
    """
    if server.kind == "sqlite":
        return
    try:
        connected(server.url).close()
    except UsageError as error:
        message = f"{server.label} went away while it was used: {error}"
        raise OrmbenchError(message) from None


def reason(error: DBAPIError, url: URL) -> str:
    """Return the driver's own words in one line, without the password, should it quote one."""
    return without_password(" ".join(str(error.orig).split()), url)


def postgresql_settings(connection: Connection) -> dict[str, str]:
    """Return the settings of a PostgreSQL server that matter for a benchmark."""
    found = connection.execute(
        text("SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY(:names)"),
        {"names": list(postgresql.SHOWN)},
    )
    return _ordered(postgresql.SHOWN, {name: str(value) for name, value in found})


def mysql_settings(connection: Connection) -> dict[str, str]:
    """Return the settings of a MariaDB or MySQL server that matter for a benchmark."""
    found = {str(name).lower(): str(value) for name, value in connection.execute(text("SHOW GLOBAL VARIABLES"))}
    return _ordered(mariadb.SHOWN, found)


def _ordered(names: Iterable[str], found: dict[str, str]) -> dict[str, str]:
    return {name: found[name] for name in names if name in found}


def _drivers(url: URL, family: str) -> tuple[str, ...]:
    _, plus, dbapi = url.drivername.partition("+")
    if not plus:
        return ()
    known = {name for name, driver in DRIVERS.items() if driver.family == FAMILIES[family]}
    names = _ALIASES.get(dbapi, (dbapi,))
    if not known.issuperset(names):
        message = f"--url names the driver {dbapi!r}; {nearest(dbapi, known)}"
        raise UsageError(message)
    return tuple(driver_named(name).name for name in names)


def _describe_file(url: URL, drivers: tuple[str, ...], label: str) -> Server:
    """Return the folder of the file: our own database files lie beside it, and it is never opened."""
    if not url.database or url.database == ":memory:":
        message = "--url sqlite:// needs a file, e.g. sqlite:////data/app.db; our own files are made beside it"
        raise UsageError(message)
    folder = Path(url.database).resolve().parent
    if not folder.is_dir():
        message = f"--url: there is no folder {folder}; make it first"
        raise UsageError(message)
    return Server(
        label=label,
        kind="sqlite",
        url=URL.create("sqlite", database=str(folder)),
        version=sqlite.version(),
        settings=sqlite.settings(),
        origin=Origin.GIVEN,
        drivers=drivers,
    )
