"""`ormbench load`: put an application under load, show what came out, and end with the right exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.cli.main import Stopped
from bench.cli.running import make_folder
from bench.cli.terminal import Terminal
from bench.core.errors import OrmbenchError, UsageError
from bench.core.store import RunFolder, find_run
from bench.load.applications import served
from bench.load.gate import JUNIT, judge_run
from bench.load.generator_process.process import HOST
from bench.load.judging.conditions import Outcome
from bench.load.judging.thresholds import Result
from bench.load.measuring import FILE
from bench.load.refusals import refuse_impossible
from bench.load.request import LoadRequest
from bench.load.run import resume, start
from bench.load.surroundings import surroundings_of
from bench.load.target.process import free_port
from bench.load.web_ui import web_ui

_OF_WINDOWS = ("pairs", "model", "users", "rates_per_s", "arrivals", "slo", "thresholds", "rounds", "window_s")
"""Parts of a request that say what is asked, and for how long."""


def start_load(request: LoadRequest, results: Path, reports: Path, *, as_json: bool = False) -> None:
    """Measure, render, and exit with 1 where a stage failed or a threshold was missed."""
    make_folder(reports)
    console = Terminal(stderr=as_json)
    _finish(start(request, results, console.say), reports, console, as_json=as_json)


def resume_load(request: LoadRequest, name: str, results: Path, reports: Path, *, as_json: bool = False) -> None:
    """Measure the stages that a run lacks, render, and exit as `start_load` does.

    Raises:
        UsageError: Something was asked for that the run has decided already.
    """
    if request != LoadRequest(database=request.database):
        message = "--resume keeps to the plan of its run; leave out everything but --database, --out and --reports"
        raise UsageError(message)
    make_folder(reports)
    console = Terminal(stderr=as_json)
    folder = resume(find_run(results, name), request.database, console.say)
    _finish(folder, reports, console, as_json=as_json)


def open_web_ui(request: LoadRequest, port: int) -> None:
    """Bring database, application and Locust's web UI up until Ctrl-C or SIGTERM, which is a good end here.

    Raises:
        UsageError: The call was wrong, or the port is taken.
        OrmbenchError: Something did not start, or ended by itself.
    """
    if request.factors or request.delay_ms:
        message = "--ui has one application, without a delay; leave out --sweep and --delay"
        raise UsageError(message)
    usual = LoadRequest()
    if any(getattr(request, name) != getattr(usual, name) for name in _OF_WINDOWS):
        message = "--ui leaves it to the browser what is asked; leave out PAIR and the options of windows"
        raise UsageError(message)
    refuse_impossible(request)
    free_port(HOST, port)
    console, own = Terminal(), request.app_url is not None
    with TemporaryDirectory(prefix="ormbench-load-") as folder:
        place = Path(folder)
        with served(request, console.say, scenarios=not own) as applications:
            host = applications.every[0].base_url
            surroundings = surroundings_of(request, host, place, scenarios=not own)
            with (
                web_ui(applications, surroundings, place, port=port, workers=request.workers) as ui,
                # From the first line on: whoever reads the last one may press Ctrl-C before we wait.
                suppress(Stopped),
            ):
                console.say(f"application: {host}")
                console.say(f"{ui.url} is ready; Ctrl-C ends it.")
                ui.wait()


def _finish(folder: RunFolder, reports: Path, console: Terminal, *, as_json: bool) -> None:
    from bench.cli.reporting import render_with_data, show_and_render  # noqa: PLC0415 - slow to import, refusing is not

    place = folder.load
    not_met = judge_run(place)
    if as_json:
        sys.stdout.write(json.dumps(render_with_data(folder, reports, console), indent=1, allow_nan=False) + "\n")
    else:
        show_and_render(folder, reports, console)
    failures = json.loads((place / FILE).read_text(encoding="utf-8"))["failures"]
    if failures:
        message = f"{failures[-1]}; complete stages are kept, go on with: ormbench load --resume {folder.quoted}"
        raise OrmbenchError(message)
    if not_met:
        raise OrmbenchError("; ".join([*_reasons(not_met), f"see {place / JUNIT}"]))


def _reasons(not_met: Sequence[Result]) -> Iterator[str]:
    """Yield why thresholds are not met: those that were missed together, each that was judged nowhere by itself."""
    missed = [each for each in not_met if each.judgement.outcome is Outcome.FAILED]
    if missed:
        texts = ", ".join(dict.fromkeys(each.threshold.text for each in missed))
        yield f"{len(missed)} missed of the thresholds {texts}"
    for each in not_met:
        if each.judgement.outcome is Outcome.NOT_JUDGED:
            what = f"{each.judgement.condition.text} of the threshold {each.threshold.text}"
            yield f"{what} was judged nowhere: {each.judgement.reason}"
