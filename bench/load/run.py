"""The story of a run of load: applications, the generator's ceiling, then stage after stage, each kept."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.core.discovery import discover
from bench.core.doubts import with_core_doubts
from bench.core.environment import comparable_part, environment
from bench.core.errors import OrmbenchError, UsageError
from bench.core.load_pairs import scenario_pair
from bench.core.load_plan import Model, Subject
from bench.core.store import RunFolder, create_run, now
from bench.load.applications import served
from bench.load.ceiling import ceiling_per_s, ceiling_stage, wrk_per_s
from bench.load.generator_process.user_classes import chosen_pairs
from bench.load.judging.sweep import next_users
from bench.load.measuring import FILE, Measuring, Say
from bench.load.record import LOAD_FORMAT, PROFILE, backends_of, described, load_record, run_record
from bench.load.refusals import refuse_impossible
from bench.load.request import LoadRequest
from bench.load.searching import search_knees
from bench.load.stages import FACTOR_USERS, MOST_USERS, closed_stage, open_rates, open_stage, subjects_of
from bench.load.surroundings import bare_surroundings, needs_scenarios, surroundings_of


def start(request: LoadRequest, results: Path, say: Say) -> RunFolder:
    """Begin a new run of load and bring it to its end, a bad one too: then load.json holds the failure.

    Raises:
        UsageError: The request names what does not exist or what this machine lacks.
        OrmbenchError: A server or an application did not start.
    """
    refuse_impossible(request)
    folder = create_run(results, PROFILE)
    place = folder.load
    try:
        place.mkdir()
        _carry_out(request, folder, run_record(request, folder), load_record(request), say)
    except BaseException:
        if not folder.has_record:
            shutil.rmtree(place, ignore_errors=True)
            folder.remove_if_empty()
        raise
    return folder


def resume(folder: RunFolder, database: str | None, say: Say) -> RunFolder:
    """Measure the stages that a run of load lacks.

    Raises:
        UsageError: It is no run of load, or a damaged one, it began on another environment, or the password of its
            database is needed again.
        OrmbenchError: A server or an application did not start.
    """
    run, file = folder.read(), folder.load / FILE
    if run.get("profile", {}).get("name") != PROFILE:
        message = f"run {folder.id} is none of load; go on with: ormbench run --resume {folder.quoted}"
        raise UsageError(message)
    try:
        load = json.loads(file.read_text(encoding="utf-8"))
        complete = load["format"] == LOAD_FORMAT and load["finished"]
        request = LoadRequest.from_data(load["request"], database)
        before, here = comparable_part(run["environment"]), comparable_part(environment())
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"{file} is missing or damaged ({error}); start a new run"
        raise UsageError(message) from None
    changed = sorted(name for name in before if before[name] != here[name])
    if changed:
        message = f"run {folder.id} began on another environment ({', '.join(changed)} changed); start a new run"
        raise UsageError(message)
    if not complete:
        _carry_out(request, folder, run, load | {"failures": []}, say)
    return folder


def _carry_out(request: LoadRequest, folder: RunFolder, run: dict[str, Any], load: dict[str, Any], say: Say) -> None:
    with folder.held(), ready(request, folder.load, load, say) as (measuring, subjects):
        server = measuring.applications.server
        doubts = with_core_doubts(run, server_here=server is not None and server.is_here)
        run |= {"backends": backends_of(load), "doubts": doubts}
        folder.write(run)
        try:
            _measure(request, subjects, measuring)
            measuring.save(finished=True)
            folder.write(run | {"finished": now()})
        except OrmbenchError as error:
            measuring.save(failures=[*load["failures"], str(error)])
        except BaseException as error:
            error.add_note(f"complete stages are kept, go on with: ormbench load --resume {folder.quoted}")
            raise


@contextmanager
def ready(
    request: LoadRequest, place: Path, load: dict[str, Any], say: Say
) -> Iterator[tuple[Measuring, tuple[Subject, ...]]]:
    """Bring the applications up, and yield what stages are measured with and who is asked in them.

    Args:
        request: What the user asked for.
        place: `results/<run>/load`.
        load: What load.json holds; it is filled and written.
        say: Gets a line for each step.

    Raises:
        UsageError: The request names what does not exist or what this machine lacks.
        OrmbenchError: A server or an application did not start.
    """
    scenarios = needs_scenarios(request)
    mounted = [scenario_pair(each.name, one.name) for each in discover() for one in each.variants] if scenarios else []
    # Before anything is started: a name that is mistyped is refused at once.
    pairs = chosen_pairs(request.pairs, request.own_pairs, bare_surroundings(request), mounted)
    with served(request, say, scenarios=scenarios) as applications:
        surroundings = surroundings_of(request, applications.every[0].base_url, place, scenarios=scenarios)
        about = described(applications, pairs)
        # Stages that are kept were measured at other ports.
        load |= about | {"application": load["application"] | about["application"]}
        measuring = Measuring(place, load, applications, surroundings, say)
        measuring.save()
        yield measuring, subjects_of(pairs, applications.every)


def _measure(request: LoadRequest, subjects: tuple[Subject, ...], measuring: Measuring) -> None:
    if request.app_url is None:
        find_ceiling(request, measuring)
    if request.factors:
        _compare_settings(request, subjects, measuring)
        return
    if Model.CLOSED in request.models:
        _sweep(request, subjects, measuring)
    rates = _given_rates(request, subjects)
    if not rates and Model.OPEN in request.models and request.slo is None:
        rates = open_rates(measuring.cells("sweep"), subjects)
    if rates:
        measuring.measure(open_stage("open", subjects, rates, request), "open")
    if request.slo is not None:
        search_knees(request, request.slo, subjects, measuring)


def find_ceiling(request: LoadRequest, measuring: Measuring) -> None:
    """Find what the generator can send at most, before anything is asked of the application in earnest.

    Raises:
        OrmbenchError: The generator or an application ended.
    """
    host = measuring.applications.every[0].base_url
    reading = measuring.measure(ceiling_stage(host, request.workers, request.window_s, request.seed), "ceiling")
    measuring.save(ceiling_per_s=ceiling_per_s(reading))
    if measuring.record["wrk_per_s"] is None:
        measuring.save(wrk_per_s=wrk_per_s(host, request.window_s))


def _compare_settings(request: LoadRequest, subjects: tuple[Subject, ...], measuring: Measuring) -> None:
    """Let all settings take turns in one stage for each model of load."""
    if Model.CLOSED in request.models:
        stage = closed_stage("factor-closed", subjects, request.users or FACTOR_USERS, request)
        measuring.measure(stage, "factor")
    if rates := _given_rates(request, subjects):
        measuring.measure(open_stage("factor-open", subjects, rates, request), "factor")


def _given_rates(request: LoadRequest, subjects: Sequence[Subject]) -> dict[str, tuple[float, ...]]:
    """Return the rates of `--rate` for every pair; nothing where it was not given."""
    return {each.pair: request.rates_per_s for each in subjects if request.rates_per_s}


def _sweep(request: LoadRequest, subjects: tuple[Subject, ...], measuring: Measuring) -> None:
    if request.users:
        measuring.measure(closed_stage("sweep", subjects, request.users, request), "sweep")
        return
    users = 1
    while users:
        measuring.measure(closed_stage(f"sweep-{users:03}", subjects, [users], request), "sweep")
        users = next_users(measuring.cells("sweep"), MOST_USERS) or 0
