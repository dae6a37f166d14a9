"""The rungs in blocking code: each function returns the endpoints of one; its twin in `awaited_rungs` has its name."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.orm import Session, sessionmaker

from bench.ladder.minimal import (
    CONSTANT,
    CORE_BY_ID,
    ORM_BY_ID,
    PSYCOPG_BY_ID,
    Endpoints,
    Ids,
    User,
    UserAnswer,
    of_entity,
    of_record,
)
from bench.ladder.minimal_databases import Blocking


# Without `async` it would be run in a thread, for no reason: nothing here waits.
async def _sessions(request: Request) -> sessionmaker[Session]:
    sessions: sessionmaker[Session] = request.app.state.sessions
    return sessions


Sessions = Annotated[sessionmaker[Session], Depends(_sessions)]


def null(_db: Blocking) -> Endpoints:
    """Answer a constant."""

    def get_user(user_id: int) -> Response:
        return JSONResponse({**CONSTANT, "id": user_id})

    def get_users(ids: Ids) -> Response:
        return JSONResponse([{**CONSTANT, "id": user_id} for user_id in ids])

    return Endpoints(get_user, get_users)


def driver(db: Blocking) -> Endpoints:
    """Ask psycopg itself."""

    def get_user(user_id: int) -> Response:
        with closing(db.pool.connect()) as connection:
            user = connection.execute(PSYCOPG_BY_ID, (user_id,)).fetchone()
        return JSONResponse(of_record(user))

    def get_users(ids: Ids) -> Response:
        with closing(db.pool.connect()) as connection:
            users = [connection.execute(PSYCOPG_BY_ID, (user_id,)).fetchone() for user_id in ids]
        return JSONResponse([of_record(user) for user in users])

    return Endpoints(get_user, get_users)


def core(db: Blocking) -> Endpoints:
    """Select rows over a connection of the engine."""

    def get_user(user_id: int) -> Response:
        with db.engine.connect() as connection:
            user = connection.execute(CORE_BY_ID, {"id": user_id}).one()
        return JSONResponse(of_entity(user))

    def get_users(ids: Ids) -> Response:
        with db.engine.connect() as connection:
            users = [connection.execute(CORE_BY_ID, {"id": user_id}).one() for user_id in ids]
        return JSONResponse([of_entity(user) for user in users])

    return Endpoints(get_user, get_users)


def orm(db: Blocking) -> Endpoints:
    """Get entities in a session."""

    def get_user(user_id: int) -> Response:
        with db.sessions() as session:
            user = session.get_one(User, user_id)
        return JSONResponse(of_entity(user))

    def get_users(ids: Ids) -> Response:
        with db.sessions() as session:
            users = [session.get_one(User, user_id) for user_id in ids]
        return JSONResponse([of_entity(user) for user in users])

    return Endpoints(get_user, get_users)


def model(db: Blocking) -> Endpoints:
    """Get entities, and answer response models."""

    def get_user(user_id: int) -> UserAnswer:
        with db.sessions() as session:
            user = session.get_one(User, user_id)
        return UserAnswer.model_validate(user)

    def get_users(ids: Ids) -> list[UserAnswer]:
        with db.sessions() as session:
            users = [session.get_one(User, user_id) for user_id in ids]
        return [UserAnswer.model_validate(user) for user in users]

    return Endpoints(get_user, get_users)


def dependency(_db: Blocking) -> Endpoints:
    """Get entities in a session of a factory that is asked for; the application's state has it."""

    def get_user(sessions: Sessions, user_id: int) -> Response:
        with sessions() as session:
            user = session.get_one(User, user_id)
        return JSONResponse(of_entity(user))

    def get_users(sessions: Sessions, ids: Ids) -> Response:
        with sessions() as session:
            users = [session.get_one(User, user_id) for user_id in ids]
        return JSONResponse([of_entity(user) for user in users])

    return Endpoints(get_user, get_users)


def reading(db: Blocking) -> Endpoints:
    """Get entities in a session without a transaction of its own."""
    return orm(replace(db, sessions=db.reading))


def statement(db: Blocking) -> Endpoints:
    """Get entities by a statement that was made once."""

    def get_user(user_id: int) -> Response:
        with db.sessions() as session:
            user = session.scalar(ORM_BY_ID, {"id": user_id})
        return JSONResponse(of_entity(user))

    def get_users(ids: Ids) -> Response:
        with db.sessions() as session:
            users = [session.scalar(ORM_BY_ID, {"id": user_id}) for user_id in ids]
        return JSONResponse([of_entity(user) for user in users])

    return Endpoints(get_user, get_users)


def watched(db: Blocking) -> Endpoints:
    """Get entities in a session whose engine is watched."""
    return orm(replace(db, sessions=db.watched))
