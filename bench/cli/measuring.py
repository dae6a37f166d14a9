"""The commands that prove and measure cases, and their options."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from bench.cli.options import (
    PUBLISHED,
    REPORTS,
    RESULTS,
    USUAL_PROFILE,
    USUAL_SEED,
    Backends,
    Delays,
    Drivers,
    Experiments,
    Files,
    Json,
    Out,
    ProfileName,
    Reports,
    RunSeed,
    Seed,
    Select,
    Urls,
)


def check(  # noqa: PLR0913 - one parameter for each option of the command
    select: Select = None,
    *,
    backend: Backends = None,
    driver: Drivers = None,
    url: Urls = None,
    scenario: Files = None,
    experiments: Experiments = False,
    seed: Seed = USUAL_SEED,
    out: Out = RESULTS,
    json: Json = False,
) -> None:
    """Prove that the cases do the same work: same code, same SQL, same answer. Nothing is timed."""
    from bench.cli.running import check_cases  # noqa: PLC0415 - see app.py
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
    if experiments:
        from bench.cli.experimenting import show_experiments  # noqa: PLC0415

        show_experiments(request, out, as_json=json)
    else:
        check_cases(request, as_json=json)


def run(  # noqa: PLR0913 - one parameter for each option of the command
    select: Select = None,
    *,
    profile: ProfileName = None,
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
    against: Annotated[
        list[str] | None,
        typer.Option(
            metavar="R",
            help="Measure in turns with another version: 'sqlalchemy==2.0.*' or a git revision; repeatable.",
        ),
    ] = None,
    experiments: Annotated[
        bool | None,
        typer.Option(
            "--experiments/--no-experiments", help="Whether a full run of everything has experiments. It has."
        ),
    ] = None,
    load: Annotated[
        bool | None,
        typer.Option(
            "--load/--no-load",
            help="Whether a run of everything ends with a minute of load, and `layers` has HTTP. It does.",
        ),
    ] = None,
    seed: RunSeed = None,
    resume: Annotated[
        str | None, typer.Option(metavar="RUN", help="Measure what a stopped run lacks; or `latest`.")
    ] = None,
    out: Out = RESULTS,
    reports: Reports = REPORTS,
) -> None:
    """Measure, and render the report."""
    from bench.cli.running import refuse_with_resume, resume_run, start_run  # noqa: PLC0415 - see app.py
    from bench.core.profiles import profile_named  # noqa: PLC0415
    from bench.micro.request import Request  # noqa: PLC0415

    if resume is not None:
        refuse_with_resume(
            select, profile, backend, driver, scenario, delay, size, passes, against, experiments, load, seed
        )
        resume_run(resume, tuple(url or ()), out, reports)
        return
    chosen = profile_named(profile or USUAL_PROFILE)
    request = Request(
        patterns=tuple(select or ()),
        profile=chosen if size is None else replace(chosen, size=size),
        backends=tuple(backend or ()),
        drivers=tuple(driver or ()),
        urls=tuple(url or ()),
        files=tuple(scenario or ()),
        delays_ms=tuple(delay or ()),
        against=tuple(against or ()),
        passes=passes,
        seed=USUAL_SEED if seed is None else seed,
        experiments=experiments is not False,
        load=load is not False,
    )
    start_run(request, out, reports)


def calibrate(
    *,
    out: Out = RESULTS,
    published: Annotated[Path, typer.Option(metavar="DIR", help="Where the scores are kept.")] = PUBLISHED
    / "calibration",
) -> None:
    """Measure the harness itself: its cost, its coverage and its power, beside plain pytest-benchmark."""
    from bench.cli.calibrating import show_calibration  # noqa: PLC0415 - see app.py

    show_calibration(out, published)
