"""Accounts as they go out, and transfers between them as they come in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from target_app.problems import Conflict, Insufficient
from target_app.schemas.base import LARGEST_INTEGER, Answered, Received, Reference

VERSIONS = LARGEST_INTEGER
"""After so many changes the versions of an account begin again, so that they never outgrow an INTEGER."""


class Locking(StrEnum):
    """How a transfer is kept apart from others that want the same accounts."""

    ATOMIC = "atomic"
    """One UPDATE for each account that adds to its balance, and looks at the bounds itself."""
    FOR_UPDATE = "for_update"
    """Both accounts are locked when they are read."""
    OPTIMISTIC = "optimistic"
    """Compare-and-swap on the version: who finds another one begins again."""


@dataclass(frozen=True, order=True)
class Part:
    """What one account gains by a transfer, or loses where it is below zero."""

    account_id: int
    change_cents: int

    @property
    def guarded(self) -> dict[str, int]:
        """Return the values of the UPDATE that changes nothing where `after` would refuse."""
        most = min(LARGEST_INTEGER, LARGEST_INTEGER - self.change_cents)
        return {"account": self.account_id, "change": self.change_cents, "least": -self.change_cents, "most": most}

    def after(self, account: Any) -> Account:  # noqa: ANN401 - an entity
        """Return the account as it is after this part.

        Raises:
            Insufficient: It holds less than is taken.
            Conflict: It would hold more than can be stored.
        """
        balance_cents = account.balance_cents + self.change_cents
        if balance_cents < 0:
            message = f"Account {self.account_id} holds less than is wanted; ask for less."
            raise Insufficient(message, available_cents=account.balance_cents, wanted_cents=-self.change_cents)
        if balance_cents > LARGEST_INTEGER:
            message = f"Account {self.account_id} cannot hold so much more; give it less."
            raise Conflict(message)
        return Account(id=account.id, balance_cents=balance_cents, version=(account.version + 1) % VERSIONS)


class NewTransfer(Received):
    """Money to be moved from one account to another one."""

    source: Reference
    target: Reference
    cents: Annotated[int, Field(ge=1, le=1_000_000)]

    @model_validator(mode="after")
    def _is_between_two(self) -> Self:
        if self.source == self.target:
            message = "source and target are the same account"
            raise ValueError(message)
        return self

    @property
    def parts(self) -> list[Part]:
        """Return what it does to each account, in the order of ids: who locks in one order, never waits in a circle."""
        return sorted([Part(self.source, -self.cents), Part(self.target, self.cents)])


class Account(Answered):
    """Money; the version counts the changes."""

    id: int
    balance_cents: int
    version: int


class Transferred(Answered):
    """Both accounts after a transfer."""

    source: Account
    target: Account

    @classmethod
    def of(cls, transfer: NewTransfer, accounts: Mapping[int, Any]) -> Transferred:
        """Return the two accounts of a transfer out of accounts by id."""
        source, target = (Account.model_validate(accounts[each]) for each in (transfer.source, transfer.target))
        return cls(source=source, target=target)
