"""The commands that show what there is and what was measured, and their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bench.cli.options import (
    REPORTS,
    RESULTS,
    Files,
    Json,
    Out,
    Reports,
    Select,
)


def doctor(*, json: Json = False) -> None:
    """Say what this machine can measure, what is missing, and the one line that mends it."""
    from bench.cli.doctor import show_doctor  # noqa: PLC0415 - see app.py

    show_doctor(as_json=json)


def list_cases(
    select: Select = None,
    *,
    scenario: Files = None,
    json: Json = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Describe the scenarios as a page of Markdown.")] = False,
) -> None:
    """Show scenarios, variants, parameters and drivers; with SELECT, the ids of the cases it picks."""
    from bench.core.errors import UsageError  # noqa: PLC0415 - see app.py

    if markdown and (select or json):
        message = "--markdown describes whole scenarios; leave out SELECT and --json, or --markdown"
        raise UsageError(message)
    if markdown:
        from bench.cli.catalogue import show_catalogue  # noqa: PLC0415

        show_catalogue(tuple(scenario or ()))
    else:
        from bench.cli.listing import show_list  # noqa: PLC0415

        show_list(tuple(select or ()), tuple(scenario or ()), as_json=json)


def report(
    runs: Annotated[
        list[str], typer.Argument(metavar="RUN...", help="Names in the results folder, paths, or `latest`.")
    ],
    *,
    out: Out = RESULTS,
    reports: Reports = REPORTS,
) -> None:
    """Render HTML, Markdown and figures from the raw data of runs."""
    from bench.cli.reporting import render_runs  # noqa: PLC0415 - see app.py

    render_runs(runs, out, reports)


def publish(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A complete run, or `latest`.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its folder in results/published and reports/published.")],
    *,
    replace: Annotated[bool, typer.Option("--replace", help="Put it in the place of the run of that name.")] = False,
    out: Out = RESULTS,
    reports: Reports = REPORTS,
) -> None:
    """Copy a run and its report to where they are kept with the code, the raw data packed."""
    from bench.cli.reporting import publish_run  # noqa: PLC0415 - see app.py

    publish_run(run, name, out, reports, replace=replace)


def claims(
    run: Annotated[
        list[str] | None,
        typer.Argument(metavar="[RUN]...", help="Runs, the latest where none is named; --faults reads one."),
    ] = None,
    *,
    out: Out = RESULTS,
    json: Json = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Write docs/claims.md, a page of Markdown.")] = False,
    faults: Annotated[
        bool, typer.Option("--faults", help="Write what every driver raises under faults, as a page of Markdown.")
    ] = False,
) -> None:
    """Show what people say, and what became of it in the runs, driver by driver; the first one counts that tests it."""
    from bench.cli.claims import only, show_claims, show_faults, show_page  # noqa: PLC0415 - see app.py
    from bench.core.errors import UsageError  # noqa: PLC0415

    if markdown and (json or faults):
        message = (
            "--markdown, --json and --faults write different things to standard output; with --markdown give no other"
        )
        raise UsageError(message)
    runs = run or ["latest"]
    if markdown:
        show_page(runs, out)
    elif faults:
        show_faults(only(runs), out, as_json=json)
    else:
        show_claims(runs, out, as_json=json)


def compare(  # noqa: PLR0913 - one parameter for each option
    base: Annotated[str, typer.Argument(metavar="BASE", help="The run before: its name, or a path.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The run after: its name, a path, or `latest`.")],
    *,
    fail_on: Annotated[
        list[str] | None,
        typer.Option("--fail-on", metavar="LIMIT", help="slower, slower:5% or counts; repeatable. Exit 1 beyond it."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Compare runs of unlike machines or profiles too.")] = False,
    absolute: Annotated[bool, typer.Option("--absolute", help="Show the ratios of absolute times as well.")] = False,
    out: Out = RESULTS,
    json: Json = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Write Markdown to standard output.")] = False,
    page: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page as well, one file that needs no other.")
    ] = None,
) -> None:
    """Say what became faster or slower from one run to another; with --fail-on, be a gate."""
    from bench.cli.comparing import Shown, compare_runs  # noqa: PLC0415 - see app.py

    shown = Shown(as_json=json, as_markdown=markdown, page=page, absolute=absolute)
    compare_runs((base, new), out, fail_on or (), shown, force=force)


def export(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A name in the results folder, a path, or `latest`.")],
    *,
    format_name: Annotated[
        str, typer.Option("--format", metavar="F", help="pytest-benchmark, github-action, bencher, junit or csv.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="The file; standard output if none.")
    ] = None,
    results: Annotated[Path, typer.Option("--results", metavar="DIR", help="Where runs are kept.")] = RESULTS,
) -> None:
    """Write a run as a file for other tools: time series, CI servers, spreadsheets."""
    from bench.cli.exporting import export_run  # noqa: PLC0415 - see app.py

    export_run(run, format_name, results, out)
