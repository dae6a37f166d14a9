"""Set up what experiments need: the shared server, a counted wire before it, or a server and wire to break."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack

from bench.core.connections import Connection
from bench.core.dataset import Dataset
from bench.core.drivers import drivers_of
from bench.core.experiments import Experiment, Need
from bench.core.laboratory import Wire
from bench.core.traffic import Traffic
from bench.experiments.job import Job
from bench.experiments.laboratories import Equipment
from bench.experiments.observer import Observer
from bench.servers.delaying import DelayProxy
from bench.servers.fleet import PRIVATE
from bench.servers.launching import Launched
from bench.servers.namespaces import namespace
from bench.servers.seeding import seed
from bench.servers.server import Origin, Server

_UNDELAYED = 0.0


class _CountedWire(DelayProxy):
    """A proxy that adds no delay."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port, [_UNDELAYED])

    def traffic(self, delay_ms: float = _UNDELAYED) -> Traffic:
        return super().traffic(delay_ms)

    def before(self, route: Connection) -> Connection:
        return route.through("127.0.0.1", self.port(_UNDELAYED))


class _Control:
    """Ends and starts a private server; the observer forgets whom it knew there."""

    def __init__(self, launched: Launched, observer: Observer) -> None:
        self._launched = launched
        self._observer = observer

    def stop(self) -> None:
        self._launched.stop()
        self._observer.forget_others()

    def kill(self) -> None:
        self._launched.kill()
        self._observer.forget_others()

    def start(self) -> None:
        self._launched.start_again()


class Apparatus(AbstractContextManager["Apparatus"]):
    """Everything that experiments on one driver use, set up when it is first needed and taken down together."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._stack = ExitStack()
        self._shared: dict[str, Equipment] = {}
        self._counted: dict[str, Equipment] = {}
        self._own: dict[str, Equipment] = {}
        self._wire: _CountedWire | None = None
        self._server: tuple[Server, Launched, _CountedWire] | None = None

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def equipment(self, experiment: Experiment) -> Equipment:
        """Return what the experiment needs, with the rows of its dataset put back and connections counted from zero."""
        dataset = experiment.dataset
        match experiment.needs:
            case Need.NOTHING:
                found = self._shared.get(dataset.name) or self._share(dataset)
            case Need.WIRE:
                found = self._counted.get(dataset.name) or self._count(dataset)
            case Need.FAULTS:
                self._mend()
                found = self._own.get(dataset.name) or self._own_server(dataset)
        found.observer.put_back(dataset, self._job.size, self._job.seed)
        found.observer.begin_counting()
        return found

    def _share(self, dataset: Dataset) -> Equipment:
        routes = self._job.routes[dataset.name]
        observer = self._stack.enter_context(Observer(routes.steward))
        route = next(each for each in routes.direct if each.driver_name == self._job.driver)
        self._shared[dataset.name] = Equipment(self._job.place, route, observer)
        return self._shared[dataset.name]

    def _count(self, dataset: Dataset) -> Equipment:
        plain = self._shared.get(dataset.name) or self._share(dataset)
        if self._wire is None:
            if self._job.address is None:
                raise AssertionError  # The run has left the experiment out.
            self._wire = self._open_wire(self._job.address)
        wire: Wire = self._wire
        self._counted[dataset.name] = Equipment(plain.place, self._wire.before(plain.route), plain.observer, wire)
        return self._counted[dataset.name]

    def _own_server(self, dataset: Dataset) -> Equipment:
        server, launched, wire = self._server = self._server or self._start()
        with namespace(server, dataset.name) as rows:
            # The lock is let go at once: it is a connection that would end with the server, and nobody else is there.
            seed(rows, dataset, self._job.size, self._job.seed)
        observer = self._stack.enter_context(Observer(rows.route(drivers_of(server.kind)[0].name)))
        route = wire.before(rows.route(self._job.driver))
        control = _Control(launched, observer)
        self._own[dataset.name] = Equipment(self._job.place, route, observer, wire, control)
        return self._own[dataset.name]

    def _start(self) -> tuple[Server, Launched, _CountedWire]:
        url, launched = PRIVATE[self._job.kind]()
        self._stack.callback(launched.close)
        server = Server(label=self._job.kind, kind=self._job.kind, url=url, version="", origin=Origin.PRIVATE)
        return server, launched, self._open_wire(server.address or ("127.0.0.1", url.port or 0))

    def _open_wire(self, address: tuple[str, int]) -> _CountedWire:
        wire = _CountedWire(*address)
        self._stack.callback(wire.close)
        return wire

    def _mend(self) -> None:
        """Undo what the experiment before broke."""
        if self._server is not None:
            _, launched, wire = self._server
            launched.start_again()
            wire.resume()
            wire.cut()
            wire.accept()
