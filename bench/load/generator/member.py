"""The part of a generator that sends requests: what it does when it is told of a window, and what it reports."""

from __future__ import annotations

import gc
import random
from time import perf_counter
from typing import Any

import gevent
from gevent import getcurrent
from locust import User
from locust.env import Environment
from locust.runners import WorkerRunner

from bench.core.arrivals import arrivals
from bench.core.errors import UsageError
from bench.core.load_plan import Model, Stage, Window
from bench.load.generator.arriving import ArrivalUser, Arriving, Crowd, Walk
from bench.load.generator.messages import BEGIN, DONE, HELLO, HERE, OVER, PREPARE, READY, REPORT, runner_of
from bench.load.generator.recording import Recorder


class Member:
    """One process that sends requests, from window to window.

    It knows nothing of the stage but the window it is told of, so that it may run on another machine.
    """

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._runner = runner_of(environment)
        self.recorder = Recorder(_sender)
        self._walk: Walk | None = None
        # What was loaded by now stays: the collector need not look at it again in the middle of a window.
        gc.collect()
        gc.freeze()
        # Nobody asks an arrival where it was spawned, and to note it takes longer than the rest of the spawning.
        gevent.config.track_greenlet_tree = False
        environment.events.request.add_listener(self.recorder.on_request)
        environment.events.test_stopping.add_listener(self._stop)
        self._runner.register_message(HELLO, self._hello)
        # With another thread of control: users may log in over the network, and heartbeats have to go on.
        self._runner.register_message(PREPARE, self._prepare, concurrent=True)
        self._runner.register_message(BEGIN, self._begin)
        self._runner.register_message(OVER, self._over)
        if isinstance(self._runner, WorkerRunner):
            environment.events.report_to_master.add_listener(self._report)

    def _hello(self, **_: Any) -> None:  # noqa: ANN401 - Locust's message
        self._runner.send_message(HERE, {})

    def _prepare(self, msg: Any, **_: Any) -> None:  # noqa: ANN401 - Locust's message
        stage = Stage.from_data(msg.data["stage"])
        [window], [subject] = stage.windows, stage.subjects
        self.recorder.worker = msg.data["name"]
        # Users of the window before and their clients hold each other: they go now, not in the midst of this one.
        gc.collect()
        try:
            user_class = _user_class(self._environment, subject.user_class)
            user_class.host = subject.host
            place, places = msg.data["place"], msg.data["places"]
            # Locust draws tasks, and users what they ask for, from the one global generator.
            random.seed(f"{window.seed} {place}")
            if window.model is Model.OPEN:
                room = _share(stage.max_in_flight, place, places)
                users = min(room, _share(stage.connections or stage.max_in_flight, place, places))
                crowd = Crowd(self._environment, user_class, self.recorder, room, users)
                self._walk = ArrivalUser.walk = Walk(crowd, self.recorder, arrivals(window, place, places))
        except Exception as error:  # noqa: BLE001 - users of somebody's own file may raise anything when they begin
            wrong = str(error) if isinstance(error, UsageError) else f"{type(error).__name__}: {error}"
            self._runner.send_message(READY, {"number": window.number, "wrong": wrong})
            return
        self._window = window
        self._runner.send_message(READY, {"number": window.number})

    def _begin(self, msg: Any, **_: Any) -> None:  # noqa: ANN401 - Locust's message
        start_s = perf_counter() + msg.data["in_s"]
        if self._walk is not None:
            self._walk.start_s = start_s
        self.recorder.begin(self._window, msg.data["began"], start_s)
        gevent.spawn(self._mark_edges, self._window, start_s)

    def _mark_edges(self, window: Window, start_s: float) -> None:
        for edge_s in (window.discard_s, window.discard_s + window.measure_s):
            gevent.sleep(max(0.0, start_s + edge_s - perf_counter()))
            self.recorder.mark_edge(window)

    def _over(self, msg: Any, **_: Any) -> None:  # noqa: ANN401 - Locust's message
        self._walk = ArrivalUser.walk = None
        self._runner.send_message(DONE, {"number": msg.data["number"], "report": self.recorder.end()})

    def _report(self, data: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - what else the event tells
        data[REPORT] = self.recorder.cut()

    def _stop(self, **_: Any) -> None:  # noqa: ANN401 - what the event tells
        if self._walk is not None:
            self._walk.stopped = True


def _share(number: int, place: int, places: int) -> int:
    """Return the part of a number that falls to one of several processes: one at least."""
    return max(1, number // places + (place < number % places))


def _sender() -> Arriving | None:
    current = getcurrent()
    return current if isinstance(current, Arriving) else None


def _user_class(environment: Environment, name: str) -> type[User]:
    found: dict[str, type[User]] = environment.user_classes_by_name
    if name not in found:
        message = f"there is no user class {name}; there are {', '.join(sorted(found))}"
        raise UsageError(message)
    return found[name]
