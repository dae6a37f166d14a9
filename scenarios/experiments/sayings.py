"""The catalogue of claims: what people say about sync and async SQLAlchemy, chapter by chapter, and who says it."""

from __future__ import annotations

from dataclasses import replace

from bench.core.experiments import Saying

GUIDES = "guides"
"""Popular tutorials and courses, which say it without a measurement."""

_CONCURRENCY = (
    Saying("C1", "2 requests of 200 ms take 400 ms sync, 200 ms async", GUIDES),
    Saying("C2", "one thread can serve only one request at a time; 1000 concurrent users need 1000 threads", GUIDES),
    Saying("C3", "one async thread handles very many requests", GUIDES),
    Saying("C4", "async significantly improves throughput for I/O-bound DB work", GUIDES),
    Saying("C5", "async does not help CPU-heavy work", GUIDES),
    Saying("C6", "for a small app (100 users/day) sync is enough", GUIDES),
    Saying("C7", "a sync DB call inside `async def` is bad", GUIDES),
    Saying("C8", "`asyncio.gather` of N create calls, one session each, is a concurrent speed-up", GUIDES),
    Saying("C9", "do not share a session between requests/tasks", GUIDES),
    Saying(
        "C10",
        "Django ORM: blocking, limited by threads; SQLAlchemy async: high concurrency (comparison table)",
        GUIDES,
        "a statement about another framework; its terms are those of C1 to C4",
    ),
    Saying("C11", '`run_sync` runs a sync function "in async context"', GUIDES),
)

_LOADING = (
    Saying("C12", '`lazy="select"` is N+1', GUIDES),
    Saying("C13", "explicit query in a loop is N+1", GUIDES),
    Saying("C14", "selectin/selectinload = 2 queries", GUIDES),
    Saying("C15", 'selectinload loads user+posts "in single query" / "in one go" / "in one query"', GUIDES),
    Saying("C16", "nested selectinload (order->items->product)", GUIDES),
    Saying("C17", "joinedload = 1 query (LEFT OUTER JOIN)", GUIDES),
    Saying(
        "C18", "joinedload is good for one-to-one/small one-to-many/many-to-one; selectinload for one-to-many", GUIDES
    ),
    Saying("C19", '`unique()` is needed with collection joinedload "to avoid duplicates"', GUIDES),
    Saying("C20", 'subqueryload = 2 queries, for "complex relationships"', GUIDES),
    Saying("C21", '`lazy="selectin"` on the model is the recommended default', GUIDES),
    Saying("C22", "lazy loading in async fails with MissingGreenlet", GUIDES),
    Saying("C23", 'in-session `category.products` in async "triggers a lazy load (separate query)" and works', GUIDES),
    Saying("C24", 'after the session closes, access gives "Error: session closed"', GUIDES),
    Saying("C25", "the guide's `complete_example` runs: `refresh(order)` then `order.items`, `item.product`", GUIDES),
    Saying("C26", "`expire_on_commit=False` keeps objects readable after commit and avoids reload", GUIDES),
    Saying("C27", 'flush + commit + refresh is how to create; refresh "gets generated values"', GUIDES),
    Saying("C28", 'cascade "all, delete-orphan" deletes children automatically', GUIDES),
)

_WRITING = (
    Saying("C29", "add all, one commit is good", GUIDES),
    Saying("C30", 'commit per row is bad ("one query per insert")', GUIDES),
    Saying("C31", "bulk `insert(Model), [dicts]` is better than add_all", GUIDES),
    Saying("C32", 'ORM objects are "slower but with validation"', GUIDES),
    Saying(
        "C33",
        '"`bulk_insert_mappings` (faster)" shown as `User.__table__.insert()` and both methods in one function',
        GUIDES,
    ),
    Saying("C34", "direct UPDATE is faster than fetch + update", GUIDES),
    Saying("C35", "direct DELETE is faster than fetch + delete", GUIDES),
    Saying("C36", "one UPDATE for a whole category beats a loop", GUIDES),
    Saying("C37", "upsert with `insert(User).values(list)`", GUIDES),
    Saying("C38", "a primary key is declared with `primary_key=True, index=True`", GUIDES),
)

