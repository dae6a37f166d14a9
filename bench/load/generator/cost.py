"""`python -m bench.load.generator.cost URL`: what recording costs the generator, as a ratio with its interval."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import perf_counter, process_time

from gevent.pool import Pool
from locust import FastHttpUser
from locust.env import Environment

from bench.core.load_plan import Model, Window
from bench.core.ratios import ratio_over_passes
from bench.load.generator.recording import Recorder

PAIRS, REQUESTS, USERS = 30, 2_000, 16
"""Blocks with and without recording, requests of a block, and users that send them at a time."""
_LONG_S = 3_600.0


@dataclass
class Sender:
    """Who sends the requests of an open window here: one who was meant to send each just now."""

    moment_s: float | None = None


class Asking(FastHttpUser):
    """Sends requests, one after the other."""

    abstract = True

    def ask(self, url: str, times: int, arrive: Callable[[], None] | None) -> None:
        """Ask for an address so often, each time as an arrival where something is to be done for one."""
        for _ in range(times):
            if arrive is not None:
                arrive()
            self.client.get(url, name="null")


def main() -> None:
    """Measure both models against the address that the command line names, and print what recording costs."""
    [url] = sys.argv[1:]
    for model in Model:
        ratio = ratio_over_passes([_pair(url, model) for _ in range(PAIRS)])
        low, high = ratio.interval.low, ratio.interval.high
        sys.stdout.write(
            f"{model} window: CPU time per request with recording over without it {ratio.estimate:.3f} "
            f"({low:.3f} to {high:.3f}, {PAIRS} pairs of {REQUESTS} requests)\n"
        )


def _pair(url: str, model: Model) -> tuple[list[float], list[float]]:
    """Return the CPU time of a block with recording and of one without it, in random order."""
    kinds = [True, False]
    random.shuffle(kinds)
    found = {recorded: _block(url, model if recorded else None) for recorded in kinds}
    return [found[True]], [found[False]]


def _block(url: str, model: Model | None) -> float:
    environment = Environment(user_classes=[Asking], host=url)
    # Locust's own statistics are there on both sides.
    runner = environment.create_local_runner()
    sender, start_s = Sender(), perf_counter()
    recorder = Recorder(lambda: sender)
    if model is not None:
        window = Window(number=0, round=0, subject="", model=model, discard_s=0.0, measure_s=_LONG_S)
        recorder.begin(window, 0.0, start_s)
        environment.events.request.add_listener(recorder.on_request)
    Asking.host = url
    users, pool = [Asking(environment) for _ in range(USERS)], Pool(USERS)
    arrive = partial(_arrive, recorder, sender, start_s) if model is Model.OPEN else None
    began_s = process_time()
    for user in users:
        pool.spawn(user.ask, url, REQUESTS // USERS, arrive)
    pool.join()
    recorder.cut()
    took_s = process_time() - began_s
    runner.quit()
    return took_s


def _arrive(recorder: Recorder, sender: Sender, start_s: float) -> None:
    sender.moment_s = perf_counter() - start_s
    recorder.arrive(sender.moment_s)


if __name__ == "__main__":
    main()
