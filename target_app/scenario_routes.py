"""Every variant of every scenario as an endpoint in both modes, made from the scenarios that are found."""

# No `from __future__ import annotations`: FastAPI reads the parameters of an endpoint from its annotations, and here
# they are models that are made for each scenario and stand under no name where a text could be looked up.

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BeforeValidator, Field, create_model

from bench.core.claims import Value
from bench.core.contract import Place, Scenario, Variant
from bench.core.database import AsyncDatabase, Database
from bench.core.discovery import discover
from bench.core.drivers import DRIVERS
from bench.core.errors import UsageError
from target_app.answering import AnsweringRoute
from target_app.problems import Unprocessable, documented
from target_app.scenario_databases import MOST_ENGINES, ScenarioDatabases, Wanted, engine_conditions, own_fields
from target_app.schemas.base import LARGEST_INTEGER, Answered, Received
from target_app.settings import Settings
from target_app.timing import timed_operation


class Asked(Received):
    """What a request may say to any scenario; the parameters of each come on top."""

    seed: Annotated[int, Field(ge=0, le=LARGEST_INTEGER)] | None = Field(
        default=None, description="Draws what is asked for: the same for the same seed. Left out: anything."
    )
    answer: bool = Field(default=False, description="Whether the rows are answered as well as their number.")


class Ran(Answered):
    """What one operation came to."""

    scenario: str
    variant: str
    rows: int
    answer: Any = Field(default=None, description="The rows, where they were asked for.")


@dataclass(frozen=True)
class MountedScenarios:
    """The endpoints of both modes, and the databases behind them: to be opened and closed with the service."""

    sync: APIRouter
    awaited: APIRouter
    databases: ScenarioDatabases


class Operation:
    """One variant in one mode: from what a request asks for to what it is answered."""

    def __init__(
        self, scenario: Scenario, variant: Variant, driver: str, settings: Settings, own: Collection[str]
    ) -> None:
        self.scenario = scenario
        self.variant = variant
        self._place = Place(settings.kind, DRIVERS[driver])
        self._size = scenario.dataset.size(settings.size)
        self._service = settings.conditions
        self._own = own
        # There are few ways to ask, and weighing them is no part of the work that a request stands for.
        self._chosen = cache(self._choose)

    def prepare(self, asked: Asked) -> tuple[Any, Wanted]:
        """Return the key of one operation, and the database that it wants.

        Raises:
            Unprocessable: The variant cannot run under these parameters, with this driver or on these data.
        """
        chosen = self._chosen(tuple(getattr(asked, name) for name in self.scenario.parameters))
        if isinstance(chosen, str):
            raise Unprocessable(chosen)
        parameters, wanted = chosen
        return self.scenario.key(parameters, self._size, Random(asked.seed)), wanted

    def ran(self, asked: Asked, answer: Any) -> Ran | Response:  # noqa: ANN401 - a body may answer with any rows
        """Return the response; a member that was not asked for is not set.

        Bytes are JSON that the body has written, as `layers` does: they are sent as they are.
        """
        shown = {"answer": answer} if asked.answer and not isinstance(answer, bytes) else {}
        ran = Ran(scenario=self.scenario.name, variant=self.variant.name, rows=row_count(answer), **shown)
        return _with_json(ran, answer) if asked.answer and isinstance(answer, bytes) else ran

    def _choose(self, values: tuple[Value | None, ...]) -> tuple[dict[str, Value], Wanted] | str:
        """Return the first combination with these values that is possible (None is any), or why the first is not."""
        given = {name: value for name, value in zip(self.scenario.parameters, values, strict=True) if value is not None}
        reasons = []
        for parameters in self.scenario.combinations():
            if any(parameters[name] != value for name, value in given.items()):
                continue
            reason = self.scenario.lacks(parameters, self._size)
            reason = reason or self.scenario.hindrance(self.variant.name, self._place, parameters)
            if reason is None:
                surroundings = self.scenario.surroundings(self.variant.name, parameters)
                conditions = engine_conditions(self._service, surroundings, self._own)
                return dict(parameters), Wanted(self.scenario.dataset.name, conditions)
            reasons.append(reason)
        return reasons[0]


def mount_scenarios(settings: Settings) -> MountedScenarios:
    """Return the endpoints of every variant, none where the settings leave scenarios out; nothing is open yet.

    How many operations are in flight, the event loop and the garbage collector are no matter of an endpoint: HTTP
    brings its own crowd, so what a scenario says about them is ignored.

    Raises:
        UsageError: A dataset has no such size, or a scenario has a parameter of a name that every endpoint has.
    """
    scenarios = discover() if settings.scenarios else []
    databases = ScenarioDatabases(settings, [scenario.dataset.name for scenario in scenarios])
    mounted = MountedScenarios(_router(), _router(), databases)
    sync_driver, async_driver = settings.pair
    for scenario in scenarios:
        model, own = asked_of(scenario), own_fields(scenario)
        for variant in scenario.variants:
            operation = Operation(scenario, variant, sync_driver, settings, own)
            _add(mounted.sync, _endpoint(operation, databases), operation, model, own)
            operation = Operation(scenario, variant, async_driver, settings, own)
            _add(mounted.awaited, _endpoint_async(operation, databases), operation, model, own)
    return mounted


