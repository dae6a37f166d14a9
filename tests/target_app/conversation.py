"""One conversation with the target app that goes through all of its endpoints, and what was heard in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bench.core.database import AsyncDatabase
from bench.core.drivers import DRIVERS
from bench.measure.recorder import recorded
from target_app.clock import now
from tests.target_app.serving import Called, called, handle_of
from tests.target_app.shops import Shop

RICH = 100
"""An account that can hold no more."""
NOBODY = 999_999
"""The id of nothing."""
MOMENTS = {"created_at", "placed_at"}


@dataclass(frozen=True)
class Told:
    """One request and its answer."""

    asked: str
    status: int
    body: Any
    """Moments after the beginning of the talk are written `now`."""
    statements: list[str]
    """What was sent to the database in between, normalised."""


@dataclass
class Talk:
    """A talk with one mode of an app; calling it sends a request and returns the body of the answer."""

    app: Called
    mode: str
    heard: list[Told] = field(default_factory=list)
    began: datetime = field(default_factory=now)

    def __call__(
        self,
        method: str,
        path: str,
        status: int,
        without: tuple[str, ...] = (),
        **options: Any,  # noqa: ANN401 - any of httpx
    ) -> Any:  # noqa: ANN401 - any JSON value
        """Send a request that must be answered with this status; members `without` are left out of what was heard."""
        handle = handle_of(self.app.app, self.mode)
        engine = handle.engine.sync_engine if isinstance(handle, AsyncDatabase) else handle.engine
        with recorded(engine) as recording:
            answer = self.app(method, f"/{self.mode}{path}", **options)
        body = answer.json() if answer.content else None
        assert answer.status_code == status, f"{method} {path} {options}: {answer.status_code} {answer.text}"
        heard = self._normalised(body, without)
        self.heard.append(Told(f"{method} {path}", answer.status_code, heard, recording.statements))
        return body

    def _normalised(self, part: Any, without: tuple[str, ...]) -> Any:  # noqa: ANN401 - any part of a JSON document
        if isinstance(part, list):
            return [self._normalised(each, without) for each in part]
        if not isinstance(part, dict):
            return part
        kept = {name: value for name, value in part.items() if name not in without}
        return {
            name: "now" if name in MOMENTS and self._is_of_now(value) else self._normalised(value, without)
            for name, value in kept.items()
        }

    def _is_of_now(self, moment: str) -> bool:
        # The shop keeps UTC, whether an answer says so or not.
        return datetime.fromisoformat(moment).replace(tzinfo=None) >= self.began


@dataclass(frozen=True)
class Heard:
    """What a conversation through one driver brought, on freshly seeded rows."""

    reading: list[Told]
    """Everything here is answered from the seeded rows."""
    changing: list[Told]

    @property
    def everything(self) -> list[Told]:
        """Return all that was heard, in order."""
        return self.reading + self.changing


def converse(shop: Shop, driver: str) -> Heard:
    """Seed a shop anew, and hold the whole conversation with the mode of a driver."""
    shop.reseed().order(f"UPDATE accounts SET balance_cents = 2147483647 WHERE id = {RICH}")
    mode = DRIVERS[driver].mode.value
    with called(shop.settings(**{f"{mode}_driver": driver})) as app:
        reading, changing = Talk(app, mode), Talk(app, mode)
        look_around(reading)
        change_everything(changing)
    return Heard(reading.heard, changing.heard)


def look_around(say: Talk) -> None:
    """Read what the seed has made: the same on every backend."""
    for path in ("/users", "/users?limit=3&offset=2", "/users?after=1118&limit=5", "/users?after=1120", "/users/7"):
        say("GET", path, 200)
    say("GET", "/users/by-email/user8@example.com", 200)
    say("GET", "/users/by-domain/example.com?after=20&limit=2", 200)
    for path in ("by-domain/%25", "order-counts?after=1098&limit=5", "one-by-one?ids=3&ids=1&ids=3"):
        say("GET", f"/users/{path}", 200)
    for strategy in ("select", "selectin", "joined", "subquery"):
        say("GET", f"/users/1101/orders?strategy={strategy}", 200)
    for path in ("/categories", "/categories?after=18&limit=2", "/categories/4", "/categories/4/statistics"):
        say("GET", path, 200)
    for path in ("/products?limit=3", "/products?category_id=4&after=100&limit=2", "/products/500", "/accounts/1"):
        say("GET", path, 200)
    for path in ("/orders/2", "/orders?user_id=1101&limit=3", "/orders?user_id=1101&after=2090"):
        say("GET", path, 200)
    for path in ("users/", "users/by-email/a@", "users/one-by-one?ids=1&ids=", "categories/", "products/", "accounts/"):
        say("GET", f"/{path}{NOBODY}", 404)
    for path in ("orders/{}", "orders?user_id={}", "users/{}/orders", "categories/{}/statistics"):
        say("GET", f"/{path.format(NOBODY)}", 404)
    for path in ("/users/0", "/users?limit=0", "/products/2147483648", "/orders", "/wait?ms=-1"):
        say("GET", path, 422)
    say("GET", "/wait?ms=1", 200)


def change_everything(say: Talk) -> None:
    """Create, change and delete one of each kind, with everything that can be refused on the way."""
    _users(say)
    _goods(say)
    _orders(say)
    for locking in ("atomic", "for_update", "optimistic"):
        _transfers(say, f"/accounts/transfer?locking={locking}")
    say("POST", "/accounts/transfer?locking=hope", 422, json={"source": 1, "target": 2, "cents": 1})
    _many_users(say)


def _users(say: Talk) -> None:
    ada = {"name": "Ada Król", "email": "ada@new.example", "active": True}
    path = f"/users/{say('POST', '/users', 201, json=ada)['id']}"
    say("POST", "/users", 409, json=ada)
    say("POST", "/users", 422, json=ada | {"email": "nobody"})
    say("GET", path, 200)
    say("GET", "/users/by-domain/new.example", 200)
    say("PUT", path, 200, json=ada | {"name": "Ada", "active": False})
    say("PUT", path, 409, json=ada | {"email": "user1@example.com"})
    say("PUT", f"/users/{NOBODY}", 404, json=ada)
    say("PATCH", path, 200, json={"name": "Countess"})
    say("PATCH", path, 200, json={})
    say("PATCH", path, 409, json={"email": "user1@example.com"})
    say("PATCH", f"/users/{NOBODY}", 404, json={"active": True})
    say("GET", f"{path}/orders", 200)
    say("DELETE", path, 204)
    say("DELETE", path, 404)
    say("DELETE", "/users/1", 409)
    say("GET", "/users/1", 200)


def _goods(say: Talk) -> None:
    shelf = say("POST", "/categories", 201, json={"name": "Novelties"})["id"]
    say("GET", f"/categories/{shelf}/statistics", 200)
    say("POST", f"/categories/{shelf}/stock", 200, json={"change": 5})
    say("PUT", f"/categories/{shelf}", 200, json={"name": "Für Zoë"})
    say("PUT", f"/categories/{shelf}", 200, json={"name": "Für Zoë"})
    say("PUT", f"/categories/{NOBODY}", 404, json={"name": "Nothing"})
    lamp = {"category_id": shelf, "name": "Lamp", "price_cents": 1999, "stock": 10}
    path = f"/products/{say('POST', '/products', 201, json=lamp)['id']}"
    say("POST", "/products", 201, json=lamp | {"price_cents": 1000, "stock": 0})
    say("POST", "/products", 404, json=lamp | {"category_id": NOBODY})
    say("POST", "/products", 422, json=lamp | {"stock": -1})
    say("PUT", path, 200, json=lamp | {"name": "Lantern"})
    say("PUT", path, 404, json=lamp | {"category_id": NOBODY})
    say("PUT", f"/products/{NOBODY}", 404, json=lamp)
    say("PATCH", path, 200, json={"price_cents": 2000})
    say("PATCH", path, 200, json={})
    say("PATCH", path, 404, json={"category_id": NOBODY})
    say("PATCH", f"/products/{NOBODY}", 404, json={"stock": 1})
    say("GET", f"/categories/{shelf}/statistics", 200)
    for change in (5, -1_000_000_000, 1_000_000_000, 1_000_000_000):
        assert say("POST", f"/categories/{shelf}/stock", 200, json={"change": change}) == {"rows": 2}
        say("GET", path, 200)
    say("POST", f"/categories/{NOBODY}/stock", 404, json={"change": 1})
    say("DELETE", f"/categories/{shelf}", 409)
    say("DELETE", path, 204)
    say("DELETE", path, 404)
    say("DELETE", "/products/1", 409)
    empty = say("POST", "/categories", 201, json={"name": "Empty"})["id"]
    say("DELETE", f"/categories/{empty}", 204)
    say("DELETE", f"/categories/{empty}", 404)


def _orders(say: Talk) -> None:
    tea, cup, gold = (
        say("POST", "/products", 201, json={"category_id": 1, "name": name, "price_cents": price, "stock": stock})["id"]
        for name, price, stock in (("Tea", 250, 10), ("Cup", 900, 2), ("Gold", 1_000_000_000, 5))
    )

    def order(*items: tuple[int, int], user: int = 2) -> dict[str, Any]:
        return {"user_id": user, "items": [{"product_id": each, "quantity": quantity} for each, quantity in items]}

    path = f"/orders/{say('POST', '/orders', 201, json=order((cup, 1), (tea, 3)))['id']}"
    say("GET", path, 200)
    say("GET", f"/products/{tea}", 200)
    say("GET", "/orders?user_id=2", 200)
    say("POST", "/orders", 400, json=order((tea, 1), (cup, 5)))
    say("GET", f"/products/{tea}", 200)
    say("POST", "/orders", 404, json=order((tea, 1), user=NOBODY))
    say("POST", "/orders", 404, json=order((tea, 1), (NOBODY, 1)))
    say("POST", "/orders", 422, json=order((gold, 3)))
    say("POST", "/orders", 422, json=order())
    say("POST", "/orders?partial=true", 201, json=order((cup, 1), (cup, 1), (NOBODY, 1), (tea, 2)))
    say("POST", "/orders?partial=true", 400, json=order((cup, 1), (NOBODY, 1)))
    say("POST", "/orders?partial=true", 404, json=order((tea, 1), user=NOBODY))
    say("GET", f"/products/{tea}", 200)
    say("GET", "/orders?user_id=2", 200)
    say("DELETE", path, 204)
    say("DELETE", path, 404)


def _transfers(say: Talk, path: str) -> None:
    say("POST", path, 200, json={"source": 1, "target": 2, "cents": 100})
    say("POST", path, 200, json={"source": 2, "target": 1, "cents": 50})
    say("POST", path, 400, json={"source": 1, "target": 2, "cents": 1_000_000})
    say("POST", path, 400, json={"source": 2, "target": 1, "cents": 1_000_000})
    say("POST", path, 404, json={"source": 1, "target": NOBODY, "cents": 1})
    say("POST", path, 404, json={"source": NOBODY, "target": 1, "cents": 1})
    say("POST", path, 409, json={"source": 1, "target": RICH, "cents": 1})
    say("POST", path, 422, json={"source": 1, "target": 1, "cents": 1})
    say("GET", "/accounts/1", 200)
    say("GET", "/accounts/2", 200)


def _many_users(say: Talk) -> None:
    """Come last: how many ids a statement takes that fails in part is a matter of the driver."""

    def users(*names: str) -> dict[str, Any]:
        return {"users": [{"name": name, "email": f"{name}@many.example"} for name in names]}

    for method in ("per_row", "add_all", "bulk"):
        say("POST", f"/users/bulk?method={method}", 201, json=users(f"{method}.1", f"{method}.2", f"{method}.3"))
    say("GET", "/users/by-domain/many.example", 200)
    for method in ("per_row", "add_all", "bulk"):
        say("POST", f"/users/bulk?method={method}", 409, json=users(f"{method}.4", f"{method}.1"))
    known, new = {"name": "Anew", "email": "user1@example.com"}, users("new")["users"]
    say("PUT", "/users/bulk", 200, json={"users": [known, *new]})
    say("PUT", "/users/bulk", 200, json=users("twice", "once", "twice"))
    say("GET", "/users/1", 200)
    say("GET", "/users/by-domain/many.example", 200, without=("id",))
