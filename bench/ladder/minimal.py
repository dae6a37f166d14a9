"""What all rungs share: the table of users as a minimal service maps it, its answers, and the shape of a rung.

They follow the FastAPI entries of a public benchmark: a handler takes a session or connection from what the start of
the process made, reads by key, makes a dictionary, and returns it as a `JSONResponse`, past all response models
(https://github.com/TechEmpower/FrameworkBenchmarks/tree/master/frameworks/Python/fastapi, app.py and app_orm.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple, cast

from fastapi import Query
from pydantic import AfterValidator, BaseModel, ConfigDict
from sqlalchemy import String, Table, bindparam, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Ids = Annotated[list[int], Query()]


class Base(DeclarativeBase):
    """The one model of this file."""


class User(Base):
    """A user, in the table of the target app."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str] = mapped_column(String(120))
    active: Mapped[bool]
    created_at: Mapped[datetime]


class UserAnswer(BaseModel):
    """A user as a response model."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    email: str
    active: bool
    created_at: Annotated[datetime, AfterValidator(lambda moment: moment.replace(tzinfo=UTC))]


ORM_BY_ID = select(User).where(User.id == bindparam("id"))
# Of the table: with the attributes of the entity the statement would be compiled by the ORM.
_USERS = cast("Table", User.__table__)
CORE_BY_ID = select(_USERS).where(_USERS.c.id == bindparam("id"))
PSYCOPG_BY_ID = "SELECT id, name, email, active, created_at FROM users WHERE id = %s"
ASYNCPG_BY_ID = "SELECT id, name, email, active, created_at FROM users WHERE id = $1"

CONSTANT: Mapping[str, Any] = {
    "id": 1,
    "name": "Ada Adeyemi",
    "email": "ada@shop.example",
    "active": True,
    "created_at": "2024-01-01T00:00:00Z",
}
"""What the null rung answers; as long as a user."""


class Endpoints(NamedTuple):
    """The two handlers of a rung."""

    get_user: Callable[..., Any]
    get_users: Callable[..., Any]
    """Many users, each fetched by a SELECT of its own."""


def of_entity(user: Any) -> dict[str, Any]:  # noqa: ANN401 - an entity, or a row of Core
    """Return a user for JSON."""
    return {
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "active": user.active,
        "created_at": f"{user.created_at.isoformat()}Z",
    }


def of_record(user: Mapping[str, Any]) -> dict[str, Any]:
    """Return a user for JSON from what a driver gives."""
    return {**user, "created_at": f"{user['created_at'].isoformat()}Z"}
