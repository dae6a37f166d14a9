"""Try a transaction again from its beginning where it lost against another one, within bounds."""

from __future__ import annotations

from typing import overload

from tenacity import (
    AsyncRetrying,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_after_delay,
    wait_random_exponential,
)

from bench.core.database import AsyncDatabase, Database
from target_app.errors import is_lost

TRIES = 20
"""A transaction that loses so often in a row ends in the error of its last try, which a client is told as 503."""
LONGEST_S = 10.0
"""So does one that was tried for so long: where locks are waited for, even a few tries take their time."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.002, 0.1
"""The pause is drawn from zero to a bound that doubles from try to try, so that rivals part ("full jitter")."""


@overload
def tries(db: Database) -> Retrying: ...
@overload
def tries(db: AsyncDatabase) -> AsyncRetrying: ...
def tries(db: Database | AsyncDatabase) -> Retrying | AsyncRetrying:
    """Return the tries of one transaction: each is a context that keeps what may be tried again.

    Every try opens a session of its own: one that has failed holds objects from before the rollback.
    """
    kind: type[Retrying | AsyncRetrying] = AsyncRetrying if isinstance(db, AsyncDatabase) else Retrying
    return kind(
        retry=retry_if_exception(is_lost),
        stop=stop_after_attempt(TRIES) | stop_after_delay(LONGEST_S),
        wait=wait_random_exponential(multiplier=FIRST_PAUSE_S, max=LONGEST_PAUSE_S),
        reraise=True,
    )
