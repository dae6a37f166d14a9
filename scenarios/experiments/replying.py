"""A session as a dependency of FastAPI: is the commit done when the reply is sent, and is the connection given back?

The application is called as a server calls it, and what another connection sees is asked at the moment at which the
reply is complete.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from typing import Any, Literal

from fastapi import Depends, FastAPI, Request

from bench.core.contract import Divergence
from bench.core.experiments import Experiment, Prediction, Said
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.stall import ANYBODY, KETTLES, STALL, Customer, Product, RefusedError

SCOPES: tuple[Literal["request"], Literal["function"]] = ("request", "function")
"""When the part of a dependency behind `yield` runs: after the reply, FastAPI's default, or before it."""
TAKEN = "customer1@example.com"
CREATED, FAILED = 200, 500
WAYS = ("dependency", "manual")
Message = MutableMapping[str, Any]
SERVED = Divergence("endpoints and dependencies of a blocking application are called by FastAPI in threads")


async def requested(app: FastAPI, path: str, replied: Callable[[], Awaitable[Any]]) -> tuple[int, Any]:
    """Call an application as a server does; return the status, and what `replied` gives when the reply is complete."""
    status, found = 0, None

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status, found
        if message["type"] == "http.response.start":
            status = message["status"]
        elif not message.get("more_body"):
            found = await replied()

    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "path": path}
    rest = {"raw_path": path.encode(), "query_string": b"", "headers": [], "scheme": "http", "root_path": ""}
    try:
        await app({**scope, **rest, "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1)}, receive, send)
    except Exception:  # noqa: BLE001 - a server logs it: what counts is the reply that was sent
        return status, found
    return status, found


def reply(lab: Laboratory) -> dict[str, Any]:
    """Commit behind the `yield` of a dependency, in both scopes; look for the row when the reply is complete."""
    found: dict[str, Any] = {}
    for scope in SCOPES:
        app = FastAPI()

        def committed(request: Request) -> Iterator[None]:
            with lab.db.session() as session:
                request.state.session = session
                yield
                session.commit()

        @app.post("/create", dependencies=[Depends(committed, scope=scope)])
        def create(request: Request) -> None:
            request.state.session.add(Product(name="Kettle", stock=1))

        @app.post("/fail", dependencies=[Depends(committed, scope=scope)])
        def fail(request: Request) -> None:
            request.state.session.add(Customer(name="Ada", email=TAKEN))

        async def rows() -> Any:  # noqa: ANN401 - a count
            return (await asyncio.to_thread(lab.observe, KETTLES))[0][0]

        before = lab.observe(KETTLES)[0][0]
        _, seen = asyncio.run(requested(app, "/create", rows))
        status, _ = asyncio.run(requested(app, "/fail", rows))
        found[scope] = {"row_is_there_when_replied": seen > before, "status_where_the_commit_fails": status}
    return found


async def reply_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Commit behind the `yield` of a dependency, in both scopes; look for the row when the reply is complete."""
    found: dict[str, Any] = {}
    for scope in SCOPES:
        app = FastAPI()

        async def committed(request: Request) -> AsyncIterator[None]:
            async with lab.db.session() as session:
                request.state.session = session
                yield
                await session.commit()

        @app.post("/create", dependencies=[Depends(committed, scope=scope)])
        async def create(request: Request) -> None:
            request.state.session.add(Product(name="Kettle", stock=1))

        @app.post("/fail", dependencies=[Depends(committed, scope=scope)])
        async def fail(request: Request) -> None:
            request.state.session.add(Customer(name="Ada", email=TAKEN))

        async def rows() -> Any:  # noqa: ANN401 - a count
            return (await lab.observe(KETTLES))[0][0]

        before = (await lab.observe(KETTLES))[0][0]
        _, seen = await requested(app, "/create", rows)
        status, _ = await requested(app, "/fail", rows)
        found[scope] = {"row_is_there_when_replied": seen > before, "status_where_the_commit_fails": status}
    return found


def leave_open(lab: Laboratory) -> dict[str, int]:
    """Raise in an endpoint whose session comes from a dependency, and in one that opens its own; count what is out."""
    app = FastAPI()

    def given(request: Request) -> Iterator[None]:
        with lab.db.session() as session:
            request.state.session = session
            yield

    @app.post("/dependency", dependencies=[Depends(given)])
    def dependency(request: Request) -> None:
        request.state.session.execute(ANYBODY)
        raise RefusedError

    @app.post("/manual")
    def manual() -> None:
        with lab.db.session() as session:
            session.execute(ANYBODY)
            raise RefusedError

    async def nothing() -> None:
        pass

    found = {}
    for way in WAYS:
        asyncio.run(requested(app, f"/{way}", nothing))
        found[way] = lab.db.engine.pool.checkedout()  # type: ignore[attr-defined]  # of QueuePool
    return found


async def leave_open_async(lab: AsyncLaboratory) -> dict[str, int]:
    """Raise in an endpoint whose session comes from a dependency, and in one that opens its own; count what is out."""
    app = FastAPI()

    async def given(request: Request) -> AsyncIterator[None]:
        async with lab.db.session() as session:
            request.state.session = session
            yield

    @app.post("/dependency", dependencies=[Depends(given)])
    async def dependency(request: Request) -> None:
        await request.state.session.execute(ANYBODY)
        raise RefusedError

    @app.post("/manual")
    async def manual() -> None:
        async with lab.db.session() as session:
            await session.execute(ANYBODY)
            raise RefusedError

    async def nothing() -> None:
        pass

    found = {}
    for way in WAYS:
        await requested(app, f"/{way}", nothing)
        found[way] = lab.db.engine.pool.checkedout()  # type: ignore[attr-defined]  # of QueuePool
    return found


EXPERIMENTS = [
    Experiment(
        name="commit_after_yield",
        question="Is a commit behind the `yield` of a dependency done when the reply is sent?",
        dataset=STALL,
        run=reply,
        run_async=reply_async,
        divergence=SERVED,
        expects={
            "request": {"row_is_there_when_replied": False, "status_where_the_commit_fails": CREATED},
            "function": {"row_is_there_when_replied": True, "status_where_the_commit_fails": FAILED},
        },
        claims=(
            Said(
                "C63",
                "a commit after `yield` in get_db is safe: who has the reply finds the row",
                Prediction("there", lambda found: found["request"]["row_is_there_when_replied"]),
                'Commit in the endpoint, or declare the dependency with scope="function" (FastAPI 0.121 and later).',
            ),
            Said(
                "C63",
                "a commit after `yield` in get_db is safe: where it fails the reply is an error",
                Prediction("no 200", lambda found: found["request"]["status_where_the_commit_fails"] != CREATED),
                'Commit in the endpoint, or declare the dependency with scope="function" (FastAPI 0.121 and later).',
            ),
            Said(
                "C63",
                'with scope="function" a commit after `yield` is safe in both respects',
                Prediction(
                    "there, and no 200",
                    lambda found: (
                        found["function"]["row_is_there_when_replied"]
                        and found["function"]["status_where_the_commit_fails"] != CREATED
                    ),
                ),
                "Test it on the version of FastAPI that you deploy: this has changed several times.",
            ),
        ),
    ),
    Experiment(
        name="dependency_or_manual",
        question="Does an endpoint that raises leave a connection out, with a session of a dependency or of its own?",
        dataset=STALL,
        run=leave_open,
        run_async=leave_open_async,
        divergence=SERVED,
        expects=dict.fromkeys(WAYS, 0),
        claims=(
            Said(
                "C60",
                "a session that the endpoint opens by `with` leaves connections out where a dependency does not",
                Prediction("only the manual one", lambda found: found["manual"] > 0 == found["dependency"]),
                "Both are safe inside of `with`; a dependency is easier to replace in tests.",
            ),
        ),
    ),
]
