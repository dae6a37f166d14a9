"""How a stage is walked: window after window, with nobody there in between, until its end or the loss of a worker."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from math import inf
from pathlib import Path
from time import perf_counter, time
from typing import Any

import gevent
from gevent import GreenletExit
from locust import LoadTestShape, User
from locust.env import Environment
from locust.runners import MasterRunner

from bench.core.arrivals import scheduled
from bench.core.errors import OrmbenchError
from bench.core.load_plan import Model, Stage, Window
from bench.load.generator.arriving import ArrivalUser
from bench.load.generator.messages import (
    BEGIN,
    DONE,
    HELLO,
    HERE,
    OVER,
    PREPARE,
    READY,
    REPORT,
    answers,
    members,
    name_of,
    runner_of,
    tell,
)
from bench.load.generator.recording import Report, moment
from bench.load.generator.stage_files import PLAN, StageFiles

LEAD_S = 0.1
"""From the word that a window begins to its beginning: messages and the start of users fit in."""
STOP_LIMIT_S = 70.0
"""Users whose last request is not answered by then are ended without it: longer than Locust's clients wait."""
_ANSWER_LIMIT_S = 60.0
"""Of a process, to say that it is ready (users of its own class may log in first) or to send its last report."""
_SILENCE = f"a worker gave no answer within {_ANSWER_LIMIT_S:g} s"
_HELLO_S = 0.5
_POLL_S = 0.02

_LOG = logging.getLogger(__name__)


