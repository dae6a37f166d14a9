"""Build experiments.json: what was said and expected, what came out of it on every driver, and with which versions."""

from __future__ import annotations

import inspect
import json
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from typing import Any

from bench.core.contract import Place
from bench.core.discovery import discover_sayings
from bench.core.errors import UsageError
from bench.core.experiments import Experiment, told
from bench.core.store import RunFolder
from bench.experiments.judging import judge, tally
from bench.experiments.process import Performed

FORMAT = 1
"""Version of experiments.json; history: 1 (2026-11) first."""


def first_record(experiments: Iterable[Experiment]) -> dict[str, Any]:
    """Return what is known before anything is performed."""
    return {
        "format": FORMAT,
        "finished": False,
        "failures": [],
        "sayings": [asdict(saying) for saying in discover_sayings()],
        "experiments": [_experiment_data(each) for each in experiments],
    }


def _experiment_data(experiment: Experiment) -> dict[str, Any]:
    return {
        "name": experiment.name,
        "theme": experiment.theme,
        "question": experiment.question,
        "how": experiment.how,
        "explained": experiment.explained,
        "explained_at": sorted(experiment.explained_at),
        "remark": experiment.remark,
        "repeats": experiment.repeats,
        "divergence": experiment.divergence.reason if experiment.divergence else None,
        "source": _source(experiment.run),
        "source_async": _source(experiment.run_async),
        "claims": [{"id": said.id, "text": said.text, "advice": said.advice} for said in experiment.claims],
        "results": [],
    }


def read(folder: RunFolder) -> dict[str, Any] | None:
    """Return the experiments.json of a run; None where there is none, or a damaged one."""
    try:
        return dict(json.loads(folder.experiments.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None


def adopt(earlier: dict[str, Any], record: dict[str, Any]) -> None:
    """Take over what an earlier attempt has performed; what had no outcome there, or was changed since, is left out."""
    known = {each["name"]: each for each in earlier["experiments"]}
    for each in record["experiments"]:
        before = known.get(each["name"])
        if before is not None and before | {"results": []} == each:
            each["results"] = [result for result in before["results"] if "error" not in result]


def _source(body: Callable[..., Any] | None) -> str:
    return textwrap.dedent(inspect.getsource(body)).rstrip() if body else ""


def left_out_data(backend: str, driver: str, reason: str) -> dict[str, Any]:
    """Return the entry of an experiment that makes no sense on a driver, or may not run there."""
    return {"backend": backend, "driver": driver, "left_out": reason}


def result_data(experiment: Experiment, backend: str, place: Place, performed: Performed) -> dict[str, Any]:
    """Return the entry of an experiment that was performed: the outcomes and what they mean, or why there are none."""
    where = {"backend": backend, "driver": place.driver.name, "version": place.driver.installed_version}
    if performed.error is not None:
        # Which claims are about this place is known all the same.
        predicted = judge(experiment, place, ()).predicted
        return where | {"error": performed.error, "predicted": list(predicted)}
    try:
        judgement = judge(experiment, place, performed.outcomes)
    except UsageError as error:
        return result_data(experiment, backend, place, replace(performed, error=str(error)))
    return where | {
        "outcomes": [
            {"outcome": outcome, "words": told(outcome), "times": times} for outcome, times in tally(performed.outcomes)
        ],
        "expected": judgement.expected,
        "as_expected": judgement.as_expected,
        "is_explained": experiment.explains(place),
        "predicted": list(judgement.predicted),
        "upheld": list(judgement.upheld),
        "seconds": [round(each, 4) for each in performed.seconds],
        "left_connections": performed.left_connections,
    }


def failures(record: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the results without an outcome, each with the name of its experiment."""
    return _picked(record["experiments"], lambda result: "error" in result)


def surprises(record: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the results that are other than expected, each with the name of its experiment."""
    return _picked(record["experiments"], lambda result: result.get("as_expected") is False)


def _picked(
    experiments: Sequence[dict[str, Any]], is_wanted: Callable[[dict[str, Any]], bool]
) -> list[tuple[str, dict[str, Any]]]:
    return [(each["name"], result) for each in experiments for result in each["results"] if is_wanted(result)]
