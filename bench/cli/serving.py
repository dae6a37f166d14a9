"""The commands that keep a server or the target app up, and their options."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from bench.cli.options import (
    Backend,
    Backends,
    DriverOfMode,
    Json,
    Url,
)


def serve(  # noqa: PLR0913 - one parameter for each option of the command
    *,
    backend: Backend = None,
    url: Url = None,
    driver: DriverOfMode = None,
    pool_size: Annotated[int, typer.Option(min=1, help="Connections that the pool of each mode keeps.")] = 10,
    max_overflow: Annotated[int, typer.Option(min=0, help="Connections that a pool may open beyond that.")] = 0,
    pool_timeout: Annotated[float, typer.Option(min=0.01, help="Seconds that a request waits for one.")] = 5.0,
    pre_ping: Annotated[bool, typer.Option("--pre-ping", help="Try a connection before it is given out.")] = False,
    threads: Annotated[int | None, typer.Option(min=1, help="For sync requests; as many as connections.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes, each with pools of its own.")] = 1,
    host: Annotated[str, typer.Option(metavar="HOST", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 for any that is free.")] = 8000,
    loop: Annotated[Literal["uvloop", "asyncio"], typer.Option(help="The event loop.")] = "uvloop",
    size: Annotated[str, typer.Option(metavar="S", help="small, medium or large data.")] = "small",
    scenarios: Annotated[bool, typer.Option(help="Whether scenarios are served too; each dataset has pools.")] = True,
) -> None:
    """Serve the target app on a database with data in it, until Ctrl-C."""
    from bench.cli.serve import serve_app  # noqa: PLC0415 - see app.py
    from bench.load.target.options import TargetOptions  # noqa: PLC0415

    options = TargetOptions(
        host=host,
        port=port,
        drivers=tuple(driver or ()),
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_timeout_s=pool_timeout,
        pre_ping=pre_ping,
        thread_tokens=threads,
        workers=workers,
        loop=loop,
        size=size,
        scenarios=scenarios,
    )
    serve_app(backend, url, options)


servers = typer.Typer(help="The private databases, kept up for several runs.")


@servers.command("up")
def servers_up(backend: Backends = None) -> None:
    """Start private servers that outlive this command; later runs use them."""
    from bench.cli.servers import start_servers  # noqa: PLC0415 - see app.py

    start_servers(tuple(backend or ()))


@servers.command("status")
def servers_status(*, json: Json = False) -> None:
    """Show the servers that are kept up."""
    from bench.cli.servers import show_servers  # noqa: PLC0415 - see app.py

    show_servers(as_json=json)


@servers.command("down")
def servers_down() -> None:
    """Stop the kept servers and remove their data."""
    from bench.cli.servers import stop_servers  # noqa: PLC0415 - see app.py

    stop_servers()
