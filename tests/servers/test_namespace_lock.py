"""What becomes of a namespace whose lock was lost with its connection, or that somebody still uses."""

from contextlib import closing

import pytest
from sqlalchemy import Connection, text

from bench.core.errors import OrmbenchError, UsageError
from bench.servers import namespaces
from bench.servers.namespaces import namespace
from bench.servers.server import Server
from tests.servers.guarded import DATASET, NAME, engine_of


def end_idle_sessions(server: Server, admin: Connection) -> None:
    """End every session but the admin's, as a server does that has waited for too long."""
    if server.kind == "postgresql":
        admin.execute(text("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                           "AND backend_type = 'client backend'"))  # fmt: skip
        return
    others = "SELECT id FROM information_schema.processlist WHERE id <> connection_id() AND command = 'Sleep'"
    for number in admin.execute(text(others)).scalars().all():
        admin.execute(text(f"KILL {number}"))


def is_there(admin: Connection) -> bool:
    """Say whether the namespace exists."""
    found = text("SELECT count(*) FROM information_schema.schemata WHERE schema_name = :name")
    return bool(admin.execute(found, {"name": NAME}).scalar_one())


def test_a_given_server_is_left_as_it_was_where_the_idle_connection_was_dropped(
    server: Server, admin: Connection
) -> None:
    """End the session that holds the lock: at the end another one takes the lock again and drops the namespace."""
    with namespace(server, DATASET):
        end_idle_sessions(server, admin)
        assert is_there(admin)
    assert not is_there(admin)


def test_what_another_run_took_meanwhile_is_left_to_it(server: Server, admin: Connection) -> None:
    """The connection with the lock was dropped and another run came: the first one says so, and drops nothing."""
    first = namespace(server, DATASET)
    first.__enter__()
    end_idle_sessions(server, admin)
    with namespace(server, DATASET) as second:
        with pytest.raises(OrmbenchError, match=r"stays on .* until the next run \(another run"):
            first.__exit__(None, None, None)
        assert second.read_fingerprint() == ""
    assert not is_there(admin)


def test_who_uses_a_namespace_is_waited_for_no_longer_than_the_limit(
    server: Server, admin: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An orphan holds a transaction open: dropping ends with a line, and a start is refused until it is gone."""
    monkeypatch.setattr(namespaces, "_DROP_LIMIT_S", 1)
    place = namespace(server, DATASET)
    place.__enter__()
    with closing(engine_of(place).connect()) as orphan:
        orphan.execute(text("CREATE TABLE rows_of_ours (x int)"))
        orphan.commit()
        orphan.execute(text("SELECT x FROM rows_of_ours")).all()
        with pytest.raises(OrmbenchError, match=r"(?i)stays on .* until the next run .*lock"):
            place.__exit__(None, None, None)
        with pytest.raises(UsageError, match=r"(?i)cannot replace .*lock.*end what uses it"):
            namespace(server, DATASET).__enter__()
    with namespace(server, DATASET):
        pass
    assert not is_there(admin)
