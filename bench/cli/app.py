"""The commands and their options; the work is imported when a command runs, so that `--help` stays quick."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(
    name="ormbench",
    help="Is async SQLAlchemy worth it on your machine and database? Measured, with intervals, proofs and doubts.",
    epilog="Exit codes: 0 good, 1 a proof, gate or case failed, 2 the call was wrong. --debug shows tracebacks.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

RESULTS = Path("results")
REPORTS = Path("reports")
PUBLISHED = RESULTS / "published"

Select = Annotated[
    list[str] | None,
    typer.Argument(metavar="[SELECT]...", help="Scenario names or globs on case ids: loading, 'loading/*[joined]@*'."),
]
Backends = Annotated[
    list[str] | None,
    typer.Option("--backend", metavar="B", help="sqlite, postgresql, mariadb; repeatable. All that are there."),
]
Drivers = Annotated[
    list[str] | None,
    typer.Option("--driver", metavar="D", help="Driver name, e.g. asyncpg; repeatable. All installed."),
]
Urls = Annotated[
    list[str] | None,
    typer.Option("--url", metavar="URL", help="A server of your own, e.g. postgresql+asyncpg://...; repeatable."),
]
Files = Annotated[
    list[Path] | None,
    typer.Option("--scenario", metavar="FILE", help="A scenario file of your own; repeatable. It is run as code."),
]
Delays = Annotated[
    list[float] | None,
    typer.Option("--delay", metavar="MS", help="Network delay added to each direction; repeatable. None by default."),
]
Backend = Annotated[
    str | None,
    typer.Option(metavar="B", help="postgresql, sqlite or mariadb. PostgreSQL where it is there, else SQLite."),
]
Url = Annotated[str | None, typer.Option(metavar="URL", help="A server of your own, e.g. postgresql+asyncpg://...")]
DriverOfMode = Annotated[
    list[str] | None,
    typer.Option("--driver", metavar="D", help="Driver name, one for each mode; repeatable. The baseline, its twin."),
]
ProfileName = Annotated[str, typer.Option("--profile", metavar="P", help="smoke, quick or full.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed of data, keys and orders.")]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where runs are kept.")]
Reports = Annotated[Path, typer.Option("--reports", metavar="DIR", help="Where reports are written.")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")]


@app.command()
def doctor(*, json: Json = False) -> None:
    """Say what this machine can measure, what is missing, and the one line that mends it."""
    from bench.cli.doctor import show_doctor  # noqa: PLC0415 - see the module's first line

    show_doctor(as_json=json)


@app.command("list")
def list_cases(
    select: Select = None,
    *,
    scenario: Files = None,
    json: Json = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Describe the scenarios as a page of Markdown.")] = False,
) -> None:
    """Show scenarios, variants, parameters and drivers; with SELECT, the ids of the cases it picks."""
    if markdown:
        from bench.cli.catalogue import show_catalogue  # noqa: PLC0415 - see the module's first line

        show_catalogue(tuple(scenario or ()))
    else:
        from bench.cli.listing import show_list  # noqa: PLC0415

        show_list(tuple(select or ()), tuple(scenario or ()), as_json=json)


@app.command()
def check(  # noqa: PLR0913 - one parameter for each option of the command
    select: Select = None,
    *,
    backend: Backends = None,
    driver: Drivers = None,
    url: Urls = None,
    scenario: Files = None,
    seed: Seed = 1,
    json: Json = False,
) -> None:
    """Prove that the cases do the same work: same code, same SQL, same answer. Nothing is timed."""
    from bench.cli.running import check_cases  # noqa: PLC0415 - see the module's first line
    from bench.core.profiles import EVERYTHING, profile_named  # noqa: PLC0415
    from bench.micro.request import Request  # noqa: PLC0415

    request = Request(
        patterns=tuple(select or ()),
        profile=replace(profile_named("full"), name=EVERYTHING, size="small"),
        backends=tuple(backend or ()),
        drivers=tuple(driver or ()),
        urls=tuple(url or ()),
        files=tuple(scenario or ()),
        seed=seed,
    )
    check_cases(request, as_json=json)


@app.command()
def run(  # noqa: PLR0913 - one parameter for each option of the command
    select: Select = None,
    *,
    profile: ProfileName = "quick",
    backend: Backends = None,
    driver: Drivers = None,
    url: Urls = None,
    scenario: Files = None,
    delay: Delays = None,
    size: Annotated[
        str | None, typer.Option(metavar="S", help="small, medium or large data, instead of the profile's.")
    ] = None,
    passes: Annotated[
        int | None, typer.Option(min=1, help="Fresh processes per backend, instead of the profile's.")
    ] = None,
    seed: Seed = 1,
    resume: Annotated[
        str | None, typer.Option(metavar="RUN", help="Measure what a stopped run lacks; or `latest`.")
    ] = None,
    out: Out = RESULTS,
    reports: Reports = REPORTS,
) -> None:
    """Measure, and render the report."""
    from bench.cli.running import refuse_with_resume, resume_run, start_run  # noqa: PLC0415 - see the module's first line
    from bench.core.profiles import profile_named  # noqa: PLC0415
    from bench.micro.request import Request  # noqa: PLC0415

    if resume is not None:
        refuse_with_resume(select, backend, driver, scenario, delay, size, passes)
        resume_run(resume, tuple(url or ()), out, reports)
        return
    chosen = profile_named(profile)
    request = Request(
        patterns=tuple(select or ()),
        profile=chosen if size is None else replace(chosen, size=size),
        backends=tuple(backend or ()),
        drivers=tuple(driver or ()),
        urls=tuple(url or ()),
        files=tuple(scenario or ()),
        delays_ms=tuple(delay or ()),
        passes=passes,
        seed=seed,
    )
    start_run(request, out, reports)


@app.command()
def report(
    runs: Annotated[
        list[str], typer.Argument(metavar="RUN...", help="Names in the results folder, paths, or `latest`.")
    ],
    *,
    out: Out = RESULTS,
    reports: Reports = REPORTS,
) -> None:
    """Render HTML, Markdown and figures from the raw data of runs."""
    from bench.cli.reporting import render_runs  # noqa: PLC0415 - see the module's first line

    render_runs(runs, out, reports)


@app.command()
def publish(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A complete run, or `latest`.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its folder in results/published and reports/published.")],
    *,
    out: Out = RESULTS,
    reports: Reports = REPORTS,
) -> None:
    """Copy a run and its report to where they are kept with the code, the raw data packed."""
    from bench.cli.reporting import publish_run  # noqa: PLC0415 - see the module's first line

    publish_run(run, name, out, reports)


@app.command()
def claims(
    run: Annotated[str, typer.Argument(metavar="[RUN]", help="A run; the latest where none is named.")] = "latest",
    *,
    out: Out = RESULTS,
    json: Json = False,
) -> None:
    """Show what people say, and what became of it in a run, driver by driver."""
    from bench.cli.claims import show_claims  # noqa: PLC0415 - see the module's first line

    show_claims(run, out, as_json=json)


@app.command()
def calibrate(
    *,
    out: Out = RESULTS,
    published: Annotated[Path, typer.Option(metavar="DIR", help="Where the scores are kept.")] = PUBLISHED
    / "calibration",
) -> None:
    """Measure the harness itself: its cost, its coverage and its power, beside plain pytest-benchmark."""
    from bench.cli.calibrating import show_calibration  # noqa: PLC0415 - see the module's first line

    show_calibration(out, published)


@app.command()
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
    from bench.cli.serve import serve_app  # noqa: PLC0415 - see the module's first line
    from bench.load.options import TargetOptions  # noqa: PLC0415

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
app.add_typer(servers, name="servers")


@servers.command("up")
def servers_up(backend: Backends = None) -> None:
    """Start private servers that outlive this command; later runs use them."""
    from bench.cli.servers import start_servers  # noqa: PLC0415 - see the module's first line

    start_servers(tuple(backend or ()))


@servers.command("status")
def servers_status(*, json: Json = False) -> None:
    """Show the servers that are kept up."""
    from bench.cli.servers import show_servers  # noqa: PLC0415 - see the module's first line

    show_servers(as_json=json)


@servers.command("down")
def servers_down() -> None:
    """Stop the kept servers and remove their data."""
    from bench.cli.servers import stop_servers  # noqa: PLC0415 - see the module's first line

    stop_servers()
