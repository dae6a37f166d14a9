"""`ormbench check --experiments`: perform them, show what came out, and exit with 1 where one has no outcome."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import typer
from rich.console import Console
from rich.text import Text

from bench.cli.progress import watch_on
from bench.cli.terminal import Terminal
from bench.experiments.record import failures, surprises
from bench.experiments.run import run_experiments
from bench.micro.request import Request
from bench.report.reading.experiments import ExperimentUsed, Result, read

_FINDING = {True: ("as expected", "green"), False: ("unexpected", "yellow"), None: ("found", "default")}


def show_experiments(request: Request, results: Path, *, as_json: bool) -> None:
    """Perform what the request picks and show each outcome; unexpected ones are findings, not failures."""
    console = Terminal(stderr=as_json)
    folder, record = run_experiments(request, results, watch_on(console))
    if as_json:
        json.dump(record, sys.stdout, indent=1, ensure_ascii=False)
        sys.stdout.write("\n")
    elif performed := read(folder.path):
        for experiment in performed.experiments:
            _show(experiment, console)
    done = sum("outcomes" in result for each in record["experiments"] for result in each["results"])
    failed = failures(record)
    tally = f"{done} outcomes, {len(surprises(record))} unexpected, {len(failed)} failed; kept in {folder.path}."
    console.print(Text(tally), soft_wrap=True)
    console.print(Text(f"Verdicts on the claims: ormbench claims {folder.quoted}"), soft_wrap=True)
    if failed:
        raise typer.Exit(1)


def _show(experiment: ExperimentUsed, console: Console) -> None:
    claims = ", ".join(dict.fromkeys(claim.id for claim in experiment.claims))
    about = f" ({claims})" if claims else ""
    console.print(Text.assemble((experiment.name, "bold"), f"{about}: {experiment.question}"), soft_wrap=True)
    for places, line in _alike(experiment):
        console.print(Text.assemble(f"  {places}: ", line), soft_wrap=True)


def _alike(experiment: ExperimentUsed) -> Iterator[tuple[str, Text]]:
    """Yield what was found, with the places where it was the same put together."""
    together: dict[str, tuple[Text, list[str]]] = {}
    for result in experiment.results:
        line = _line(result)
        together.setdefault(line.plain, (line, []))[1].append(f"{result.backend}+{result.driver}")
    for line, places in together.values():
        yield ", ".join(places), line


def _line(result: Result) -> Text:
    if result.left_out is not None:
        return Text(f"left out: {result.left_out}", style="dim")
    if result.error is not None:
        return Text(f"failed: {result.error}", style="bold red")
    word, style = _FINDING[result.as_expected]
    expected = f" (expected: {result.expected})" if result.as_expected is False else ""
    return Text.assemble((word, style), f": {result.words}{expected}")
