"""What the synthetic run's machine is like: its drivers, and what each case costs and does, all scripted."""

from __future__ import annotations

from typing import Any

from bench.core.cases import Case

DRIVERS = {
    "sqlite": [("pysqlite", "sync", "sqlite3", "3.45.1"), ("aiosqlite", "async", "sqlite3", "0.22.1")],
    "postgresql": [
        ("psycopg", "sync", "psycopg", "3.3.9"),
        ("psycopg_async", "async", "psycopg", "3.3.9"),
        ("psycopg2", "sync", "psycopg2", "2.9.13"),
        ("asyncpg", "async", "asyncpg", "0.32.0"),
    ],
    "mariadb": [
        ("pymysql", "sync", "pymysql", "1.2.4"),
        ("aiomysql", "async", "pymysql", "0.3.2"),
        ("asyncmy", "async", "asyncmy", "0.2.18"),
    ],
}
VERSIONS = {"sqlite": "3.45.1", "postgresql": "18.6", "mariadb": "11.8.2"}
SPEED = {
    "pysqlite": 0.7,
    "aiosqlite": 1.05,
    "psycopg": 1.0,
    "psycopg_async": 1.30,
    "psycopg2": 0.92,
    "asyncpg": 0.93,
    "pymysql": 1.6,
    "aiomysql": 1.95,
    "asyncmy": 1.5,
}
COST = {"selectin": 1.0, "joined": 1.42, "subquery": 1.12, "select": 7.5, "raiseload": 0.35, "core_join": 0.55}
STATEMENTS = {"selectin": 2, "joined": 1, "subquery": 2, "select": 21, "raiseload": 1, "core_join": 1}
ROWS_READ = {"joined": 2420, "select": 220, "core_join": 220}
OWN_TRIPS = 2
"""Round trips beside the statements: BEGIN and ROLLBACK."""
DIRECT_NS = 100_000.0
"""`SELECT 1` on the direct way."""
PROXY_NS = 50_000.0
"""What the proxy adds to a round trip by itself."""


def cost(variant: str) -> float:
    """Return the relative cost of a variant; names that no script knows get one from their length."""
    return COST.get(variant, 1.0 + (sum(map(ord, variant)) % 17) / 10)


def statements(case: Case, bare: tuple[str, ...]) -> int | None:
    """Return the statements of one operation; a bare variant's are not heard."""
    return None if case.variant in bare else STATEMENTS.get(case.variant, 1)


def round_trips(case: Case) -> int:
    """Return the turns of one operation on the wire."""
    return STATEMENTS.get(case.variant, 1) + OWN_TRIPS


def time_ns(case: Case, parameters: dict[str, Any]) -> float:
    """Return what one operation takes when nothing disturbs it."""
    scale = float(parameters.get("parents", 20)) ** 0.8 * 1e5
    return scale * SPEED[case.driver] * cost(case.variant) + round_trips(case) * added_ns(parameters)


def added_ns(parameters: dict[str, Any]) -> float:
    """Return what the network delay adds to one round trip."""
    return parameters["delay_ms"] * 2e6 + PROXY_NS if "delay_ms" in parameters else 0.0


def count(case: Case, bare: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the exact counts of a case; SQLite has no wire and tells no rows."""
    local = case.backend == "sqlite"
    heard, rows_read = statements(case, bare), ROWS_READ.get(case.variant, 220)
    sql = [["SELECT users.id, users.email FROM users WHERE users.id BETWEEN :p AND :p ORDER BY users.id", 1]]
    if heard and heard > 1:
        sql.append(["SELECT orders.id, orders.total FROM orders WHERE orders.user_id = :p", heard - 1])
    traffic = {
        "connections": 0,
        "round_trips": round_trips(case),
        "sent_bytes": 100 * round_trips(case),
        "received_bytes": 80 * rows_read + 60 * round_trips(case),
    }
    return {
        "case": case.as_data(),
        "statements": heard,
        "sql": sql if heard else [],
        "rows": 220,
        "rows_read": None if local or heard is None else rows_read,
        "digest": "sha256:ab12",
        "traffic": None if local else traffic,
    }


def delays(backend: str, asked_ms: list[float]) -> list[dict[str, float]]:
    """Return what `SELECT 1` took with each delay."""
    added = {asked: added_ns({"delay_ms": asked}) for asked in asked_ms if backend != "sqlite"}
    return [
        {"asked_ms": asked, "select_1_ns": DIRECT_NS + ns, "direct_ns": DIRECT_NS}
        for asked, ns in sorted(added.items())
    ]
