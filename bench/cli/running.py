"""`ormbench run` and `ormbench check`: start the work, show what came out, and end with the right exit code."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import typer
from rich.console import Console
from rich.text import Text

from bench.cli.progress import watch_on
from bench.core.errors import UsageError
from bench.core.store import RunFolder, find_run
from bench.measure.proofs import Proof
from bench.micro.checking import check
from bench.micro.plan import Plan
from bench.micro.request import Request
from bench.micro.run import resume, start

_MOST_LEFT_OUT = 20
"""Lines about what cannot run; a check of the whole catalogue has many more."""


def start_run(request: Request, results: Path, reports: Path) -> None:
    """Measure, render, and exit with 1 where a case failed."""
    _make(reports)
    console = Console()
    _finish(start(request, results, watch_on(console)), reports, console)


def refuse_with_resume(*asked: object) -> None:
    """Refuse what a resumed run would have to ignore: it measures what it began to measure.

    Raises:
        UsageError: Something was asked for that the run has decided already.
    """
    if any(each is not None for each in asked):
        message = (
            "--resume keeps to the plan of its run; leave out SELECT, --backend, --driver, --scenario, --delay, "
            "--size and --passes"
        )
        raise UsageError(message)


def resume_run(name: str, urls: tuple[str, ...], results: Path, reports: Path) -> None:
    """Measure what a run lacks, render, and exit with 1 where a case failed."""
    _make(reports)
    console = Console()
    _finish(resume(find_run(results, name), urls, watch_on(console)), reports, console)


def check_cases(request: Request, *, as_json: bool) -> None:
    """Show what was proved, and exit with 1 where a proof failed."""
    console = Console(stderr=as_json)
    plan, proof = check(request, watch_on(console))
    if as_json:
        json.dump(_proof_data(plan, proof), sys.stdout, indent=1)
        sys.stdout.write("\n")
    else:
        _show_proof(plan, proof, console)
    if proof.failures:
        raise typer.Exit(1)


def _make(reports: Path) -> None:
    """Find out before anything is measured that the report cannot be written."""
    try:
        reports.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"cannot write to {reports}: {error.strerror}; choose another folder with --reports"
        raise UsageError(message) from None


def _finish(folder: RunFolder, reports: Path, console: Console) -> None:
    from bench.cli.reporting import show_and_render  # noqa: PLC0415 - drawing is slow to import, refusing is not

    show_and_render(folder, reports, console)
    if folder.read()["failures"]:
        raise typer.Exit(1)


def _proof_data(plan: Plan, proof: Proof) -> dict[str, object]:
    return {
        "groups": len(plan.groups),
        "counts": [{"case": each.case.id, "statements": each.statements, "rows": each.rows} for each in proof.counts],
        "failures": [asdict(failure) for failure in proof.failures],
        "left_out": plan.left_out,
    }


def _show_proof(plan: Plan, proof: Proof, console: Console) -> None:
    for failure in proof.failures:
        console.print(Text.assemble((f"{failure.stage}: ", "bold red"), failure.case), soft_wrap=True)
        for line in failure.message.splitlines():
            console.print(Text(f"  {line}"), soft_wrap=True)
    cases = [case for group in plan.groups for case in group.cases()]
    sound = len(proof.valid(cases))
    verdict = "all do the same work" if sound == len(cases) else f"{len(cases) - sound} are void"
    console.print(Text(f"{len(cases)} cases in {len(plan.groups)} groups: {verdict}."))
    for left in plan.left_out[:_MOST_LEFT_OUT]:
        console.print(Text(f"Left out: {left['what']}: {left['reason']}", style="dim"))
    if len(plan.left_out) > _MOST_LEFT_OUT:
        console.print(Text(f"and {len(plan.left_out) - _MOST_LEFT_OUT} more; --json names them all", style="dim"))
