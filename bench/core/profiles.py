"""The three profiles: how much is measured, and whether the outcome may be quoted."""

from __future__ import annotations

from dataclasses import dataclass

from bench.core.errors import UsageError
from bench.core.names import nearest


@dataclass(frozen=True)
class Profile:
    """A measuring effort that is fixed before the first block is timed.

    Rounds follow from the time that calibration predicts, never from the ratios seen so far: stopping when a
    ratio looks good would make its interval too narrow.
    """

    name: str
    passes: int
    """Fresh processes for each backend."""
    measuring_s: float
    """Time for all blocks of the run, all passes and backends together; warming up comes on top."""
    rounds: tuple[int, int]
    """The fewest and the most rounds of a group in one pass, whatever the budget says."""
    block_ms: float
    """Length of a block that calibration aims for."""
    size: str
    """Name of the dataset size."""
    evidence: bool = True
    counts_everything: bool = True
    """Whether combinations of parameters that are not timed are proved and counted too."""

    def __post_init__(self) -> None:
        # JSON gives lists back.
        object.__setattr__(self, "rounds", tuple(self.rounds))


EVERYTHING = "everything"
"""The name of a profile for which a scenario leaves out nothing: what `ormbench check` proves."""

PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile("smoke", 2, 4.0, (2, 3), 2.0, "small", evidence=False, counts_everything=False),
        Profile("quick", 8, 172.0, (4, 60), 6.0, "small"),
        Profile("full", 5, 900.0, (3, 40), 6.0, "medium"),
    )
}


def profile_named(name: str) -> Profile:
    """Return the profile of that name.

    Raises:
        UsageError: No profile has this name.
    """
    if name not in PROFILES:
        message = f"unknown profile {name!r}; {nearest(name, PROFILES)}"
        raise UsageError(message)
    return PROFILES[name]