_POOLS = (
    Saying("C39", "production uses `poolclass=QueuePool` on the async engine", GUIDES),
    Saying("C40", '`pool_size=10` "keeps 10 connections ready"', GUIDES),
    Saying("C41", "total max = pool_size + max_overflow (30)", GUIDES),
    Saying("C42", "pool_size 5/10/20 + overflow 10/20 are good values", GUIDES),
    Saying("C43", 'pool_timeout=30 "wait time before error"', GUIDES),
    Saying("C44", "pool_recycle refreshes stale connections", GUIDES),
    Saying("C45", 'pool_pre_ping verifies connections / prevents "MySQL has gone away"', GUIDES),
    Saying("C46", "health formula `size()+overflow()` = total connections", GUIDES),
    Saying("C47", "use NullPool for testing", GUIDES),
    Saying("C48", "pool settings are passed with `sqlite+aiosqlite:///`", GUIDES),
    Saying("C49", "`echo=True` and `echo_pool=True` belong in development only", GUIDES),
)

_TRANSACTIONS = (
    Saying("C50", "savepoint rollback keeps the outer transaction (outer continues)", GUIDES),
    Saying("C51", "a savepoint for each item is affordable", GUIDES),
    Saying("C52", "flush gives the id before commit", GUIDES),
    Saying("C53", "all-or-nothing: error rolls back everything", GUIDES),
    Saying("C54", "`async with session.begin()` commits/rolls back by itself", GUIDES),
    Saying("C55", "check-then-insert e-mail guard gives 400", GUIDES),
    Saying("C56", "stock check then decrement protects stock", GUIDES),
    Saying("C57", "transfer with two FOR UPDATE locks is safe", GUIDES),
    Saying("C58", 'FOR UPDATE makes concurrent update "safe to update"', GUIDES),
    Saying(
        "C59", "FOR UPDATE makes an update safe on SQLite, and after an earlier unlocked read of the same row", GUIDES
    ),
    Saying("C60", 'dependency injection session is "good", manual session "bad"', GUIDES),
    Saying("C61", "`session.close()` in finally inside `async with`", GUIDES),
    Saying("C62", "a dependency that commits by itself is used for GETs too", GUIDES),
    Saying("C63", "commit after `yield` in get_db is safe", GUIDES),
    Saying("C64", "sessions must not be kept open longer than needed", GUIDES),
)

_READING = (
    Saying("C65", "sessions must be closed or connections leak; `async with` does it", GUIDES),
    Saying("C66", "`engine.dispose()` at shutdown closes connections", GUIDES),
    Saying("C67", 'async ORM is "full-featured (2.0+)"', GUIDES),
    Saying("C68", 'selecting only the needed columns is "better"', GUIDES),
    Saying("C69", "count in SQL (outer join and group by), aggregate in SQL", GUIDES),
    Saying("C70", "`index=True` gives faster lookups; unindexed sort/filter", GUIDES),
    Saying("C71", '`except OperationalError` -> 503 "database unavailable"; tenacity retry on it', GUIDES),
    Saying("C72", "retry(3, exponential) re-runs create with the same session", GUIDES),
    Saying("C73", '`"unique constraint" in str(e).lower()` detects duplicates', GUIDES),
    Saying("C74", "catch SQLAlchemyError and return None", GUIDES),
    Saying("C75", 'offset/limit batches of 1000 + `expire_all()` to process a big table and "free memory"', GUIDES),
    Saying("C76", "pagination with offset and limit, without ORDER BY", GUIDES),
    Saying("C77", "a join with a filter returns the users", GUIDES),
    Saying("C78", "raw `text()` for statistics", GUIDES),
    Saying("C79", "prepared statements are used automatically", GUIDES),
    Saying("C80", "in-memory `sqlite+aiosqlite:///:memory:` for tests", GUIDES),
    Saying(
        "C81",
        "`session.get()` is the simplest way by primary key; `.first()` and `scalar_one_or_none()` for the rest",
        GUIDES,
    ),
    Saying("C82", "`select(User)` = `SELECT *`", GUIDES),
    Saying("C83", "all queries need timeouts set", GUIDES),
)

