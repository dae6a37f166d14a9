"""What the process that walks a stage and those that send its requests say to each other, window by window.

    hello     to all, once before the first window, again and again until it is heard: a worker is there for Locust
              before it has read its file
    here      from each
    prepare   to all: the window that comes next; the users of an open one log in meanwhile
    ready     from each, or what is wrong
    begin     to all: recording begins in a moment, and the schedule of an open window with it
    over      to all: its users are gone
    done      from each, with what was not reported yet

With a single process it says all that to itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from locust.env import Environment
from locust.runners import MasterRunner, Runner

HELLO = "ormbench hello"
HERE = "ormbench here"
PREPARE = "ormbench prepare"
READY = "ormbench ready"
BEGIN = "ormbench begin"
OVER = "ormbench over"
DONE = "ormbench done"

REPORT = "ormbench"
"""Under this key the regular reports of a worker carry what was recorded."""

FLUSH_S = 1.0
"""Between two reports of a process: what it takes with it when it is killed, and what it keeps in memory."""

LOCAL = "local"
"""How Locust calls the sender of a message within a single process."""


def runner_of(environment: Environment) -> Runner:
    """Return the runner; from Locust's `init` event on there is one.

    Raises:
        RuntimeError: It was asked for before.
    """
    if environment.runner is None:
        message = "Locust has no runner yet"
        raise RuntimeError(message)
    return environment.runner


def members(runner: Runner) -> tuple[str, ...]:
    """Return the processes that send requests and are known to live."""
    if not isinstance(runner, MasterRunner):
        return (LOCAL,)
    clients = runner.clients
    return tuple(each.id for each in (*clients.ready, *clients.spawning, *clients.running))


def name_of(runner: Runner, member: str) -> str:
    """Return how a process is called in the files: by its machine and its number."""
    if not isinstance(runner, MasterRunner):
        return LOCAL
    return f"{member.rpartition('_')[0]}-{runner.get_worker_index(member)}"


def tell(runner: Runner, kind: str, each: Callable[[int], dict[str, Any]]) -> None:
    """Send a message to every process that sends requests; its words depend on the place among them."""
    for place, member in enumerate(members(runner)):
        runner.send_message(kind, each(place), client_id=None if member == LOCAL else member)


def answers(runner: Runner, kind: str) -> dict[str, dict[str, Any]]:
    """Return where the answers of a kind will be found, by process; the newest of each."""
    found: dict[str, dict[str, Any]] = {}

    def hear(msg: Any, **_: Any) -> None:  # noqa: ANN401 - Locust's message
        found[msg.node_id] = msg.data

    runner.register_message(kind, hear)
    return found
