"""The load part of `ormbench run`: a few windows in turns, closed and open, into the folder of the measured cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bench.core.errors import OrmbenchError
from bench.core.store import RunFolder, write_json
from bench.load.measuring import FILE, Say
from bench.load.record import earlier, load_record
from bench.load.request import LoadRequest
from bench.load.run import find_ceiling, ready
from bench.load.stages import OPEN_SHARES, closed_stage, open_rates, open_stage

ROUNDS: Mapping[str, int] = {"quick": 3, "full": 8}
"""Of each stage, by the profile of the run; the others have no load, for few windows prove nothing that they do not."""
USERS = 8
"""Enough to keep two cores busy, and fewer than the usual pool has connections."""
WINDOW_S = 1.0
_USUAL = "postgresql"
_NARROWED = ("patterns", "files", "drivers", "delays_ms", "against")
"""Parts of a request that ask for something else than everything."""


def is_wanted(run: Mapping[str, Any]) -> bool:
    """Say whether a run is to have load: one of everything, of a profile that has it, and none is complete yet."""
    return run["profile"]["name"] in ROUNDS and bool(run["backends"]) and not any(map(run["request"].get, _NARROWED))


def add_load(folder: RunFolder, urls: Sequence[str], say: Say) -> None:
    """Measure the load part of a run whose cases are measured; what is complete is kept.

    It takes the first server of the user's own, else PostgreSQL, else what the run has. Whatever goes wrong is kept as
    a failure in load.json: it takes nothing from the cases.
    """
    run, place = folder.read(), folder.load
    if not is_wanted(run):
        return
    request = _request(run, urls)
    load = earlier(place / FILE) or load_record(request)
    if load["finished"]:
        return
    load["failures"] = []
    place.mkdir(exist_ok=True)
    try:
        with folder.held(), ready(request, place, load, say) as (measuring, subjects):
            find_ceiling(request, measuring)
            measuring.measure(closed_stage("short-closed", subjects, [USERS], request), "short")
            if rates := open_rates(measuring.cells("short"), subjects, OPEN_SHARES[:1]):
                measuring.measure(open_stage("short-open", subjects, rates, request), "short")
            measuring.save(finished=True)
    except OrmbenchError as error:
        load["failures"] = [str(error)]
        write_json(place / FILE, load)


def _request(run: Mapping[str, Any], urls: Sequence[str]) -> LoadRequest:
    kinds = [each["kind"] for each in run["backends"] if each["origin"] != "given"]
    backend = _USUAL if _USUAL in kinds else next(iter(kinds), None)
    return LoadRequest(
        backend=None if urls else backend,
        database=urls[0] if urls else None,
        users=(USERS,),
        rounds=ROUNDS[run["profile"]["name"]],
        window_s=WINDOW_S,
        seed=run["seed"],
    )
