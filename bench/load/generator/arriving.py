"""Users of an open window: they begin when the schedule says so, whatever became of those before them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import ClassVar

import gevent
from gevent import Greenlet, GreenletExit
from gevent.pool import Pool
from gevent.queue import LifoQueue
from locust import TaskSet, User, constant, task
from locust.env import Environment
from locust.exception import InterruptTaskSet, RescheduleTask, RescheduleTaskImmediately, StopUser
from locust.user.task import DefaultTaskSet

from bench.core.errors import UsageError
from bench.load.generator.recording import Recorder

_LOGINS_AT_ONCE = 10

_LOG = logging.getLogger(__name__)


class Arriving(Greenlet):
    """Who performs one task at one arrival; the recorder finds here when that was meant to begin."""

    moment_s: float | None = None


class Crowd:
    """Users of one class, each with a connection of its own and free for the next arrival when its task is done.

    A user that arrives is one who was here before: logged in where the class has an `on_start`, and with a connection
    that stays open from its first request on. As many as there are users may be under way, and `max_in_flight` with
    those that wait for one.

    Raises:
        UsageError: The class has no task, or one that is a TaskSet, of which nobody knows when it is done.
    """

    def __init__(
        self, environment: Environment, user_class: type[User], recorder: Recorder, max_in_flight: int, users: int
    ) -> None:
        for each in user_class.tasks:
            if isinstance(each, type) and issubclass(each, TaskSet):
                message = (
                    f"{user_class.__name__} has the TaskSet {each.__name__}: give it plain tasks for an open window"
                )
                raise UsageError(message)
        if not user_class.tasks:
            message = f"{user_class.__name__} has no task"
            raise UsageError(message)
        self._environment, self._recorder = environment, recorder
        self._all = tuple(user_class(environment) for _ in range(users))
        # The one who was here last comes first: as few connections are used as will do.
        self._free = LifoQueue(items=[DefaultTaskSet(user) for user in self._all])
        self._pool = Pool(max_in_flight, greenlet_class=Arriving)
        self._for_all("on_start")

    def send(self, moment_s: float) -> bool:
        """Let a user perform one of its tasks as soon as one is free; False where too many are under way."""
        if self._pool.full():
            return False
        self._pool.spawn(self._perform, moment_s).moment_s = moment_s
        return True

    def leave(self) -> None:
        """Wait for those who are under way, and let all users go."""
        self._pool.join()
        self._for_all("on_stop")

    def kill(self) -> None:
        """End those who are under way."""
        self._pool.kill()

    def _perform(self, moment_s: float) -> None:
        self._recorder.arrive(moment_s)
        tasks = self._free.get()
        try:
            tasks.execute_task(tasks.get_next_task())
        except (StopUser, RescheduleTask, RescheduleTaskImmediately, InterruptTaskSet):
            # Words about the next task, which here is a matter of the schedule.
            pass
        except Exception as error:  # noqa: BLE001 - a task may raise anything; Locust does the same with it
            self._environment.events.user_error.fire(user_instance=tasks.user, exception=error, tb=error.__traceback__)
            _LOG.exception("a task of %s failed", type(tasks.user).__name__)
        finally:
            self._free.put(tasks)

    def _for_all(self, what: str) -> None:
        if all(getattr(type(user), what) is getattr(User, what) for user in self._all):
            return
        Pool(_LOGINS_AT_ONCE).map(lambda user: getattr(user, what)(), self._all)


@dataclass
class Walk:
    """One stripe of the schedule of an open window, and the crowd that walks it."""

    crowd: Crowd
    recorder: Recorder
    moments_s: Iterator[float]
    """Arrivals in seconds from the beginning of the window."""
    start_s: float = 0.0
    """When the window begins, on our own clock."""
    stopped: bool = False

    def go(self) -> None:
        """Send each arrival at its moment, at once where that is past, and drop it where there is no room."""
        try:
            self._go()
        except GreenletExit:
            # Whoever is under way would be taken for one of the next window.
            self.crowd.kill()
            raise

    def _go(self) -> None:
        for moment_s in self.moments_s:
            due_s = self.start_s + moment_s
            gevent.sleep(max(0.0, due_s - perf_counter()))
            # The loop rounds, and has its own idea of now: it may wake us before the time.
            while (early_s := due_s - perf_counter()) > 0:
                gevent.sleep(early_s)
            if self.stopped:
                self.crowd.kill()
                return
            if not self.crowd.send(moment_s):
                self.recorder.drop(moment_s)
        self.crowd.leave()


class ArrivalUser(User):
    """The user that Locust spawns for an open window, one in each process: it walks the process's stripe."""

    walk: ClassVar[Walk | None] = None
    """What is to be walked next."""
    wait_time = constant(3600)
    """After the walk it waits to be stopped."""

    @task
    def go(self) -> None:
        """Walk the stripe from its beginning to its end."""
        if (walk := ArrivalUser.walk) is not None:
            walk.go()
