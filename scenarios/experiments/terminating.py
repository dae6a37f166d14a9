"""A worker process gets SIGTERM: what is left of its connections at the server, with `engine.dispose()` and without?

The worker is a process of its own with three connections: two lie idle in the pool, on one the server works on a
statement. It dies of the signal, or disposes of its engine first, as the shutdown of a web application does.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from bench.core.caught import Caught
from bench.core.conditions import Conditions
from bench.core.connections import Connection
from bench.core.database import AsyncDatabase, Database
from bench.core.drivers import Mode
from bench.core.engines import open_async_database, open_database
from bench.core.experiments import Experiment, Prediction, Said
from bench.core.interpreter import module_command
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.places import no_server
from scenarios.experiments.raising import BEGUN_S, SLEEP, SLEEPERS
from scenarios.experiments.stall import ONE, STALL

IDLE = 2
EACH = IDLE + 1
"""Connections of a worker."""
POOL = Conditions(pool_size=EACH)
WAYS = ("killed", "disposed")
READY = "ready"
DIES_S = 10.0
"""A worker that has not ended so long after the signal is killed."""
ASLEEP = {"seconds": 2.0}
"""So long the statements take: both workers have gone by then."""


@contextmanager
def workers(route: Connection) -> Iterator[list[subprocess.Popen[str]]]:
    """Start a worker for each way and yield them when their connections stand; none outlives the block."""
    with ExitStack() as stack:
        processes = []
        for way in WAYS:
            command = module_command("scenarios.experiments.terminating")
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            stack.enter_context(process)
            stack.callback(process.kill)
            # By standard input, for there is a password in it.
            send(process, json.dumps({"way": way, "route": route.as_data()}))
            processes.append(process)
        for process in processes:
            expect_ready(process)
        yield processes


def send(process: subprocess.Popen[str], line: str) -> None:
    """Write a line to a worker."""
    if process.stdin is None:
        raise AssertionError
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def expect_ready(process: subprocess.Popen[str]) -> None:
    """Wait until a worker has its connections.

    Raises:
        RuntimeError: It ended before.
    """
    if process.stdout is None or process.stdout.readline().strip() != READY:
        message = "the worker did not come to have its connections"
        raise RuntimeError(message)


def end(process: subprocess.Popen[str], code: int) -> None:
    """Send SIGTERM to a worker and wait until it has ended.

    Raises:
        RuntimeError: It did not end with that code: what is counted behind it would mean something else.
    """
    process.send_signal(signal.SIGTERM)
    if (found := process.wait(DIES_S)) != code:
        message = f"a worker ended with {found} where {code} was due"
        raise RuntimeError(message)


def leave(lab: Laboratory) -> dict[str, int]:
    """Send SIGTERM to two workers with two idle connections and one in a query each: one dies, one disposes first.

    Count connections and statements at the server before, when each has gone, and when the statements have ended.
    """
    with workers(lab.route) as (killed, disposed):
        lab.pause(BEGUN_S)
        before = lab.connections()
        end(killed, -signal.SIGTERM)
        first = lab.connections()
        end(disposed, 0)
        second = lab.connections()
    working = (lab.observe(SLEEPERS[lab.place.driver.family]))[0][0]
    lab.pause(ASLEEP["seconds"])
    left = {"left_by_killed": first - EACH, "left_by_disposed": second - first + EACH}
    return {"before": before, **left, "statements_at_work": working, "left_later": lab.connections()}


async def leave_async(lab: AsyncLaboratory) -> dict[str, int]:
    """Send SIGTERM to two workers with two idle connections and one in a query each: one dies, one disposes first.

    Count connections and statements at the server before, when each has gone, and when the statements have ended.
    """
    with workers(lab.route) as (killed, disposed):
        await lab.pause(BEGUN_S)
        before = await lab.connections()
        end(killed, -signal.SIGTERM)
        first = await lab.connections()
        end(disposed, 0)
        second = await lab.connections()
    working = (await lab.observe(SLEEPERS[lab.place.driver.family]))[0][0]
    await lab.pause(ASLEEP["seconds"])
    left = {"left_by_killed": first - EACH, "left_by_disposed": second - first + EACH}
    return {"before": before, **left, "statements_at_work": working, "left_later": await lab.connections()}


def main() -> None:
    """Be the worker."""
    told = json.loads(sys.stdin.readline())
    route = Connection.from_data(told["route"])
    if route.driver.mode is Mode.ASYNC:
        asyncio.run(work_async(open_async_database(route, POOL), disposes=told["way"] == "disposed"))
    else:
        work(open_database(route, POOL), disposes=told["way"] == "disposed")


def work(db: Database, *, disposes: bool) -> None:
    """Have two idle connections and one in use until the signal comes."""
    if disposes:
        # Before other threads are there: they inherit it, and the signal waits for this one.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    held = [db.engine.connect() for _ in range(EACH)]
    for connection in held:
        connection.execute(ONE)
    for connection in held[:IDLE]:
        connection.close()

    def use() -> None:
        with Caught():
            held[IDLE].execute(SLEEP[db_family(db.engine.dialect.name)], ASLEEP)

    threading.Thread(target=use, daemon=True).start()
    say_ready()
    if not disposes:
        # The signal ends the process here.
        signal.pause()
    signal.sigwait({signal.SIGTERM})
    db.engine.dispose()
    os._exit(0)


async def work_async(db: AsyncDatabase, *, disposes: bool) -> None:
    """Have two idle connections and one in use until the signal comes."""
    held = [await db.engine.connect() for _ in range(EACH)]
    for connection in held:
        await connection.execute(ONE)
    for connection in held[:IDLE]:
        await connection.close()
    use = asyncio.create_task(held[IDLE].execute(SLEEP[db_family(db.engine.dialect.name)], ASLEEP))
    await asyncio.sleep(0)
    asked = asyncio.Event()
    if disposes:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked.set)
    say_ready()
    await asked.wait()
    await db.engine.dispose()
    # The task is not cancelled: some drivers would talk to the server about it. Where it is done the code is 1.
    os._exit(use.done())


def db_family(dialect: str) -> str:
    """Return the family of a dialect."""
    return "mysql" if dialect == "mariadb" else dialect


def say_ready() -> None:
    """Tell who started this process that it may send the signal; without a starter nobody would ever send one."""
    threading.Thread(target=end_with_starter, args=(sys.stdin.fileno(),), daemon=True).start()
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()


def end_with_starter(lifeline: int) -> None:
    """End when standard input closes: an open transaction of an orphan would be in the way of whoever cleans up."""
    os.read(lifeline, 1)
    os._exit(1)


ONLY_THE_BUSY = {
    "before": len(WAYS) * EACH,
    "left_by_killed": 1,
    "left_by_disposed": 1,
    "statements_at_work": len(WAYS),
    "left_later": 0,
}

EXPERIMENTS = [
    Experiment(
        name="terminated",
        question="What does a worker leave at the server that ends by SIGTERM, with engine.dispose() and without?",
        dataset=STALL,
        run=leave,
        run_async=leave_async,
        unable=no_server,
        limit_s=60,
        expects=ONLY_THE_BUSY,
        claims=(
            Said(
                "C66",
                "without engine.dispose() at SIGTERM idle connections stay open at the server",
                Prediction("idle ones left by the killed worker", lambda found: found["left_by_killed"] > 1),
                "Do not fear for idle connections: the operating system closes the sockets of a process that ends.",
            ),
            Said(
                "C66",
                "engine.dispose() at SIGTERM ends what a request still does at the server",
                Prediction("none left by the worker that disposed", lambda found: found["left_by_disposed"] == 0),
                "Wait for requests to end before disposing; a statement timeout at the server ends those that do not.",
            ),
        ),
    ),
]

if __name__ == "__main__":
    main()
