"""Users, in blocking code."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import insert

from scenarios.shop import User
from target_app.answering import AnsweringRoute
from target_app.clock import now
from target_app.dependencies import After, Database, Id, Ids, Limit, Offset
from target_app.problems import Conflict, Unknown, documented, found
from target_app.retrying import tries
from target_app.schemas import users as schemas
from target_app.schemas.users import Domain, Email, Method, NewUser, NewUsers, Strategy, UserPatch
from target_app.statements import users as statements
from target_app.statements.results import rows_of

router = APIRouter(prefix="/users", route_class=AnsweringRoute)


@router.post("", status_code=201, responses=documented(Conflict))
def create_user(db: Database, new: NewUser) -> schemas.User:
    """Create a user; an e-mail address belongs to one user only."""
    with db.session.begin() as session:
        user = User(**new.model_dump(), created_at=now())
        session.add(user)
    return schemas.User.model_validate(user)


@router.get("", responses=documented())
def list_users(db: Database, after: After = 0, offset: Offset = 0, limit: Limit = 20) -> schemas.UserPage:
    """List users in the order of their ids: after one of them (keyset), or past so many (offset)."""
    with db.reading() as session:
        page = {"after": after, "offset": offset, "limit": limit}
        users = session.scalars(statements.PAGE, page).all()
    return schemas.UserPage.of(users, limit)


@router.get("/by-email/{email}", responses=documented(Unknown))
def get_user_by_email(db: Database, email: Email) -> schemas.User:
    """Return the user who has an e-mail address."""
    with db.reading() as session:
        user = session.scalars(statements.BY_EMAIL, {"email": email}).one_or_none()
    return schemas.User.model_validate(found(user, "user with this e-mail address"))


@router.get("/by-domain/{domain}", responses=documented())
def list_users_of_domain(db: Database, domain: Domain, after: After = 0, limit: Limit = 20) -> schemas.UserPage:
    """List the users whose e-mail address ends in a domain; no index helps with that."""
    with db.reading() as session:
        page = {"ending": f"@{domain}", "length": len(domain), "after": after, "limit": limit}
        users = session.scalars(statements.OF_DOMAIN, page).all()
    return schemas.UserPage.of(users, limit)


@router.get("/order-counts", responses=documented())
def count_orders_of_users(db: Database, after: After = 0, limit: Limit = 20) -> list[schemas.OrderCount]:
    """Count the orders of users in the database."""
    with db.reading() as session:
        rows = session.execute(statements.ORDER_COUNTS, {"after": after, "limit": limit}).all()
    return [schemas.OrderCount.model_validate(row) for row in rows]


@router.get("/one-by-one", responses=documented(Unknown))
def get_users_one_by_one(db: Database, ids: Ids) -> list[schemas.User]:
    """Return users, each fetched by a SELECT of its own: what public framework benchmarks call multiple queries."""
    with db.reading() as session:
        users = [found(session.scalar(statements.BY_ID, {"id": user_id}), f"user {user_id}") for user_id in ids]
    return [schemas.User.model_validate(user) for user in users]


@router.post("/bulk", status_code=201, responses=documented(Conflict))
def create_users(db: Database, new: NewUsers, method: Method = Method.ADD_ALL) -> schemas.Written:
    """Create many users, all of them or none, in one of three ways that do the same."""
    rows = new.rows(now())
    for one_try in tries(db):
        with one_try:  # noqa: SIM117 - the async twin cannot join two kinds of context
            with db.session.begin() as session:
                match method:
                    case Method.PER_ROW:
                        for row in rows:
                            session.add(User(**row))
                            session.flush()
                    case Method.ADD_ALL:
                        session.add_all([User(**row) for row in rows])
                    case Method.BULK:
                        session.execute(insert(User), rows)
    return schemas.Written(rows=len(rows))


@router.put("/bulk", responses=documented())
def upsert_users(db: Database, new: NewUsers) -> schemas.Written:
    """Create many users, and change those who have one of the e-mail addresses already."""
    rows = new.rows(now())
    for one_try in tries(db):
        with one_try:  # noqa: SIM117 - see create_users
            with db.session.begin() as session:
                session.execute(statements.UPSERT[session.get_bind().dialect.name], rows)
    return schemas.Written(rows=len(rows))


@router.get("/{user_id}", responses=documented(Unknown))
def get_user(db: Database, user_id: Id) -> schemas.User:
    """Return a user."""
    with db.reading() as session:
        user = session.scalar(statements.BY_ID, {"id": user_id})
    return schemas.User.model_validate(found(user, f"user {user_id}"))


@router.put("/{user_id}", responses=documented(Unknown, Conflict))
def replace_user(db: Database, user_id: Id, new: NewUser) -> schemas.User:
    """Give a user a new name, e-mail address and state."""
    for one_try in tries(db):
        with one_try:  # noqa: SIM117 - see create_users
            with db.session.begin() as session:
                user = found(session.get(User, user_id), f"user {user_id}")
                user.name, user.email, user.active = new.name, new.email, new.active
    return schemas.User.model_validate(user)


@router.patch("/{user_id}", responses=documented(Unknown, Conflict))
def change_user(db: Database, user_id: Id, patch: UserPatch) -> schemas.User:
    """Change what is given of a user, and leave the rest."""
    for one_try in tries(db):
        with one_try:  # noqa: SIM117 - see create_users
            with db.session.begin() as session:
                user = found(session.get(User, user_id), f"user {user_id}")
                for name, value in patch.model_dump(exclude_none=True).items():
                    setattr(user, name, value)
    return schemas.User.model_validate(user)


@router.delete("/{user_id}", status_code=204, responses=documented(Unknown, Conflict))
def delete_user(db: Database, user_id: Id) -> None:
    """Delete a user with the addresses; one who has orders stays."""
    for one_try in tries(db):
        with one_try:  # noqa: SIM117 - see create_users
            with db.session.begin() as session:
                session.execute(statements.DELETE_ADDRESSES, {"id": user_id})
                deleted = session.execute(statements.DELETE, {"id": user_id})
                found(rows_of(deleted) or None, f"user {user_id}")


@router.get("/{user_id}/orders", responses=documented(Unknown))
def get_orders_of_user(db: Database, user_id: Id, strategy: Strategy = Strategy.SELECTIN) -> schemas.UserOrders:
    """Return a user with all orders, loaded in one of four ways."""
    with db.reading() as session:
        statement = statements.BY_ID.options(statements.loading(strategy, User.orders))
        user = found(session.scalars(statement, {"id": user_id}).unique().one_or_none(), f"user {user_id}")
        orders = user.orders
    return schemas.UserOrders.of(user, orders)
