"""Users as they come in and go out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from operator import itemgetter
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from target_app.schemas.base import Answered, Moment, Name, Received

MOST_AT_ONCE = 1_000
"""Users in one bulk request."""

# Printable, and without a slash, behind which a path would go on.
Email = Annotated[str, StringConstraints(max_length=120, pattern=r"^[!-.0-?A-~]+@[!-.0-?A-~]+$")]
Domain = Annotated[str, StringConstraints(max_length=100, pattern=r"^[!-.0-?A-~]+$")]


class Strategy(StrEnum):
    """How the orders of a user are loaded."""

    SELECT = "select"
    """Lazily, when they are first looked at."""
    SELECTIN = "selectin"
    JOINED = "joined"
    SUBQUERY = "subquery"


class Method(StrEnum):
    """How many users are written."""

    PER_ROW = "per_row"
    """Each is added and flushed by itself."""
    ADD_ALL = "add_all"
    """All are added and flushed together."""
    BULK = "bulk"
    """One INSERT that knows no entities."""


class NewUser(Received):
    """A user to be."""

    name: Name
    email: Email
    active: bool = True


class UserPatch(Received):
    """What is to change of a user; what is left out stays."""

    name: Name | None = None
    email: Email | None = None
    active: bool | None = None


class NewUsers(Received):
    """Users to be, together or not at all."""

    users: Annotated[list[NewUser], Field(min_length=1, max_length=MOST_AT_ONCE)]

    def rows(self, created_at: datetime) -> list[dict[str, Any]]:
        """Return the rows to be written, in the one order in which all write, so that no two wait for each other."""
        rows = [{**user.model_dump(), "created_at": created_at} for user in self.users]
        return sorted(rows, key=itemgetter("email"))


class User(Answered):
    """A customer."""

    id: int
    name: str
    email: str
    active: bool
    created_at: Moment


class UserPage(Answered):
    """Users in the order of their ids."""

    users: list[User]
    next_after: int | None = Field(description="What to give as `after` for the next page; null after the last one.")

    @classmethod
    def of(cls, users: Sequence[Any], limit: int) -> UserPage:
        """Return a page of at most so many users."""
        last = users[-1].id if len(users) == limit else None
        return cls(users=[User.model_validate(user) for user in users], next_after=last)


class UserOrder(Answered):
    """An order, as one of a user's."""

    id: int
    status: str
    total_cents: int
    placed_at: Moment


class UserOrders(Answered):
    """A user with all orders."""

    id: int
    name: str
    orders: list[UserOrder]

    @classmethod
    def of(cls, user: Any, orders: Sequence[Any]) -> UserOrders:  # noqa: ANN401 - an entity
        """Return a user with these orders."""
        return cls(id=user.id, name=user.name, orders=[UserOrder.model_validate(order) for order in orders])


class OrderCount(Answered):
    """How many orders a user has, and what they come to."""

    id: int
    name: str
    orders: int
    total_cents: int


class Written(Answered):
    """How many rows were written."""

    rows: int