def asked_of(scenario: Scenario) -> type[Asked]:
    """Return the query parameters of a scenario's endpoints.

    Raises:
        UsageError: The scenario has a parameter of a name that every endpoint has.
    """
    for name in scenario.parameters:
        if name in Asked.model_fields:
            message = f"scenario {scenario.name!r}: parameter {name!r} is one of every endpoint; choose another name"
            raise UsageError(message)
    text = "Left out: the first value that is possible with the others."
    fields: dict[str, Any] = {
        name: (_one_of(values), Field(default=None, description=text)) for name, values in scenario.parameters.items()
    }
    return create_model(f"Asked_{scenario.name}", __base__=Asked, **fields)


def row_count(answer: Any) -> int:  # noqa: ANN401 - see Operation.ran
    """Return how many rows an answer has: a single value is one, so is a tuple of values, and nothing is none."""
    if answer is None:
        return 0
    if isinstance(answer, tuple) and not any(isinstance(each, list | tuple) for each in answer):
        return 1
    return len(answer) if isinstance(answer, list | tuple) else 1


def _one_of(values: Sequence[Value]) -> Any:  # noqa: ANN401 - a type that is known only now
    """Return the type of an optional value out of these, read from a text: `Literal` alone takes no "20" for 20."""
    texts: dict[str, Value] = {str(value): value for value in values}
    texts |= {str(value).lower(): value for value in values if isinstance(value, bool)}

    def read(value: Any) -> Any:  # noqa: ANN401 - whatever a client sends
        return texts.get(value, value) if isinstance(value, str) else value

    literal: Any = Literal
    return Annotated[literal[tuple(values)] | None, BeforeValidator(read)]


def _with_json(ran: Ran, answer: bytes) -> Response:
    """Return the response with an answer that is JSON already: encoding it again would be work that nobody has."""
    head = ran.model_dump_json(exclude_unset=True).encode().removesuffix(b"}")
    return Response(b'%b,"answer":%b}' % (head, answer), media_type="application/json")


def _endpoint(operation: Operation, databases: ScenarioDatabases) -> Callable[..., Ran | Response]:
    def run(asked: Asked) -> Ran | Response:
        key, wanted = operation.prepare(asked)
        with databases.turn(operation.scenario, key), databases.lent(wanted) as db, timed_operation():
            answer = _perform(operation.variant, db, key)
        return operation.ran(asked, answer)

    return run


def _endpoint_async(operation: Operation, databases: ScenarioDatabases) -> Callable[..., Awaitable[Ran | Response]]:
    async def run(asked: Asked) -> Ran | Response:
        key, wanted = operation.prepare(asked)
        async with databases.turn_async(operation.scenario, key), databases.lent_async(wanted) as db:
            with timed_operation():
                answer = await _perform_async(operation.variant, db, key)
        return operation.ran(asked, answer)

    return run


def _perform(variant: Variant, db: Database, key: Any) -> Any:  # noqa: ANN401 - the scenario author's own types
    if not variant.bare:
        return variant.body(db, key)
    # A handle of its own on the same engine: the driver's connection that it borrows must be nobody else's.
    alone = Database(db.engine)
    try:
        return variant.body(alone, key)
    finally:
        alone.take_back()


async def _perform_async(variant: Variant, db: AsyncDatabase, key: Any) -> Any:  # noqa: ANN401 - see _perform
    if not variant.bare:
        return await variant.body_async(db, key)
    alone = AsyncDatabase(db.engine)
    try:
        return await variant.body_async(alone, key)
    finally:
        await alone.take_back()


def _router() -> APIRouter:
    return APIRouter(prefix="/scenarios", route_class=AnsweringRoute)


def _add(
    router: APIRouter,
    endpoint: Callable[..., Any],
    operation: Operation,
    model: type[Asked],
    own: Collection[str],
) -> None:
    scenario, variant = operation.scenario, operation.variant
    endpoint.__annotations__["asked"] = Annotated[model, Query()]
    router.add_api_route(
        f"/{scenario.name}/{variant.name}",
        endpoint,
        methods=["GET"],
        name=f"{scenario.name}_{variant.name}",
        summary=f"{scenario.name}: {variant.name}",
        description="\n\n".join(_description(scenario, variant, own)),
        response_model=Ran,
        # `answer` is left out, not null, where it was not asked for.
        response_model_exclude_unset=True,
        responses=documented(),
    )


def _description(scenario: Scenario, variant: Variant, own: Collection[str]) -> list[str]:
    parts = [scenario.question, variant.label]
    if own:
        parts.append(
            f"Where the scenario sets {', '.join(sorted(own))} otherwise than the service, it runs on an engine of its "
            f"own. Each mode keeps the last {MOST_ENGINES} of these open and closes older ones when they are idle; "
            "their connections are not in the arithmetic at the start of the service, and sync requests still have no "
            "more threads than the service."
        )
    if scenario.arrange is not None:
        parts.append(
            "Before each request the rows are made ready, and within a mode and a process such requests are worked "
            "off one at a time for each dataset: the throughput says nothing. Another mode or process can come in "
            "between."
        )
    return parts
