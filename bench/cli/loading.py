"""The command that puts an application under load, and its options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from bench.cli.options import REPORTS, RESULTS, Backend, DriverOfMode, Json, Out, Reports, Seed

Texts = list[str] | None


def load(  # noqa: PLR0913 - one parameter for each option of the command
    pairs: Annotated[
        Texts, typer.Argument(metavar="[PAIR]...", help="What is asked for on both sides: Shopper, UserById...")
    ] = None,
    *,
    ui: Annotated[bool, typer.Option("--ui", help="Open Locust's web UI instead; Ctrl-C ends it.")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of the web UI; 0 for any that is free.")] = 0,
    model: Annotated[Literal["closed", "open"] | None, typer.Option(help="One of them; closed, then open.")] = None,
    users: Annotated[str, typer.Option(metavar="N,N", help="Levels of closed load; max doubles them.")] = "max",
    rate: Annotated[str | None, typer.Option(metavar="R,R", help="Levels of open load, per second.")] = None,
    arrivals: Annotated[Literal["constant", "poisson"], typer.Option(help="Gaps of open load.")] = "poisson",
    slo: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Find the highest rate that meets it: 'p99<200ms,errors<0.1%'.")
    ] = None,
    threshold: Annotated[
        Texts, typer.Option(metavar="TEXT", help="Exit with 1 where missed: 'async /users/{id}: p99<50ms'; repeatable.")
    ] = None,
    sweep: Annotated[
        Texts,
        typer.Option(
            metavar="F=V,V", help="drivers, delay, pool-size, max-overflow, threads, app-workers; repeatable."
        ),
    ] = None,
    rounds: Annotated[int, typer.Option(min=2, help="Windows of each side at each level.")] = 6,
    window: Annotated[float, typer.Option(min=0.5, help="Measured seconds of a window.")] = 1.0,
    workers: Annotated[int, typer.Option(min=1, help="Generator processes.")] = 1,
    backend: Backend = None,
    database: Annotated[
        str | None, typer.Option(metavar="URL", help="A server of your own, e.g. postgresql://...")
    ] = None,
    driver: DriverOfMode = None,
    pool_size: Annotated[int, typer.Option(min=1, help="Connections that the pool of each mode keeps.")] = 10,
    max_overflow: Annotated[int, typer.Option(min=0, help="Connections that a pool may open beyond that.")] = 0,
    threads: Annotated[int | None, typer.Option(min=1, help="For sync requests; as many as connections.")] = None,
    app_workers: Annotated[int, typer.Option(min=1, help="Processes of the app.")] = 1,
    delay: Annotated[float, typer.Option(metavar="MS", help="Added to each direction before the database.")] = 0.0,
    size: Annotated[str, typer.Option(metavar="S", help="small, medium or large data.")] = "small",
    url: Annotated[str | None, typer.Option(metavar="APP", help="Your own app: http://127.0.0.1:8000")] = None,
    locustfile: Annotated[
        Path | None, typer.Option(metavar="FILE", help="User classes of your own. It is run as code.")
    ] = None,
    pair: Annotated[Texts, typer.Option(metavar="NAME=A,B", help="Two classes of your file; repeatable.")] = None,
    seed: Seed = 1,
    resume: Annotated[
        str | None, typer.Option(metavar="RUN", help="Measure what a stopped run lacks; or `latest`.")
    ] = None,
    out: Out = RESULTS,
    reports: Reports = REPORTS,
    json: Json = False,
) -> None:
    """Put sync and async endpoints under load in turns, and render the report."""
    from bench.cli.load import open_web_ui, resume_load, start_load  # noqa: PLC0415 - see app.py
    from bench.core.errors import UsageError  # noqa: PLC0415
    from bench.core.load_plan import Arrivals, Model  # noqa: PLC0415
    from bench.load.option_values import parse_factors, parse_own_pairs, parse_rates, parse_users  # noqa: PLC0415
    from bench.load.request import LoadRequest  # noqa: PLC0415
    from bench.load.target.options import TargetOptions  # noqa: PLC0415

    target = TargetOptions(
        drivers=tuple(driver or ()),
        pool_size=pool_size,
        max_overflow=max_overflow,
        thread_tokens=threads,
        workers=app_workers,
        size=size,
    )
    request = LoadRequest(
        pairs=tuple(pairs or ()),
        own_pairs=parse_own_pairs(tuple(pair or ())),
        model=None if model is None else Model(model),
        users=parse_users(users),
        rates_per_s=parse_rates(rate),
        arrivals=Arrivals(arrivals),
        slo=slo,
        thresholds=tuple(threshold or ()),
        factors=parse_factors(tuple(sweep or ())),
        rounds=rounds,
        window_s=window,
        workers=workers,
        seed=seed,
        backend=backend,
        database=database,
        target=target,
        delay_ms=delay,
        app_url=url,
        locustfile=locustfile,
    )
    if port and not ui:
        message = "--port is that of the web UI; add --ui, or leave it out"
        raise UsageError(message)
    if json and ui:
        message = "--json is of what was measured, which --ui does not; leave out one of them"
        raise UsageError(message)
    if resume is not None and ui:
        message = "--resume measures what a run lacks, which --ui does not; leave out one of them"
        raise UsageError(message)
    if resume is not None:
        resume_load(request, resume, out, reports, as_json=json)
    elif ui:
        open_web_ui(request, port)
    else:
        start_load(request, out, reports, as_json=json)
