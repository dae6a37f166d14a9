"""The commands under their names; the work is imported when a command runs, so that `--help` stays quick."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import version
from typing import Annotated

import typer

from bench.cli import loading, measuring, reading, serving

app = typer.Typer(
    name="ormbench",
    help="Is async SQLAlchemy worth it on your machine and database? Measured, with intervals, proofs and doubts.",
    epilog="Exit codes: 0 good, 1 a proof, gate or case failed, 2 the call was wrong. --debug shows tracebacks.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - typer gives it as it comes
    if wanted:
        sys.stdout.write(f"ormbench {version('ormbench')}\n")
        raise typer.Exit


@app.callback()
def _of_all(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


COMMANDS: dict[str, Callable[..., None]] = {
    "doctor": reading.doctor,
    "list": reading.list_cases,
    "check": measuring.check,
    "run": measuring.run,
    "report": reading.report,
    "publish": reading.publish,
    "claims": reading.claims,
    "compare": reading.compare,
    "export": reading.export,
    "calibrate": measuring.calibrate,
    "serve": serving.serve,
    "load": loading.load,
}
for name, command in COMMANDS.items():
    app.command(name)(command)
app.add_typer(serving.servers, name="servers")
