"""The threads of a crowd: started before any clock, and left behind where one of them hangs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import ParamSpec, TypeVar

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


class CrowdThreads(Executor):
    """So many threads, all of them started: a server has them before the first request.

    They are daemons. Python waits at its end for every thread of a `ThreadPoolExecutor`, so that one that hangs would
    keep the process for ever.
    """

    def __init__(self, size: int) -> None:
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        names = (f"in-flight_{number}" for number in range(size))
        self._threads = [Thread(target=self._stand_by, daemon=True, name=name) for name in names]
        for thread in self._threads:
            thread.start()

    def submit(self, fn: Callable[_Given, _Result], /, *args: _Given.args, **kwargs: _Given.kwargs) -> Future[_Result]:
        """Have the next free thread call the function."""
        future: Future[_Result] = Future()
        self._work.put(partial(_carry_out, future, partial(fn, *args, **kwargs)))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - as Executor has it
        """End each thread when it is free; a crowd has one for each of its pieces of work, so that none is waiting."""
        for _ in self._threads:
            self._work.put(None)
        if wait:
            for thread in self._threads:
                thread.join()

    def _stand_by(self) -> None:
        while (work := self._work.get()) is not None:
            work()
            del work  # what it holds would live until the next one comes


def _carry_out(future: Future[_Result], work: Callable[[], _Result]) -> None:
    try:
        future.set_result(work())
    except BaseException as error:  # noqa: BLE001 - raised again where the result is asked for
        future.set_exception(error)
