"""Accounts, awaited."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession

from scenarios.shop import Account
from target_app.answering import AnsweringRoute
from target_app.dependencies import AsyncDatabase, Id
from target_app.errors import Overtaken
from target_app.problems import Conflict, Insufficient, Unknown, documented, found
from target_app.retrying import tries
from target_app.schemas import accounts as schemas
from target_app.schemas.accounts import Locking, NewTransfer, Part
from target_app.statements import accounts as statements
from target_app.statements.results import rows_of

router = APIRouter(prefix="/accounts", route_class=AnsweringRoute)


@router.get("/{account_id}", responses=documented(Unknown))
async def get_account(db: AsyncDatabase, account_id: Id) -> schemas.Account:
    """Return an account."""
    async with db.reading() as session:
        account = await session.scalar(statements.BY_ID, {"id": account_id})
    return schemas.Account.model_validate(found(account, f"account {account_id}"))


@router.post("/transfer", responses=documented(Unknown, Insufficient, Conflict))
async def transfer(db: AsyncDatabase, new: NewTransfer, locking: Locking = Locking.ATOMIC) -> schemas.Transferred:
    """Move money between two accounts, kept apart from other transfers in one of three ways; all keep every cent."""
    async for one_try in tries(db):
        with one_try:
            async with db.session.begin() as session:
                match locking:
                    case Locking.ATOMIC:
                        accounts = await _atomic(session, new.parts)
                    case Locking.FOR_UPDATE:
                        accounts = await _for_update(session, new.parts)
                    case Locking.OPTIMISTIC:
                        accounts = await _optimistic(session, new.parts)
    return schemas.Transferred.of(new, accounts)


async def _atomic(session: AsyncSession, parts: list[Part]) -> dict[int, Any]:
    """One UPDATE for each account, which takes or gives only what keeps the balance within its bounds."""
    for part in parts:
        if not rows_of(await session.execute(statements.ADD, part.guarded)):
            part.after(found(await session.get(Account, part.account_id), f"account {part.account_id}"))
            # Nothing stands against it any more: the account was changed since the UPDATE looked at it.
            raise Overtaken
    accounts = await session.scalars(statements.BOTH, {"ids": [part.account_id for part in parts]})
    return {account.id: account for account in accounts}


async def _for_update(session: AsyncSession, parts: list[Part]) -> dict[int, Any]:
    """Entities that are locked when they are read (SELECT ... FOR UPDATE)."""
    for statement in statements.BEFORE_LOCKING.get(session.get_bind().dialect.name, ()):
        await session.execute(statement)
    locked = await session.scalars(statements.LOCKED, {"ids": [part.account_id for part in parts]})
    accounts = {account.id: account for account in locked}
    for part in parts:
        account = found(accounts.get(part.account_id), f"account {part.account_id}")
        after = part.after(account)
        account.balance_cents, account.version = after.balance_cents, after.version
    return accounts


async def _optimistic(session: AsyncSession, parts: list[Part]) -> dict[int, Any]:
    """Compare-and-swap: what was computed from one version is written only where the account still has it."""
    seen = await session.scalars(statements.BOTH, {"ids": [part.account_id for part in parts]})
    accounts: dict[int, Any] = {account.id: account for account in seen}
    for part in parts:
        account = found(accounts.get(part.account_id), f"account {part.account_id}")
        after = part.after(account)
        new = {"account": after.id, "seen": account.version, "balance": after.balance_cents}
        if not rows_of(await session.execute(statements.SWAP, new)):
            raise Overtaken
        accounts[after.id] = after
    return accounts
