"""`ormbench serve`: the target app alone, on a server with its data, until somebody ends it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from sqlalchemy import URL

from bench.cli.main import Stopped
from bench.cli.terminal import Terminal
from bench.core.visible import visible
from bench.load.target.options import TargetOptions
from bench.load.target.prepared import backend_of, driver_pair, prepared_server
from bench.load.target.process import free_port, running
from bench.servers.given import parse

_SEED = 1
"""Of the rows; the same that a run takes."""


def serve_app(backend: str | None, url: str | None, options: TargetOptions) -> None:
    """Serve until Ctrl-C or SIGTERM, which is a good end here.

    Raises:
        UsageError: The call was wrong, the port is taken, or the app refuses its settings.
        OrmbenchError: A server or the app did not start, or the app ended by itself.
    """
    console = Terminal()
    # Refused before a server is started for it.
    options = replace(options, drivers=options.drivers or (parse(url)[1] if url is not None else ()))
    kind = backend_of(backend, url)
    driver_pair(kind, options.drivers)
    free_port(options.host, options.port)
    console.say(f"Preparing {kind} with the {options.size} data")
    with (
        prepared_server(backend, url, options.size, _SEED, scenarios=options.scenarios) as server,
        running(server, server.drivername, options, _pass_on) as target,
        # From the first line on: whoever reads the last one may press Ctrl-C before we wait.
        suppress(Stopped),
    ):
        for line in _settings(server, options):
            console.say(line)
        console.say(f"{target.base_url} is ready; Ctrl-C ends it.")
        target.wait()


def _settings(server: URL, options: TargetOptions) -> Iterator[str]:
    sync, awaited = driver_pair(server.drivername, options.drivers)
    threads = options.thread_tokens or options.pool_size + options.max_overflow
    yield f"server: {server.render_as_string(hide_password=True)}"
    yield f"drivers: {sync} behind /sync, {awaited} behind /async"
    yield (
        f"each pool: {options.pool_size} + {options.max_overflow} connections, {options.pool_timeout_s:g} s to wait "
        f"for one, {'pinged' if options.pre_ping else 'not pinged'} before use"
    )
    yield f"workers: {options.workers}, threads for sync requests: {threads}, event loop: {options.loop}"


def _pass_on(line: str) -> None:
    sys.stderr.write(f"{visible(line)}\n")