_OUTSIDE = (
    Saying("C84", 'asyncpg "5x faster than psycopg3" on average', "asyncpg README, pgbench"),
    Saying("C85", "at 0.39 ms ping, c=1, 10k selects: psycopg 3.90 s, psycopg2 3.90 s, asyncpg 3.94 s", "psycopg#448"),
    Saying(
        "C86",
        "asyncpg is ahead by its prepared statements: without their cache most of it goes, less so where rows return",
        "airflow#67800, #67801",
    ),
    Saying(
        "C87",
        'ORM+async "order of magnitude slower" was an unfetched result; fetched: async 18 s vs sync 27 s for 1M rows',
        "sqlalchemy#7290",
        "an error of a measurement that cannot be made here: every body returns its rows, and they are compared",
    ),
    Saying("C88", "aiosqlite 110 s vs sqlite3 7 s for 1M single inserts", "aiosqlite#97"),
    Saying("C89", "aiomysql 40 s, PyMySQL 36 s, mysqlclient 3.5 s, CLI 2 s for 2.5M rows", "aiomysql#150"),
    Saying(
        "C90",
        "mysqlclient 10-20 % faster than pymysql in a web app",
        "sanic#664",
        "mysqlclient has to be compiled, which takes the headers of MariaDB's or MySQL's client library; where it is "
        "installed, `layers` decides it",
    ),
    Saying(
        "C91",
        'greenlet bridge is "essentially THE SAME as raw asyncio" (40k records, 40 tasks, 5.5 s)',
        "zzzeek gist 4e89ce6",
    ),
    Saying("C92", "best pool = cores x 2 + spindles; PG flattens near 50", "HikariCP and PostgreSQL wikis"),
    Saying(
        "C93",
        "total connections = workers x (pool_size+max_overflow); 4 x 40 idle already > 100",
        "Airflow RESULTS_MULTIWORKER; byteforge",
    ),
    Saying(
        "C94",
        "threadpool 40 tokens > pool 15: handlers starve; sync Depends also use tokens -> deadlock",
        "fastapi#3205, starlette docs, discord/access#496",
    ),
    Saying(
        "C95",
        "async beats sync +2..24 % below saturation, loses above",
        "Dev-iL Airflow POC",
        "above saturation it takes machines of their own for service, database and generator, which share one "
        "here; the published runs `load` and `load-knee` come closest, up to where the machine is full",
    ),
    Saying(
        "C96",
        "sync 391 OK / 160 pool timeouts vs async 6,578 OK / 0; CAS vs FOR UPDATE 40.8 vs 34.8 rps on one hot row",
        "any-llm#1001",
    ),
    Saying(
        "C97",
        "sync pooled Django, 2 workers: 1,822 RPS; FastAPI async, 2 workers: 409",
        "hackeryarn; disputed by blog.changs.co.uk",
        "about two frameworks, and there is one here; what the pool alone makes of such a factor is asked under C96",
    ),
    Saying(
        "C98",
        "Async frameworks: same p50, P99 31 vs 75+ ms",
        "calpaterson 2020; rebutted by Grinberg (python-web-perf#11)",
        "about frameworks and the number of their workers, and there is one framework here; the published run `load` "
        "comes closest: p50 and p99 of blocking and awaited endpoints of one app, in turns",
    ),
    Saying(
        "C99",
        "add_all of 100k, 1.4 to 2.0: asyncpg 88 to 4.6 s, MariaDB 71.7 to 4.1, MySQL 77 to 76, SQLite 6.2 to 3.6",
        "whatsnew_20",
    ),
    Saying("C100", "insertmanyvalues sends pages of 1000 rows (at most 32,700 parameters)", "SQLAlchemy's source"),
    Saying(
        "C101", "COPY ~240x single add (0.5 s vs 120 s / 100k)", "tutorials.technology (round numbers, no set-up given)"
    ),
    Saying(
        "C102",
        "selectin 800 to 200 ms; 20 to 4 s; > 3x (1.8 s to 0.3-0.4) vs joined",
        "data-product-portal#1557, lightly-studio#633, prefect#8659",
    ),
    Saying(
        "C103",
        "SQLAlchemy 2.1 selectin up to 30 % faster, row load 3-16 %",
        "sqlalchemy#13363-5",
        "about two versions, and a run has one: `ormbench run loading --against 'sqlalchemy==2.0.*'` measures both",
    ),
    Saying(
        "C104",
        "compiled cache: 30-60 % faster repeated statements; broken cache costs >= 30 %",
        "migration_14, faq/performance",
    ),
    Saying("C105", "ORM 1.02 ms vs Core 0.585 ms per lookup", "CTFd#1402"),
    Saying(
        "C106",
        "pre-ping: ~4,200 RPS; NullPool: ~3,400 RPS, 67,466 connects/min; idle-in-transaction behind PgBouncer",
        "IBM/mcp-context-forge#1995",
    ),
    Saying(
        "C107",
        "overflow connections are closed on return: concurrency just above pool_size = connect churn",
        "SQLAlchemy's source; superset#30286",
    ),
    Saying("C108", "a LIFO pool shrinks better than a FIFO pool", "pooling.rst"),
    Saying(
        "C109",
        "JIT makes asyncpg's first type introspection ~600 ms vs 2.4 ms",
        "eda-server-prototype#114, asyncpg#530, #1082",
    ),
    Saying(
        "C110",
        "cached plan turns generic and slow",
        "asyncpg#76, #243 (s vs ms), #318 (207 vs 2,433 ms, cause not in excerpt)",
    ),
    Saying("C111", "large result blocks the loop; stream/yield_per avoids", "sqlalchemy#11669, #8301, aiopg#357"),
    Saying(
        "C112", "response_model + ORM objects cost 2-4x or more of the request", "fastapi#210, #1359, airflow#59082"
    ),
    Saying("C113", "uvloop speeds up asyncpg (2.31 to 2.03 s; psycopg2 2.56 s)", "GuangTianLi/python-sql-performance"),
    Saying(
        "C114",
        "`await obj.awaitable_attrs.x` or `session.get` in a loop is a *silent* async N+1",
        "queryspy (aegis-stack#1089)",
    ),
    Saying("C115", "cancelled tasks leak connections/locks", "sqlalchemy#6652, #8145, #12077, #12099"),
    Saying(
        "C116",
        "SQLite busy_timeout does not help a read->write upgrade in WAL (fails in 3-9 ms)",
        "ovumcy-web#155 (684/4,247 = 500), jentic-one#529",
    ),
    Saying(
        "C117",
        "asyncio.run per iteration costs 139 us vs 0.13 us in-loop",
        "pyperf#121",
        "about harnesses, not about databases: this one has one loop for a process, and prints its own cost",
    ),
    Saying(
        "C118",
        '"CRUD: asyncio is never necessary, will almost certainly hinder performance" (2015)',
        "zzzeek, pybloggers copy",
    ),
    Saying(
        "C119",
        "free-threaded Python makes threads competitive",
        "sqlalchemy#12881",
        "needs a free-threaded build of Python, and a run has one interpreter: that which ormbench is installed in",
    ),
    Saying(
        "C120",
        "psycopg3 one 100 MB row insert 6x slower than psycopg2 (7.9 vs 1.3 s)",
        "psycopg#1155",
        "a ratio of times for rows of 100 MB, and no scenario has rows of that size",
    ),
)

SAYINGS = tuple(
    replace(saying, chapter=title)
    for title, sayings in (
        ("Concurrency: async, sync, threads", _CONCURRENCY),
        ("Loading strategies and the life of sessions", _LOADING),
        ("Writing", _WRITING),
        ("Pools", _POOLS),
        ("Transactions, locks, and the wiring of a web framework", _TRANSACTIONS),
        ("Reading, errors, tests", _READING),
        ("With numbers, from READMEs and issue threads", _OUTSIDE),
    )
    for saying in sayings
)
