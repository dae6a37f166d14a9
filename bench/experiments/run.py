"""The story of the experiments: servers, rows, workers, and a folder that keeps what came out of each driver."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.core.connections import Routes
from bench.core.contract import Place
from bench.core.discovery import discover_experiments
from bench.core.drivers import Driver, driver_named, drivers_of
from bench.core.errors import UsageError
from bench.core.experiments import Experiment, Need
from bench.core.store import RunFolder, create_run, now, write_json
from bench.experiments import record as records
from bench.experiments.job import Job
from bench.experiments.judging import judge
from bench.experiments.process import Performed, perform
from bench.experiments.selection import select
from bench.measure.same_code import code_difference
from bench.micro.description import drivers_data
from bench.micro.preparation import drivers_by_server
from bench.micro.record import first_record
from bench.micro.request import Request
from bench.micro.watch import Watch
from bench.servers.fleet import PRIVATE, open_servers
from bench.servers.given import parse, require
from bench.servers.namespaces import namespace
from bench.servers.seeding import seed
from bench.servers.server import Origin, Server

Record = dict[str, Any]
NAME = "experiments"
"""What the profile of a run is called that performs experiments alone; it ends up in the name of its folder."""

_OF_CASES = ("scenarios", "groups", "counts", "failures", "memory", "left_out", "units")
"""What run.json holds of cases, of which such a run has none."""


def run_experiments(request: Request, results: Path, watch: Watch) -> tuple[RunFolder, Record]:
    """Perform experiments in a run of their own; return its folder and what experiments.json holds.

    Raises:
        UsageError: The request names what does not exist or what this machine lacks.
        OrmbenchError: A server did not start.
    """
    _chosen(request)
    folder = create_run(results, NAME)
    run = first_record(request, folder) | dict.fromkeys(_OF_CASES, ()) | {"command": _command(request)}
    run["profile"]["name"] = NAME

    def keep(backends: Record) -> None:
        run.update(backends)
        folder.write(run)

    try:
        with folder.held():
            record = add_experiments(folder, request, watch, keep)
            folder.write(run | {"finished": now()})
    except BaseException as error:
        folder.remove_if_empty()
        if folder.experiments.exists():
            error.add_note(f"what was performed is kept, show it with: ormbench claims {folder.quoted}")
        raise
    return folder, record


def add_experiments(
    folder: RunFolder, request: Request, watch: Watch, on_servers: Callable[[Record], None] = lambda _: None
) -> Record:
    """Perform experiments, keep them in the folder of a run that is held, and return what experiments.json holds.

    What an earlier attempt has performed is kept and not performed again. `on_servers` is told which backends there are
    once all of them are up, before anything is performed.

    Raises:
        UsageError: The request names what does not exist or what this machine lacks, or a prediction is none.
        OrmbenchError: A server did not start.
    """
    chosen = _chosen(request)
    record = records.first_record(chosen)
    if earlier := records.read(folder):
        records.adopt(earlier, record)
    watch.phase("Starting the database servers")
    with open_servers(request.backends, request.urls) as fleet:
        for each in fleet.absent:
            watch.note(f"Left out: {each.kind} ({each.detail}). To add it: {each.remedy}")
        drivers = drivers_by_server(fleet.servers, [driver_named(name) for name in request.drivers])
        for server in fleet.servers:
            _refuse_no_predictions(chosen, server, drivers[server.label])
        on_servers(
            {
                "backends": [
                    server.as_data() | {"drivers": drivers_data(drivers[server.label])} for server in fleet.servers
                ],
                "absent": [{"kind": each.kind, "reason": each.detail, "remedy": each.remedy} for each in fleet.absent],
            }
        )
        write_json(folder.experiments, record)
        story = _Story(request, folder, chosen, record, watch)
        for server in fleet.servers:
            if drivers[server.label]:
                story.perform_on(server, drivers[server.label])
    record["finished"] = True
    write_json(folder.experiments, record)
    return record


def _refuse_no_predictions(experiments: Sequence[Experiment], server: Server, drivers: Sequence[Driver]) -> None:
    """Find out before anything is performed that an outcome could not be judged.

    Raises:
        UsageError: Something that was written down before is no prediction.
    """
    for experiment in experiments:
        places = (Place(server.kind, driver) for driver in drivers)
        for place in (each for each in places if experiment.hindrance(each) is None):
            try:
                judge(experiment, place, ())
            except UsageError as error:
                message = f"experiment {experiment.name!r}: {error}"
                raise UsageError(message) from None


def _command(request: Request) -> str:
    """Return the command line that asks for the same again; passwords are masked."""
    places = request.words_of_places()
    return shlex.join(["ormbench", "check", "--experiments", *request.patterns, *places, "--seed", str(request.seed)])


def _chosen(request: Request) -> list[Experiment]:
    """Return the experiments that are asked for; refuse what is wrong before any server starts."""
    for url in request.urls:
        parse(url)
    for name in request.drivers:
        driver_named(name)
    return select(request.patterns, discover_experiments(request.files))


class _Story:
    """The experiments on their way from server to server."""

    def __init__(
        self,
        request: Request,
        folder: RunFolder,
        experiments: Sequence[Experiment],
        record: Record,
        watch: Watch,
    ) -> None:
        self._request = request
        self._folder = folder
        self._experiments = {each.name: each for each in experiments}
        self._entries = {each["name"]: each["results"] for each in record["experiments"]}
        self._record = record
        self._watch = watch

    def perform_on(self, server: Server, drivers: Sequence[Driver]) -> None:
        """Put rows on a server and perform everything there that can be, driver by driver."""
        datasets = {each.dataset.name: each.dataset for each in self._experiments.values()}
        with ExitStack() as stack:
            routes: dict[str, Routes] = {}
            for name, dataset in datasets.items():
                place = stack.enter_context(namespace(server, name))
                seed(place, dataset, self._request.profile.size, self._request.seed)
                direct = tuple(place.route(driver.name) for driver in drivers)
                routes[name] = Routes(place.route(drivers_of(server.kind)[0].name), direct)
            for driver in drivers:
                self._perform_with(server, driver, routes)

    def _perform_with(self, server: Server, driver: Driver, routes: dict[str, Routes]) -> None:
        place = Place(server.kind, driver)
        able = list(self._able(server, place))
        if able:
            what = "1 experiment" if len(able) == 1 else f"{len(able)} experiments"
            self._watch.phase(f"Performing {what} on {server.label}+{driver.name}")
        job = Job(
            kind=server.kind,
            driver=driver.name,
            experiments=able,
            files=[str(path) for path in self._request.files],
            size=self._request.profile.size,
            seed=self._request.seed,
            routes=routes,
            address=server.address,
        )
        try:
            for performed in perform(job, self._experiments, self._folder.logs / f"{server.label}-{driver.name}.log"):
                if performed.error is not None:
                    require(server)
                experiment = self._experiments[performed.experiment]
                self._keep(experiment, records.result_data(experiment, server.label, place, performed))
        finally:
            write_json(self._folder.experiments, self._record)

    def _able(self, server: Server, place: Place) -> Iterator[str]:
        """Yield the experiments that are to be performed at a place; keep of the others why they are not."""
        for experiment in self._experiments.values():
            where = (server.label, place.driver.name)
            reason = experiment.hindrance(place) or _forbidden(experiment, server)
            if any((each["backend"], each["driver"]) == where for each in self._entries[experiment.name]):
                continue
            if reason is not None:
                self._keep(experiment, records.left_out_data(*where, reason))
            elif unlike := _unlike(experiment):
                failed = Performed(experiment.name, error=unlike)
                self._keep(experiment, records.result_data(experiment, server.label, place, failed))
            else:
                yield experiment.name

    def _keep(self, experiment: Experiment, entry: dict[str, Any]) -> None:
        self._entries[experiment.name].append(entry)


def _forbidden(experiment: Experiment, server: Server) -> str | None:
    """Return why an experiment may not run on a server, or None where it may."""
    if experiment.needs is Need.FAULTS and server.origin is Origin.GIVEN:
        return "faults are never made on a given server"
    if experiment.needs is Need.FAULTS and server.kind not in PRIVATE:
        return f"there is no private {server.kind} server to break"
    if experiment.needs is Need.WIRE and server.address is None:
        return "no wire can stand before this server: its URL names no host, or asks for encryption"
    return None


def _unlike(experiment: Experiment) -> str | None:
    """Return in which line the twins differ without a declared divergence, or None."""
    if experiment.run is None or experiment.run_async is None or experiment.divergence is not None:
        return None
    difference = code_difference(experiment.run, experiment.run_async)
    return f"the twins are different programs: {' / '.join(difference.splitlines())}" if difference else None
