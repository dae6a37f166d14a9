"""Which pairs of user classes a generator has: it is asked, for nobody but Locust's own process imports them."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence

from bench.core.errors import UsageError
from bench.core.load_pairs import FORMS, Pair, pairs_of
from bench.core.names import nearest
from bench.load.generator_process.process import Surroundings

USUAL = "Shopper"
"""The pair that is asked where nobody names one: a mix of reads and writes."""
_LIMIT_S = 60.0
_FALLBACK = "load_locustfile_pytest"
"""Where no file has a user class, Locust takes them for tests of pytest, and stumbles in this function of its own."""


def chosen_pairs(
    names: Sequence[str],
    given: Mapping[str, tuple[str, str]],
    surroundings: Surroundings,
    mounted: Sequence[Pair] = (),
) -> list[Pair]:
    """Return the pairs of these names; where none is named those that were given, else the usual, else all.

    Args:
        names: Those that the user asks for.
        given: Those that the user made, by name.
        surroundings: Of a generator that has the user classes of all other pairs.
        mounted: Pairs whose user classes a generator has once the app has described itself.

    Raises:
        UsageError: There is no such pair, or the user's file cannot be loaded.
    """
    pairs = {pair.name: pair for pair in (*mounted, *pairs_of(user_classes(surroundings), given))}
    if not pairs:
        message = (
            f"the locustfile has no pair of user classes; name them {FORMS}, "
            f"or say by --pair NAME=A,B which belong together"
        )
        raise UsageError(message)
    wanted = names or tuple(given) or ((USUAL,) if USUAL in pairs else tuple(pairs))
    unknown = next((name for name in wanted if name not in pairs), None)
    if unknown is not None:
        message = f"there is no pair {unknown!r}; {nearest(unknown, pairs)}"
        raise UsageError(message)
    return [pairs[name] for name in dict.fromkeys(wanted)]


def user_classes(surroundings: Surroundings) -> list[str]:
    """Return the names of all user classes that the locustfiles define.

    Raises:
        UsageError: One cannot be loaded.
    """
    command, environment = surroundings.command("--list"), surroundings.environment()
    try:
        done = subprocess.run(
            command,
            env=environment,
            cwd=surroundings.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_LIMIT_S,
        )
    except subprocess.TimeoutExpired:
        message = f"Locust did not load {surroundings.locustfile or 'our locustfile'} within {_LIMIT_S:g} s"
        raise UsageError(message) from None
    if _FALLBACK in done.stderr:
        return []
    if done.returncode != 0:
        told = [line.strip() for line in f"{done.stdout}\n{done.stderr}".splitlines() if line.strip()]
        file = surroundings.locustfile or "our locustfile"
        message = f"Locust cannot load {file}: {told[-1] if told else 'it left no output'}"
        raise UsageError(message)
    _, _, listed = done.stdout.partition("Available Users:")
    return [line.strip() for line in listed.splitlines() if line.strip()]
