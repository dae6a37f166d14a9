"""The experiments of a full run: performed when its cases are measured, into the same folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bench.core.errors import OrmbenchError
from bench.core.store import RunFolder, write_json
from bench.experiments import record as records
from bench.experiments.run import add_experiments
from bench.micro.request import Request
from bench.micro.watch import Watch

PROFILE = "full"
"""The profile whose runs have experiments: they take longer than a quick run does."""
SIZE = "small"
"""Of the data, as `ormbench check --experiments` has it."""
_NARROWED = ("patterns", "files", "against")
"""Parts of a request that ask for something else than everything."""


def is_wanted(run: Mapping[str, Any]) -> bool:
    """Say whether a run is to have experiments: a full one of everything that this machine has."""
    is_full = run["profile"]["name"] == PROFILE and bool(run["backends"])
    return is_full and not any(map(run["request"].get, _NARROWED))


def add_part(folder: RunFolder, urls: Sequence[str], watch: Watch) -> None:
    """Perform the experiments of a run whose cases are measured; what is performed already is kept.

    Whatever goes wrong is kept as a failure in experiments.json: it takes nothing from the cases.
    """
    run = folder.read()
    if not is_wanted(run) or _is_complete(records.read(folder)):
        return
    request = Request.from_data(run["request"], tuple(urls))
    request = replace(request, profile=replace(request.profile, size=SIZE))
    try:
        with folder.held():
            add_experiments(folder, request, watch)
    except OrmbenchError as error:
        kept = records.read(folder) or records.first_record(())
        write_json(folder.experiments, kept | {"failures": [str(error)]})


def _is_complete(record: dict[str, Any] | None) -> bool:
    """Say whether there is nothing to perform: a worker that died costs an experiment its outcome, for this attempt."""
    return record is not None and bool(record["finished"]) and not records.failures(record)


def failures_of(folder: RunFolder) -> list[str]:
    """Return why the experiments of a run are not complete; nothing where they are, or where the run has none."""
    record = records.read(folder)
    if record is None:
        return []
    without = len(records.failures(record))
    return [*record["failures"], *([f"{without} of the experiments came to no outcome"] if without else [])]
