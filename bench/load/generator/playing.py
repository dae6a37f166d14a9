"""A generator that somebody plays with in Locust's web UI: pairs are recorded, and shown in a tab of their own."""

from __future__ import annotations

import logging
import os
from typing import Any, cast

import gevent
from locust import User
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from bench.core.errors import UsageError
from bench.core.load_pairs import PAIRS, Pair, pairs_of, parse_pairs
from bench.load.generator.messages import FLUSH_S, REPORT
from bench.load.generator.pair_recording import USER_CLASS, PairRecorder, PairTable
from bench.load.generator.shop import stock_up
from bench.load.generator.tab import add_tab, hear_of_new_runs
from bench.load.generator.target_user import TargetUser

_LOG = logging.getLogger(__name__)


def start(environment: Environment, **_: Any) -> None:  # noqa: ANN401 - what else the event tells
    """Record the requests of pairs, and add the tab where there is a web UI; a listener of Locust's `init` event."""
    classes = cast("dict[str, type[User]]", environment.available_user_classes)
    pairs = _pairs(tuple(classes))
    for pair in pairs:
        for _side, name in pair.sides:
            _tell_class(classes[name])
    table = PairTable(pairs)
    if not isinstance(environment.runner, WorkerRunner):
        hear_of_new_runs(environment, table)
        environment.events.test_start.add_listener(_stock_up)
        if environment.web_ui is not None:
            add_tab(environment.web_ui, table, _base_path(environment))
    if isinstance(environment.runner, MasterRunner):
        environment.events.worker_report.add_listener(lambda data, **_: table.add(data.get(REPORT, {})))
        return
    recorder = PairRecorder()
    environment.events.request.add_listener(recorder.on_request)
    if isinstance(environment.runner, WorkerRunner):
        environment.events.report_to_master.add_listener(lambda data, **_: data.update({REPORT: recorder.cut()}))
    else:
        gevent.spawn(_flush, recorder, table)


def _base_path(environment: Environment) -> str:
    options = environment.parsed_options
    return (options.web_base_path or "").rstrip("/") if options is not None else ""


def _pairs(names: tuple[str, ...]) -> tuple[Pair, ...]:
    try:
        return pairs_of(names, parse_pairs(os.environ.get(PAIRS, "")))
    except UsageError as error:
        _LOG.error("ormbench: %s", error)
        raise SystemExit(2) from None


def _tell_class(user_class: type[User]) -> None:
    """Let the context of each request name the class: a request event alone does not say who sent it."""
    own = user_class.context

    def context(self: User) -> dict[str, Any]:
        return {**own(self), USER_CLASS: user_class.__name__}

    user_class.context = context  # type: ignore[method-assign]  # the place that Locust documents for it


def _stock_up(environment: Environment, **_: Any) -> None:  # noqa: ANN401 - what else the event tells
    if environment.host and any(issubclass(each, TargetUser) for each in environment.user_classes):
        try:
            stock_up(environment.host)
        except OSError as error:
            _LOG.warning("ormbench: could not fill the shelves of %s: %s", environment.host, error)


def _flush(recorder: PairRecorder, table: PairTable) -> None:
    while True:
        gevent.sleep(FLUSH_S)
        table.add(recorder.cut())
