"""Worker processes behind a pooler: the settings that their drivers have, and how they take turns.

`python -m scenarios.experiments.pooler_clients` is one of them.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import IO
from uuid import uuid4

from bench.core.caught import NOTHING, Caught
from bench.core.conditions import Conditions
from bench.core.connections import Connection
from bench.core.database import AsyncDatabase, Database
from bench.core.drivers import Mode
from bench.core.engines import open_async_database, open_database
from bench.core.interpreter import module_command
from scenarios.experiments.stall import ANYBODY

ROUNDS = 10
"""Turns of each worker: psycopg prepares a statement when it is executed for the sixth time."""
WORKERS = 2
CACHE_OFF = Conditions(statement_cache=0)
FOLLOWED = "followed"
"""The case in which the pooler follows prepared statements, where its version can."""
CASES: dict[str, dict[str, Conditions]] = {
    "psycopg2": {"default": Conditions()},
    "psycopg": {"default": Conditions(), FOLLOWED: Conditions(), "cache_off": CACHE_OFF},
    "psycopg_async": {"default": Conditions(), FOLLOWED: Conditions(), "cache_off": CACHE_OFF},
    "asyncpg": {
        "default": Conditions(),
        FOLLOWED: Conditions(),
        "cache_off": CACHE_OFF,
        "cache_off_unique_names": CACHE_OFF,
    },
}
"""By driver; the last is what documentation recommends behind a pooler."""


def named(route: Connection, case: str) -> Connection:
    """Return the route with names for prepared statements, where the case wants them unique."""
    unique = {"prepared_statement_name_func": unique_name} if case.endswith("unique_names") else {}
    return replace(route, arguments={**route.arguments, **unique})


def unique_name() -> str:
    """Return a name for a prepared statement that no other connection has."""
    return f"__asyncpg_{uuid4()}__"


class Worker:
    """A worker in a fresh process.

    asyncpg counts the names of its statements by process: two clients in one would never clash.
    """

    def __init__(self, orders: IO[str], answers: IO[str]) -> None:
        self._orders = orders
        self._answers = answers

    def tell(self, line: str) -> None:
        """Give it a line."""
        self._orders.write(f"{line}\n")
        self._orders.flush()

    def take_a_turn(self) -> str:
        """Let it use its client once, and return the name of what it met.

        Raises:
            RuntimeError: It died.
        """
        self.tell("go on")
        met = self._answers.readline().strip()
        if not met:
            message = "a worker behind the pooler ended without an answer"
            raise RuntimeError(message)
        return met


def in_turns(route: Connection, case: str) -> str:
    """Let the workers take turns on the pooler's connection, and return the first error that one of them met.

    One after the other they would meet only what the first has left behind, and none of what it still uses.
    """
    told = json.dumps({"case": case, "route": route.as_data()})
    with ExitStack() as stack:
        workers = [stack.enter_context(_worker()) for _ in range(WORKERS)]
        for worker in workers:
            worker.tell(told)
        turns = (worker.take_a_turn() for _ in range(ROUNDS) for worker in workers)
        return next((met for met in turns if met != NOTHING), NOTHING)


@contextmanager
def _worker() -> Iterator[Worker]:
    program = module_command("scenarios.experiments.pooler_clients")
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdin is None or process.stdout is None:
            raise AssertionError
        try:
            yield Worker(process.stdin, process.stdout)
        finally:
            process.kill()


def main() -> None:
    """Work as a worker does: the route and the case come by standard input, for there is a password in it."""
    told = json.loads(sys.stdin.readline())
    route, case = Connection.from_data(told["route"]), told["case"]
    conditions = CASES[route.driver_name][case]
    if route.driver.mode is Mode.ASYNC:
        asyncio.run(_use_async(open_async_database(named(route, case), conditions)))
    else:
        _use(open_database(named(route, case), conditions))


def _use(client: Database) -> None:
    # Each turn is a transaction that ends in a commit: psycopg forgets on a ROLLBACK.
    while sys.stdin.readline():
        with Caught() as caught, client.engine.begin() as connection:
            connection.execute(ANYBODY)
        _answer(caught)


async def _use_async(client: AsyncDatabase) -> None:
    # In a thread: the event loop goes on, as a service's, and hears what its connection is told meanwhile.
    while await asyncio.to_thread(sys.stdin.readline):
        with Caught() as caught:
            async with client.engine.begin() as connection:
                await connection.execute(ANYBODY)
        _answer(caught)


def _answer(caught: Caught) -> None:
    sys.stdout.write(f"{caught.name}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
