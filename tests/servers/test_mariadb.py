"""A private MariaDB and other ones on the same machine."""

import shutil
from pathlib import Path
from uuid import uuid4

import pytest

from bench.servers.account import server_account
from bench.servers.mariadb import find_programs, start_mariadb


@pytest.mark.skipif(find_programs() is None, reason="no programs of mariadb on this machine")
def test_the_temporary_tables_of_another_server_are_left_alone() -> None:
    """A MariaDB that starts removes those in its own folder only: another one may be in the middle of a query."""
    usual = Path("/tmp")  # noqa: S108 - where a server that is told nothing has them
    others = usual / f"#sql-temptable-{uuid4().hex}-1.MAI"
    others.touch()
    try:
        account = server_account()
        if account is not None:
            shutil.chown(others, account)
        _, launched = start_mariadb()
        launched.close()
        assert others.exists()
    finally:
        others.unlink(missing_ok=True)
