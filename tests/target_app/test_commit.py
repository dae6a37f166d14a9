"""An answer never comes before its COMMIT: what was answered with 2xx can be read by anybody at that moment.

Claim C63. A commit in a dependency with `yield` would come after the response had begun.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.target_app.serving import MODES, Called, at_work, called
from tests.target_app.shops import Shop

KINDS = ["sqlite", "postgresql", "mariadb"]


@dataclass
class Peeking:
    """Stands between an app and its callers, and looks at the moment at which a response begins."""

    look: Callable[[], Any]
    app: ASGIApp | None = None
    seen: list[Any] = field(default_factory=list)
    """What was found at each beginning."""

    def around(self, app: ASGIApp) -> ASGIApp:
        """Return the app with us in front of it."""
        self.app = app
        return self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and look before the first byte of its answer goes out."""

        async def send_after_looking(message: Message) -> None:
            if message["type"] == "http.response.start":
                # It blocks the event loop on purpose: the app can do nothing in the meantime.
                self.seen.append(self.look())
            await send(message)

        assert self.app is not None
        await self.app(scope, receive, send_after_looking)


@pytest.fixture(scope="module", params=KINDS)
def shop(request: pytest.FixtureRequest, fresh: Callable[[str], Shop]) -> Shop:
    """Return a shop on each backend."""
    return fresh(request.param)


@pytest.fixture(scope="module")
def peeking(shop: Shop) -> Peeking:
    """Return the one who looks through a connection of its own: for users of a domain, and in the pools."""
    return Peeking(lambda: shop.scalar("SELECT COUNT(*) FROM users WHERE email LIKE '%@commit.example'"))


@pytest.fixture(scope="module")
def app(shop: Shop, peeking: Peeking) -> Iterator[Called]:
    """Return the app, with somebody who looks at every response."""
    with called(shop.settings(), peeking.around) as started:
        yield started


def a_user(name: str) -> dict[str, str]:
    """Return a user of the domain that is looked for."""
    return {"name": name, "email": f"{name}@commit.example"}


@pytest.mark.parametrize("mode", MODES)
def test_what_is_answered_can_be_read(app: Called, peeking: Peeking, mode: str) -> None:
    """Created, created many, moved out of the domain, deleted: each is seen from outside when its answer begins."""
    peeking.seen.clear()
    users = f"/{mode}/users"
    first = app("POST", users, json=a_user("first")).json()
    app("POST", f"{users}/bulk", json={"users": [a_user("second"), a_user("third")]})
    app("PATCH", f"{users}/{first['id']}", json={"email": f"{mode}@elsewhere.example"})
    app("PUT", f"{users}/{first['id']}", json=a_user("first"))
    app("DELETE", f"{users}/{first['id']}")
    assert peeking.seen == [1, 3, 2, 3, 2]
    for name in ("second", "third"):
        user = app("GET", f"{users}/by-email/{name}@commit.example").json()
        assert app("DELETE", f"{users}/{user['id']}").status_code == 204
    assert peeking.seen[-1] == 0


@pytest.mark.parametrize("mode", MODES)
def test_the_connection_is_back_before_the_answer_begins(shop: Shop, mode: str) -> None:
    """Whatever is answered, good or not: sending it to a slow client holds no connection."""
    peeking = Peeking(lambda: at_work(app.app, mode))
    with called(shop.settings(), peeking.around) as app:
        app("GET", f"/{mode}/users?limit=100")
        app("GET", f"/{mode}/users/1101/orders?strategy=select")
        app("GET", f"/{mode}/users/999999")
        app("DELETE", f"/{mode}/users/1")
        app("POST", f"/{mode}/accounts/transfer", json={"source": 1, "target": 2, "cents": 1})
    assert peeking.seen == [(0, 0)] * 5


REFUSING = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'refused at the end' USING ERRCODE = '{code}'; END $$
"""
TRIGGER = """
CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT OR UPDATE ON users
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()
"""


@pytest.fixture
def refusing(fresh: Callable[[str], Shop], request: pytest.FixtureRequest) -> Iterator[Shop]:
    """Return a shop on PostgreSQL whose every COMMIT of a changed user fails with the SQLSTATE that a test names."""
    shop = fresh("postgresql")
    shop.order(REFUSING.format(code=request.param), TRIGGER)
    yield shop
    shop.order("DROP TRIGGER at_commit ON users", "DROP FUNCTION refuse()")


@pytest.mark.parametrize("drivers", [("psycopg", "psycopg_async"), ("psycopg2", "asyncpg")])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("refusing", "status"), [("P0001", 503), ("23505", 409), ("40001", 503)], indirect=["refusing"]
)
def test_a_commit_that_fails_is_never_answered_as_good(
    refusing: Shop, drivers: tuple[str, str], mode: str, status: int
) -> None:
    """Every statement went well and COMMIT did not: the client is told so, nothing is there, nothing is held."""
    with called(refusing.settings(*drivers)) as app:
        answer = app("POST", f"/{mode}/users", json={"name": "Late", "email": "late@refused.example"})
        assert (answer.status_code, answer.json()["status"]) == (status, status)
        assert app("PATCH", f"/{mode}/users/5", json={"name": "Late"}).status_code == status
        assert app("GET", f"/{mode}/users/by-email/late@refused.example").status_code == 404
        assert app("GET", f"/{mode}/users/5").json()["name"] != "Late"
        assert at_work(app.app, mode) == (0, 0)
    assert refusing.scalar("SELECT COUNT(*) FROM users WHERE name = 'Late'") == 0