class Walker:
    """The stage from the view of the process that leads: the only one, or the master.

    Raises:
        UsageError: There is no plan, or one of another format.
    """

    def __init__(self, environment: Environment, folder: Path) -> None:
        self._environment, self._runner = environment, runner_of(environment)
        self.stage = Stage.read(folder / PLAN)
        self.files = StageFiles(folder)
        self._here, self._ready, self._done = (answers(self._runner, kind) for kind in (HERE, READY, DONE))
        self._members: tuple[str, ...] = ()
        self._began = 0.0
        self._fault: OSError | None = None
        environment.stop_timeout = STOP_LIMIT_S
        # Good is only a stage that was walked to its end.
        environment.process_exit_code = 1
        environment.events.quit.add_listener(lambda **_: self.files.close())
        if isinstance(self._runner, MasterRunner):
            environment.events.worker_report.add_listener(self._hear)

    def walk(self) -> None:
        """Measure window after window, each as soon as the one before it is over."""
        for window in self.stage.windows:
            try:
                if not self._members:
                    self._meet()
                self._prepare(window)
                self._began = self._begin()
                self._measure(window)
            except (OrmbenchError, OSError, GreenletExit) as error:
                # The loss of the last worker is told by Locust, which ends this greenlet.
                self._tell_failure(window, error)
                if isinstance(error, GreenletExit):
                    raise
                return
        self._environment.process_exit_code = 0

    def take(self, report: Report) -> None:
        """Keep what a process reports between windows; where that fails, as on a full disk, the window is over."""
        try:
            self.files.add(report)
        except OSError as error:
            self._fault = error

    def _meet(self) -> None:
        self._members, until_s = members(self._runner), perf_counter() + _ANSWER_LIMIT_S
        while not set(self._members) <= set(self._here):
            if perf_counter() > until_s:
                raise OrmbenchError(_SILENCE)
            tell(self._runner, HELLO, lambda _: {})
            self._wait(lambda: set(self._members) <= set(self._here), perf_counter() + _HELLO_S)

    def _prepare(self, window: Window) -> None:
        subject = self.stage.subject(window.subject)
        alone = replace(self.stage, subjects=(subject,), windows=(window,)).as_data()
        names = [name_of(self._runner, member) for member in self._members]
        tell(
            self._runner,
            PREPARE,
            lambda place: {"stage": alone, "name": names[place], "place": place, "places": len(names)},
        )
        self._hear_all(self._ready, window)
        wrong = next((said["wrong"] for said in self._ready.values() if "wrong" in said), None)
        if wrong is not None:
            raise OrmbenchError(wrong)

    def _begin(self) -> float:
        began = moment(time(), LEAD_S)
        tell(self._runner, BEGIN, lambda _: {"began": began, "in_s": LEAD_S})
        return began

    def _users_of(self, window: Window) -> tuple[int, type[User]]:
        if window.model is Model.OPEN:
            return len(self._members), ArrivalUser
        return window.users, self._environment.user_classes_by_name[self.stage.subject(window.subject).user_class]

    def _measure(self, window: Window) -> None:
        wanted, user_class = self._users_of(window)
        self._runner.start(wanted, wanted, user_classes=[user_class])
        until = moment(self._began, window.discard_s + window.measure_s)
        # Our own clock and the wall clock agree over so short a time, and only the first is never set.
        self._wait(lambda: False, perf_counter() + until - time())
        users = self._runner.user_count
        # All of them at once, those that have ended by themselves among them.
        self._runner.start(0, wanted)
        self._wait(self._nobody_is_there, inf)
        tell(self._runner, OVER, lambda _: {"number": window.number})
        self._hear_all(self._done, window)
        for said in self._done.values():
            self.files.add(said["report"])
        self.files.end_window(_line(window, self._began, users))

    def _nobody_is_there(self) -> bool:
        # A single process stops users in a greenlet of its own: cut off, Locust would go on counting those users.
        stopping = self._runner.spawning_greenlet
        return self._runner.user_count == 0 and (stopping is None or stopping.ready())

    def _tell_failure(self, window: Window, error: BaseException) -> None:
        lost = self._lost()
        reason = f"lost {', '.join(lost)}" if lost else str(error) or "it was stopped"
        _LOG.error("ormbench: window %s was not measured to its end: %s", window.number, reason)
        if lost:
            self.files.end_window(_line(window, self._began, self._runner.user_count) | {"lost": lost})

    def _lost(self) -> list[str]:
        """Return the workers that were there and are gone."""
        return sorted(name_of(self._runner, each) for each in set(self._members) - set(members(self._runner)))

    def _hear(self, data: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - what else the event tells
        self.take(data.get(REPORT, {}))

    def _hear_all(self, said: dict[str, dict[str, Any]], window: Window) -> None:
        def all_said() -> bool:
            return all(said.get(each, {}).get("number") == window.number for each in self._members)

        if not self._wait(all_said, perf_counter() + _ANSWER_LIMIT_S):
            raise OrmbenchError(_SILENCE)

    def _wait(self, is_so: Callable[[], bool], until_s: float) -> bool:
        """Wait until something comes true, which is told, or the time is there.

        Raises:
            OrmbenchError: A worker vanished.
            OSError: A report could not be kept.
        """
        while not is_so():
            if self._fault is not None:
                raise self._fault
            if self._lost():
                message = "a worker vanished"
                raise OrmbenchError(message)
            left_s = until_s - perf_counter()
            if left_s <= 0:
                return False
            gevent.sleep(min(_POLL_S, left_s))
        return True


class StageShape(LoadTestShape):
    """Locust's shape of a stage: its greenlet walks the stage. Without a walker, in a worker, nobody asks it.

    Locust asks a shape for the next step a second after the step before, and would draw out short windows.
    """

    walker: Walker | None = None

    def tick(self) -> None:
        """Walk the whole stage; that no step is left then ends the run."""
        if self.walker is not None:
            self.walker.walk()


def _line(window: Window, began: float, users: int) -> dict[str, Any]:
    measured_from, until = moment(began, window.discard_s), moment(began, window.discard_s + window.measure_s)
    line = {"number": window.number, "began": began, "measured_from": measured_from, "measured_until": until}
    if window.model is Model.OPEN:
        return line | {"scheduled": scheduled(window)}
    return line | {"users": users}
