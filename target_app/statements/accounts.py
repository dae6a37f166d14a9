"""Statements about accounts."""

from __future__ import annotations

from sqlalchemy import bindparam, select, text, update

from scenarios.shop import Account
from target_app.schemas.accounts import VERSIONS

BY_ID = select(Account).where(Account.id == bindparam("id"))
BOTH = select(Account).where(Account.id.in_(bindparam("ids"))).order_by(Account.id)
# As they are now that they are locked, whatever the session knew of them.
LOCKED = BOTH.with_for_update().execution_options(populate_existing=True)

BEFORE_LOCKING = {"sqlite": (text("BEGIN IMMEDIATE"),)}
"""What is to be said before LOCKED. SQLite has no FOR UPDATE, and its driver begins a transaction at the first write:
without this lock, which the whole file has, another transaction could write between our reading and writing."""

_NEXT_VERSION = (Account.version + 1) % VERSIONS

# Nothing of the accounts is held in the session that would have to be kept up to date.
ADD = (
    update(Account)
    .where(Account.id == bindparam("account"), Account.balance_cents.between(bindparam("least"), bindparam("most")))
    .values(balance_cents=Account.balance_cents + bindparam("change"), version=_NEXT_VERSION)
    .execution_options(synchronize_session=False)
)
# On SQLite, too, this needs no lock before the reading: it writes nothing where the account is not as it was read.
SWAP = (
    update(Account)
    .where(Account.id == bindparam("account"), Account.version == bindparam("seen"))
    .values(balance_cents=bindparam("balance"), version=_NEXT_VERSION)
    .execution_options(synchronize_session=False)
)
