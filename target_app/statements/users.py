"""Statements about users."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import Integer, Table, bindparam, delete, func, select
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, joinedload, lazyload, selectinload, subqueryload
from sqlalchemy.sql.base import ExecutableOption

from scenarios.shop import Address, Order, User
from target_app.schemas.users import Strategy

USERS = cast("Table", User.__table__)

PAGE = (
    select(User)
    .where(User.id > bindparam("after"))
    .order_by(User.id)
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
BY_EMAIL = select(User).where(User.email == bindparam("email"))
OF_DOMAIN = (
    select(User)
    # Compared as it is: in a LIKE, `_` and `%` of a domain would stand for other characters. And counted from the
    # beginning: PostgreSQL's substr knows no place from the end. Addresses are ASCII: bytes and characters are one.
    .where(
        func.substr(User.email, func.length(User.email) - bindparam("length", type_=Integer())) == bindparam("ending")
    )
    .where(User.id > bindparam("after"))
    .order_by(User.id)
    .limit(bindparam("limit"))
)
BY_ID = select(User).where(User.id == bindparam("id"))

ORDER_COUNTS = (
    select(
        User.id,
        User.name,
        func.count(Order.id).label("orders"),
        func.coalesce(func.sum(Order.total_cents), 0).label("total_cents"),
    )
    .outerjoin(Order, Order.user_id == User.id)
    .where(User.id > bindparam("after"))
    .group_by(User.id, User.name)
    .order_by(User.id)
    .limit(bindparam("limit"))
)

# As statements: the unit of work would take the orders of the user away first, by setting their owner to NULL. Nothing
# of these rows is held in the session, so there is nothing to synchronise.
DELETE_ADDRESSES = (
    delete(Address).where(Address.user_id == bindparam("id")).execution_options(synchronize_session=False)
)
DELETE = delete(User).where(User.id == bindparam("id")).execution_options(synchronize_session=False)

_LOADERS = {
    Strategy.SELECT: lazyload,
    Strategy.SELECTIN: selectinload,
    Strategy.JOINED: joinedload,
    Strategy.SUBQUERY: subqueryload,
}


def loading(strategy: Strategy, relation: InstrumentedAttribute[Any]) -> ExecutableOption:
    """Return the option that loads a relation by a strategy."""
    return _LOADERS[strategy](relation)


def _on_conflict(statement: sqlite.Insert | postgresql.Insert) -> sqlite.Insert | postgresql.Insert:
    new = {"name": statement.excluded.name, "active": statement.excluded.active}
    return statement.on_conflict_do_update(index_elements=["email"], set_=new)


def _on_duplicate(statement: mysql.Insert) -> mysql.Insert:
    return statement.on_duplicate_key_update(name=statement.inserted.name, active=statement.inserted.active)


UPSERT = {
    "sqlite": _on_conflict(sqlite.insert(USERS)),
    "postgresql": _on_conflict(postgresql.insert(USERS)),
    "mariadb": _on_duplicate(mysql.insert(USERS)),
    "mysql": _on_duplicate(mysql.insert(USERS)),
}
"""Writes a user, or changes the one who has this e-mail address; each dialect has its own syntax."""
