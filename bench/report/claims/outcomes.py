"""The words for what a claim came to under a set of parameters, and why it was left open where it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Decision(StrEnum):
    """What became of a claim."""

    UPHELD = "upheld"
    REFUTED = "refuted"
    DEPENDS = "depends"
    """Upheld under some of the conditions and refuted under others."""
    UNDECIDED = "undecided"


class Cause(StrEnum):
    """Why a ratio or an experiment decides nothing."""

    WIDE = "too wide to tell"
    """The interval holds the limit, and ratios that differ from it by more than anybody would overlook."""
    NEAR = "too near the limit to tell"
    """The interval is narrow and holds the limit: more measuring would hardly matter."""
    MANY = "not certain among so many"
    """The interval leaves out the limit, but among all comparisons of the claim some would by chance."""
    SINGLE = "without an interval"
    """Of one pass alone."""
    NOT_VALID = "not valid"
    FAILED = "failed"
    """An experiment that came to no outcome."""
    NOT_SEEN = "not seen in so few repetitions"
    """Of a claim that something can happen."""


@dataclass(frozen=True)
class Outcome:
    """What a claim came to in one comparison, count or experiment, with what was found."""

    decision: Decision
    text: str
    cause: Cause | None = None
    """Why it is undecided."""
    parameters: tuple[str, ...] = ()
    """The ids of the sets of parameters that it was found under, without a delay; empty where there are none."""
    group: str = ""
    """The id of the group of cases that it was found in, where it is one."""
    differing: str | None = None
    """Of an experiment, what stands for a long text: that in which it differs from the claim, or nothing."""


Spot = tuple[str, str]
"""Where a claim is put to the test: the label of a backend, and a driver."""
Outcomes = Mapping[Spot, tuple[Outcome, ...]]
