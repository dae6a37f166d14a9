"""The rungs, awaited: each function returns the endpoints of one; its twin in `blocking_rungs` has its name."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from bench.ladder.minimal import (
    ASYNCPG_BY_ID,
    CONSTANT,
    CORE_BY_ID,
    ORM_BY_ID,
    Endpoints,
    Ids,
    User,
    UserAnswer,
    of_entity,
    of_record,
)
from bench.ladder.minimal_databases import Awaited


async def _sessions(request: Request) -> async_sessionmaker[AsyncSession]:
    sessions: async_sessionmaker[AsyncSession] = request.app.state.sessions
    return sessions


Sessions = Annotated[async_sessionmaker[AsyncSession], Depends(_sessions)]


def null(_db: Awaited) -> Endpoints:
    """Answer a constant."""

    async def get_user(user_id: int) -> Response:
        return JSONResponse({**CONSTANT, "id": user_id})

    async def get_users(ids: Ids) -> Response:
        return JSONResponse([{**CONSTANT, "id": user_id} for user_id in ids])

    return Endpoints(get_user, get_users)


def driver(db: Awaited) -> Endpoints:
    """Ask asyncpg itself."""

    async def get_user(user_id: int) -> Response:
        async with db.pool.acquire() as connection:
            user = await connection.fetchrow(ASYNCPG_BY_ID, user_id)
        return JSONResponse(of_record(user))

    async def get_users(ids: Ids) -> Response:
        async with db.pool.acquire() as connection:
            users = [await connection.fetchrow(ASYNCPG_BY_ID, user_id) for user_id in ids]
        return JSONResponse([of_record(user) for user in users])

    return Endpoints(get_user, get_users)


def core(db: Awaited) -> Endpoints:
    """Select rows over a connection of the engine."""

    async def get_user(user_id: int) -> Response:
        async with db.engine.connect() as connection:
            user = (await connection.execute(CORE_BY_ID, {"id": user_id})).one()
        return JSONResponse(of_entity(user))

    async def get_users(ids: Ids) -> Response:
        async with db.engine.connect() as connection:
            users = [(await connection.execute(CORE_BY_ID, {"id": user_id})).one() for user_id in ids]
        return JSONResponse([of_entity(user) for user in users])

    return Endpoints(get_user, get_users)


def orm(db: Awaited) -> Endpoints:
    """Get entities in a session."""

    async def get_user(user_id: int) -> Response:
        async with db.sessions() as session:
            user = await session.get_one(User, user_id)
        return JSONResponse(of_entity(user))

    async def get_users(ids: Ids) -> Response:
        async with db.sessions() as session:
            users = [await session.get_one(User, user_id) for user_id in ids]
        return JSONResponse([of_entity(user) for user in users])

    return Endpoints(get_user, get_users)


def model(db: Awaited) -> Endpoints:
    """Get entities, and answer response models."""

    async def get_user(user_id: int) -> UserAnswer:
        async with db.sessions() as session:
            user = await session.get_one(User, user_id)
        return UserAnswer.model_validate(user)

    async def get_users(ids: Ids) -> list[UserAnswer]:
        async with db.sessions() as session:
            users = [await session.get_one(User, user_id) for user_id in ids]
        return [UserAnswer.model_validate(user) for user in users]

    return Endpoints(get_user, get_users)


def dependency(_db: Awaited) -> Endpoints:
    """Get entities in a session of a factory that is asked for; the application's state has it."""

    async def get_user(sessions: Sessions, user_id: int) -> Response:
        async with sessions() as session:
            user = await session.get_one(User, user_id)
        return JSONResponse(of_entity(user))

    async def get_users(sessions: Sessions, ids: Ids) -> Response:
        async with sessions() as session:
            users = [await session.get_one(User, user_id) for user_id in ids]
        return JSONResponse([of_entity(user) for user in users])

    return Endpoints(get_user, get_users)


def reading(db: Awaited) -> Endpoints:
    """Get entities in a session without a transaction of its own."""
    return orm(replace(db, sessions=db.reading))


def statement(db: Awaited) -> Endpoints:
    """Get entities by a statement that was made once."""

    async def get_user(user_id: int) -> Response:
        async with db.sessions() as session:
            user = await session.scalar(ORM_BY_ID, {"id": user_id})
        return JSONResponse(of_entity(user))

    async def get_users(ids: Ids) -> Response:
        async with db.sessions() as session:
            users = [await session.scalar(ORM_BY_ID, {"id": user_id}) for user_id in ids]
        return JSONResponse([of_entity(user) for user in users])

    return Endpoints(get_user, get_users)


def watched(db: Awaited) -> Endpoints:
    """Get entities in a session whose engine is watched."""
    return orm(replace(db, sessions=db.watched))
