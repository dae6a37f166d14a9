"""What is measured of the layer HTTP, and which runs have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.core.claims import Parameters
from bench.core.contrasts import Question, driver_pairs
from bench.core.drivers import DRIVERS

SCENARIO, VARIANT = "layers", "serialised"
"""Whose operation the service performs for each request, and whose answer it sends."""
_USUAL = "postgresql"
_OTHERWISE = ("files", "delays_ms", "against")
"""Parts of a request under which a run measures something that the service does not have."""


@dataclass(frozen=True)
class Effort:
    """How much is measured, fixed before the first request."""

    passes: int
    """Fresh starts of the service."""
    rounds: int
    """Blocks of each driver and combination of parameters in a pass."""


EFFORTS: Mapping[str, Effort] = {"quick": Effort(4, 10), "full": Effort(5, 12)}
"""By the profile of the run; the others have no layer HTTP, for what they measure is no evidence."""


@dataclass(frozen=True)
class HttpPlan:
    """Who is asked for what, and how often."""

    backend: str
    """Label of the backend in the run."""
    kind: str | None
    """Of a private server; None for one of the user's own."""
    url: str | None
    """Of the user's own server."""
    pairs: tuple[tuple[str, str], ...]
    """The drivers of each service, sync first: one library in two modes, and two stacks where there are any."""
    parameters: tuple[Parameters, ...]
    effort: Effort
    seed: int


def plan_of(run: Mapping[str, Any], urls: Sequence[str]) -> HttpPlan | None:
    """Return what a run measures of the layer HTTP; None where it has none.

    It has where it is evidence and measured the scenario in both modes, on a server without a delay: the first one of
    the user's own, else PostgreSQL, else what there is.

    Args:
        run: What run.json holds.
        urls: As given for the servers of the user's own, passwords among them; empty for those that the run names.
    """
    effort = EFFORTS.get(run["profile"]["name"])
    if effort is None or any(map(run["request"].get, _OTHERWISE)):
        return None
    groups = [group for group in run["groups"] if group["scenario"] == SCENARIO]
    own = _own_urls(run, urls)
    backend = _backend(run, groups, own)
    if backend is None:
        return None
    here = [group for group in groups if group["backend"] == backend["label"]]
    pairs = _pairs({case["driver"] for group in here for case in group["cases"]})
    if not pairs:
        return None
    url = own.get(backend["label"])
    return HttpPlan(
        backend=backend["label"],
        kind=None if url else backend["kind"],
        url=url,
        pairs=pairs,
        parameters=tuple(group["parameters"] for group in here),
        effort=Effort(min(effort.passes, run["profile"]["passes"]), effort.rounds),
        seed=run["seed"],
    )


def _own_urls(run: Mapping[str, Any], urls: Sequence[str]) -> dict[str, str]:
    """Return the user's own servers by their labels; none where it cannot be told which of them were measured."""
    labels = [each["label"] for each in run["backends"] if each["origin"] == "given"]
    known = list(urls) or run["request"]["urls"]
    return dict(zip(labels, known, strict=True)) if len(labels) == len(known) else {}


def _backend(
    run: Mapping[str, Any], groups: Sequence[Mapping[str, Any]], own: Mapping[str, str]
) -> Mapping[str, Any] | None:
    measured = {group["backend"] for group in groups}
    found = [
        each
        for each in run["backends"]
        if each["label"] in measured and (each["origin"] != "given" or each["label"] in own)
    ]
    return min(found, key=lambda each: (each["label"] not in own, each["kind"] != _USUAL), default=None)


def _pairs(names: set[str]) -> tuple[tuple[str, str], ...]:
    """Return the first pair of drivers of each kind, as the report shows them."""
    first: dict[Question, tuple[str, str]] = {}
    for question, awaited, blocking in driver_pairs([each for each in DRIVERS.values() if each.name in names]):
        first.setdefault(question, (blocking.name, awaited.name))
    return tuple(first[question] for question in (Question.MODE, Question.STACK) if question in first)
