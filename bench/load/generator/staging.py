"""A generator that walks a stage: what each of its processes does, from its start on."""

from __future__ import annotations

import logging
import os
import signal
import sys
from pathlib import Path
from typing import Any

import gevent
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from bench.core.errors import UsageError
from bench.core.load_pairs import STAGE
from bench.load.generator.arriving import ArrivalUser
from bench.load.generator.member import Member
from bench.load.generator.messages import FLUSH_S, runner_of
from bench.load.generator.shop import stock_up
from bench.load.generator.target_user import TargetUser
from bench.load.generator.walking import StageShape, Walker

CLASSES = {each.__name__: each for each in (ArrivalUser, StageShape)}
"""What Locust has to find in its file."""

_LOG = logging.getLogger(__name__)


def start(environment: Environment, **_: Any) -> None:  # noqa: ANN401 - what else the event tells
    """Let this process lead, send requests, or both; a listener of Locust's `init` event."""
    leads = not isinstance(environment.runner, WorkerRunner)
    sends = not isinstance(environment.runner, MasterRunner)
    member = Member(environment) if sends else None
    if leads:
        walker = _walker(environment)
        # Locust itself listens to this signal only when a shape is over.
        gevent.signal_handler(signal.SIGTERM, runner_of(environment).quit)
        if member is not None:
            gevent.spawn(_flush, member, walker)


def _walker(environment: Environment) -> Walker:
    try:
        walker = Walker(environment, Path(os.environ[STAGE]))
    except (UsageError, OSError, ValueError) as error:
        _LOG.error("ormbench: %s", error)
        sys.exit(2)
    StageShape.walker = walker
    classes = environment.user_classes_by_name
    ours = {each.host for each in walker.stage.subjects if issubclass(classes.get(each.user_class, object), TargetUser)}
    for host in sorted(ours):
        try:
            stock_up(host)
        except OSError as error:
            _LOG.warning("ormbench: could not fill the shelves of %s: %s", host, error)
    return walker


def _flush(member: Member, walker: Walker) -> None:
    while True:
        gevent.sleep(FLUSH_S)
        walker.take(member.recorder.cut())
