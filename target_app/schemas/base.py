"""What all models of the wire share: no unknown fields come in, rows and entities go out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

LARGEST_INTEGER = 2**31 - 1
"""The largest INTEGER of PostgreSQL, MariaDB and MySQL, and so the highest id."""

# PostgreSQL cannot store the character 0 in a text.
NO_NUL = r"^[^\x00]+$"

Reference = Annotated[int, Field(ge=1, le=LARGEST_INTEGER)]
"""The id of something, whether it is there or not."""
Name = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=NO_NUL)]
Cents = Annotated[int, Field(ge=0, le=1_000_000_000, description="Money in whole cents.")]


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)


Moment = Annotated[datetime, AfterValidator(_in_utc)]
"""A moment of the shop, which keeps naive UTC, told with its zone."""


class Received(BaseModel):
    """Something that a client sends."""

    model_config = ConfigDict(extra="forbid")


class Answered(BaseModel):
    """Something that a client is answered, made from a row or an entity whose session is closed.

    What was not loaded cannot be loaded here: it raises, instead of sending statements while a response is built.
    """

    model_config = ConfigDict(from_attributes=True)
