"""Private servers for tests, each started when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager

import pytest
from sqlalchemy import URL

from bench.servers.fleet import PRIVATE, availability


@contextmanager
def private_servers() -> Iterator[Callable[[str], URL]]:
    """Yield the function that gives the URL of a server of a kind; all that were started end with the block."""
    urls: dict[str, URL] = {}
    with ExitStack() as stack:

        def url_of(kind: str) -> URL:
            if kind not in urls:
                absent = next((each for each in availability() if each.kind == kind and not each.available), None)
                if absent is not None:
                    pytest.skip(f"no programs of {kind} on this machine: {absent.detail}")
                urls[kind], launched = PRIVATE[kind]()
                stack.enter_context(closing(launched))
            return urls[kind]

        yield url_of
