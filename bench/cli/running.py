"""`ormbench run` and `ormbench check`: start the work, show what came out, and end with the right exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryFile

import typer
from rich.console import Console
from rich.text import Text

from bench.cli.progress import watch_on
from bench.cli.terminal import Terminal
from bench.core.errors import OrmbenchError, UsageError
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
    make_folder(reports)
    console = Terminal()
    folder = start(request, results, watch_on(console))
    _add(folder, request.urls, console)
    _finish(folder, reports, console)


def refuse_with_resume(*asked: object) -> None:
    """Refuse what a resumed run would have to ignore: it measures what it began to measure.

    Raises:
        UsageError: Something was asked for that the run has decided already.
    """
    if any(each is not None for each in asked):
        message = (
            "--resume keeps to the plan of its run; leave out SELECT, --profile, --backend, --driver, --scenario, "
            "--delay, --size, --passes, --against, --experiments, --load and --seed"
        )
        raise UsageError(message)


def resume_run(name: str, urls: tuple[str, ...], results: Path, reports: Path) -> None:
    """Measure what a run lacks, render, and exit with 1 where a case failed."""
    make_folder(reports)
    console = Terminal()
    folder = find_run(results, name)
    _refuse_without_cases(folder)
    resume(folder, urls, watch_on(console))
    _add(folder, urls, console)
    _finish(folder, reports, console)


def check_cases(request: Request, *, as_json: bool) -> None:
    """Show what was proved, and exit with 1 where a proof failed."""
    console = Terminal(stderr=as_json)
    plan, proof = check(request, watch_on(console))
    if as_json:
        json.dump(_proof_data(plan, proof), sys.stdout, indent=1)
        sys.stdout.write("\n")
    else:
        _show_proof(plan, proof, console)
    if proof.failures:
        raise typer.Exit(1)


def make_folder(reports: Path) -> None:
    """Find out before anything is measured that the report cannot be written."""
    try:
        reports.mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=reports).close()
    except OSError as error:
        message = f"cannot write to {reports}: {error.strerror}; choose another folder with --reports"
        raise UsageError(message) from None


def _refuse_without_cases(folder: RunFolder) -> None:
    """Refuse to measure cases into a run that is to have none.

    Raises:
        UsageError: It is one of load or of experiments alone.
    """
    from bench.experiments.run import NAME as EXPERIMENTS_ALONE  # noqa: PLC0415 - see `_add`
    from bench.load.record import PROFILE as LOAD_ALONE  # noqa: PLC0415 - see `_add`

    record = folder.read()
    match record.get("profile", {}).get("name"):
        case name if name == LOAD_ALONE:
            how = f"load alone; go on with: ormbench load --resume {folder.quoted}"
        case name if name == EXPERIMENTS_ALONE:
            how = f"experiments alone; perform them again with: {record.get('command')}"
        case _:
            return
    message = f"run {folder.id} is one of {how}"
    raise UsageError(message)


def _add(folder: RunFolder, urls: tuple[str, ...], console: Terminal) -> None:
    """Add what a run has beside its cases; these are complete by now, whatever becomes of the rest."""
    # Slow to import, and what is refused needs none of it.
    from bench.experiments.part import add_part  # noqa: PLC0415
    from bench.load.http_layer.measuring import add_http_layer  # noqa: PLC0415
    from bench.load.short import add_load  # noqa: PLC0415

    wanted = Request.from_data(folder.read()["request"], urls)
    with _kept(folder):
        if wanted.experiments:
            add_part(folder, urls, watch_on(console))
        if wanted.load:
            add_http_layer(folder, urls, console.say)
            add_load(folder, urls, console.say)


@contextmanager
def _kept(folder: RunFolder) -> Iterator[None]:
    """Tell whoever reads of the end what the measured cases are good for."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"all cases are measured, show them with: ormbench report {folder.quoted}")
        raise


def _finish(folder: RunFolder, reports: Path, console: Console) -> None:
    from bench.cli.reporting import show_and_render  # noqa: PLC0415 - drawing is slow to import, refusing is not
    from bench.experiments.part import failures_of as failures_of_experiments  # noqa: PLC0415 - see `_add`
    from bench.load.measuring import FILE  # noqa: PLC0415 - see `_add`
    from bench.load.record import failures_of  # noqa: PLC0415 - see `_add`

    with _kept(folder):
        show_and_render(folder, reports, console)
    parts = (
        ("experiments", failures_of_experiments(folder)),
        ("layer HTTP", failures_of(folder.http_layer)),
        ("load", failures_of(folder.load / FILE)),
    )
    if texts := [f"{name}: {failures[-1]}" for name, failures in parts if failures]:
        message = f"a part of the run failed, the cases are kept: {'; '.join(texts)}"
        raise OrmbenchError(message)
    run = folder.read()
    if run["failures"] or (run.get("against") or run)["failures"]:
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
