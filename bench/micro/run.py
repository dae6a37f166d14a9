"""The story of a run: servers, data, proofs, fresh processes, and a folder that always tells where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from bench.core.contract import Scenario
from bench.core.discovery import discover
from bench.core.errors import OrmbenchError, UsageError
from bench.core.store import RunFolder, create_run, units_of
from bench.measure.proofs import Proof
from bench.micro.against.agreement import Agreement, agree, refuse_nothing
from bench.micro.against.hearing import agreement_data, hear
from bench.micro.against.second import Second, make_second
from bench.micro.against.turns import in_turn
from bench.micro.preparation import Prepared, prepared, refuse_unknown
from bench.micro.process import CaseHungError, ConnectionLostError, NothingMeasuredError, measure_in_process
from bench.micro.proving import prove
from bench.micro.record import finished, first_record, planned
from bench.micro.request import Request
from bench.micro.resuming import refuse_other_environment, refuse_other_program
from bench.micro.sentry import HANGS
from bench.micro.side import HERE
from bench.micro.stopwatch import Stopwatch
from bench.micro.unit import Unit, UnitGroup, derived_seed
from bench.micro.watch import Watch
from bench.micro.weighing import weigh

HUNG_STAGE = "time limit"
"""The stage of the failure of a case that did not end: what is measured from then on is measured without it."""


def start(request: Request, results: Path, watch: Watch) -> RunFolder:
    """Begin a new run and bring it to its end.

    Raises:
        UsageError: The request names what does not exist or what this machine lacks.
        OrmbenchError: A server or a measuring process died; what is complete is kept.
    """
    refuse_unknown(request, discover(request.files))
    second = _second(request, watch)
    folder = create_run(results, request.profile.name)
    try:
        _Run(request, folder, first_record(request, folder), watch, second).carry_out()
    except BaseException:
        folder.remove_if_empty()
        raise
    return folder


def resume(folder: RunFolder, urls: tuple[str, ...], watch: Watch) -> RunFolder:
    """Measure the units that a run lacks, on the same plan.

    Raises:
        UsageError: The machine, a version or a scenario is not what the run began with, or a password is missing.
        OrmbenchError: A server or a measuring process died; what is complete is kept.
    """
    record = folder.read()
    try:
        before, request = record["environment"], Request.from_data(record["request"], urls)
        unfinished = record["finished"] is None or bool(folder.missing(units_of(record)))
        described = record["scenarios"]
    except (KeyError, TypeError) as error:
        message = f"{folder.path / 'run.json'} is damaged (missing or wrong: {error}); start a new run"
        raise UsageError(message) from None
    refuse_other_environment(folder.id, before)
    if unfinished:
        refuse_other_program(folder.id, described, discover(request.files))
        _Run(request, folder, record, watch, _second(request, watch)).carry_out()
    return folder


def _second(request: Request, watch: Watch) -> Second | None:
    return make_second(request.against, request.files, watch) if request.against else None


class _Run:
    """One run on its way; `record` is what run.json holds, written whenever something is complete."""

    def __init__(
        self, request: Request, folder: RunFolder, record: dict[str, Any], watch: Watch, second: Second | None
    ) -> None:
        self._request = request
        self._folder = folder
        self._record = record
        self._watch = watch
        self._second = second
        self._stopwatch = Stopwatch(record["wall_s"])
        self._had_their_chance = set[str]()
        """Cases that lost a connection, and units that were measured anew for it."""

    def carry_out(self) -> None:
        """Bring servers and data up, prove all cases, and measure the units that are missing."""
        scenarios = discover(self._request.files)
        earlier = self._record.get("failures", [])
        with self._folder.held(), prepared(scenarios, self._request, self._stopwatch, self._watch) as ready:
            with self._stopwatch.phase("proofs"):
                proof, outcomes = prove(ready, self._request.seed, self._watch)
                found = self._hear(scenarios, ready, proof)
            units = [self._rest_of(unit) for unit in self._units(proof, ready, found)]
            units = [unit for unit in units if unit.groups]
            self._record = (
                {"memory": []}
                | self._record
                | planned(self._record, scenarios, ready, proof, outcomes)
                | {"units": [unit.name for unit in units if not unit.against]}
            )
            self._record["failures"] += [each for each in earlier if each not in self._record["failures"]]
            if self._second and found:
                self._describe_second(self._second, found, units)
            with self._resumable():
                self._save()
                self._weigh(ready, proof)
                missing = self._folder.missing([unit.name for unit in units])
                self._measure([unit for unit in units if unit.name in missing], ready)
                self._record |= finished(self._record, self._folder)
                self._save()

    def _hear(self, scenarios: Sequence[Scenario], ready: Prepared, proof: Proof) -> Agreement | None:
        """Return what the second side has in common with this one; None where there is no second side."""
        if self._second is None:
            return None
        self._watch.phase(f"Proving that {self._second.name} does the same work")
        events = hear(self._second.side, self._request, ready, self._folder.logs)
        names = {scenario.name for scenario in scenarios}
        found = agree(events, ready.plan, proof, names, selected=bool(self._request.patterns))
        refuse_nothing(self._second, found, ready.plan)
        for left in found.left_out:
            self._watch.note(f"Not compared: {left['what']}: {left['reason']}")
        return found

    def _describe_second(self, second: Second, found: Agreement, units: Sequence[Unit]) -> None:
        """Write down what the second side is.

        Raises:
            UsageError: The run began with another one.
        """
        said = agreement_data(second, found) | {"units": [unit.name for unit in units if unit.against]}
        earlier = self._record.get("against", said)
        changed = [key for key in ("commit", "python", "packages") if earlier[key] != said[key]]
        if changed:
            message = (
                f"run {self._folder.id} began against another second side ({', '.join(changed)} changed); "
                "start a new run"
            )
            raise UsageError(message)
        said["failures"] += [each for each in earlier["failures"] if each not in said["failures"]]
        self._record["against"] = said

    def _units(self, proof: Proof, ready: Prepared, found: Agreement | None) -> Iterator[Unit]:
        """Yield the units, backend by backend inside of a pass: a slow hour falls on all backends and sides alike."""
        profile, request, plan = self._request.profile, self._request, ready.plan
        valid = {group_id: proof.valid(cases) for group_id, cases in plan.timed.items()}
        everywhere = sum(len(cases) for cases in valid.values())
        for number in range(1, request.pass_count + 1):
            for backend in ready.drivers:
                mine = [(each, valid[each.id]) for each in plan.timed_on(backend)]
                groups = [(each.scenario.name, each.parameters, each.delay_ms, cases) for each, cases in mine if cases]
                Random(derived_seed(request.seed, "groups", number, backend)).shuffle(groups)
                share = sum(len(cases) for *_, cases in groups) / max(1, everywhere)
                if groups:
                    unit = self._unit(number, backend, groups, ready, profile.measuring_s / profile.passes * share)
                    if self._second and found:
                        yield from in_turn(unit, self._second.side, request.files, found)
                    else:
                        yield unit

    def _unit(
        self, pass_number: int, backend: str, groups: Sequence[UnitGroup], ready: Prepared, budget_s: float
    ) -> Unit:
        profile = self._request.profile
        return Unit(
            pass_number=pass_number,
            backend=backend,
            seed=self._request.seed,
            budget_s=budget_s,
            rounds=profile.rounds,
            block_ms=profile.block_ms,
            size=profile.size,
            files=[str(path) for path in self._request.files],
            groups=groups,
            routes=ready.routes[backend],
        )

    def _weigh(self, ready: Prepared, proof: Proof) -> None:
        """Find the peak memory of what asks for it and is not void, once in a run."""
        for backend in ready.routes:
            groups = [group for group in ready.plan.weighed if group.backend == backend]
            if not groups or any(each["case"]["backend"] == backend for each in self._record["memory"]):
                continue
            self._watch.phase(f"Weighing the memory of {len(groups)} groups on {backend}")
            each_group = [(each.scenario.name, each.parameters, None, proof.valid(each.cases())) for each in groups]
            with self._stopwatch.phase("memory"):
                unit = self._unit(0, backend, each_group, ready, 0.0)
                found = weigh(unit, self._folder.logs, max(each.scenario.limit_s for each in groups))
            self._record["memory"] += [each for each in found if "case" in each]
            for each in found:
                if "failed" in each:
                    ready.require(backend)
                    failure = {"case": each["failed"], "stage": "weighing", "message": each["reason"]}
                    self._fail(failure, self._record)
            self._save()

    def _measure(self, units: list[Unit], ready: Prepared) -> None:
        self._watch.plan([unit.budget_s for unit in units])
        try:
            for number, unit in enumerate(units):
                self._watch.unit(unit.name, number, len(units))
                with self._stopwatch.phase("processes"):
                    self._measure_one(unit, ready)
                self._save()
        finally:
            self._watch.done()  # A bar that stays open keeps the cursor of the terminal hidden.

    def _measure_one(self, unit: Unit, ready: Prepared) -> None:
        """Measure a unit; where a case hangs, again without it; where one loses its connection, once more."""
        side = self._second.side if self._second and unit.against else HERE
        while (rest := self._rest_of(unit)).groups:
            try:
                measure_in_process(rest, self._folder, lambda event: self._note(event, unit, ready), side=side)
            except CaseHungError:
                if self._rest_of(unit) == rest:
                    raise
            except NothingMeasuredError:
                break
            except ConnectionLostError as error:
                self._watch.note(f"{error}; it is measured again")
            except OrmbenchError:
                ready.require(unit.backend)
                raise
            else:
                return
        self._record_of(unit)["units"].remove(unit.name)

    def _record_of(self, unit: Unit) -> dict[str, Any]:
        """Return the part of the record that tells of the side that measures a unit."""
        part: dict[str, Any] = self._record["against"] if unit.against else self._record
        return part

    def _rest_of(self, unit: Unit) -> Unit:
        """Return the unit without the cases that are known to hang."""
        known = self._record["against"] if unit.against and "against" in self._record else self._record
        return unit.without({each["case"] for each in known.get("failures", ()) if each["stage"] == HUNG_STAGE})

    @contextmanager
    def _resumable(self) -> Iterator[None]:
        """Tell whoever reads of the end how the run goes on."""
        try:
            yield
        except BaseException as error:
            if self._folder.has_record:
                error.add_note(f"complete units are kept, go on with: ormbench run --resume {self._folder.quoted}")
            raise

    def _note(self, event: Mapping[str, Any], unit: Unit, ready: Prepared) -> None:
        if event["event"] in {"failed", HANGS}:
            ready.require(unit.backend)
            if event.get("lost"):  # the code of a second side may be older, and say nothing of it
                self._give_a_chance(event, unit)
            stage = HUNG_STAGE if event["event"] == HANGS else "operation"
            self._fail({"case": event["id"], "stage": stage, "message": event["reason"]}, self._record_of(unit))
        self._watch.event(event)

    def _give_a_chance(self, event: Mapping[str, Any], unit: Unit) -> None:
        """Do not blame a case for a lost connection where it is the first time for the case and for the unit.

        Raises:
            ConnectionLostError: It is.
        """
        concerned = {event["id"], unit.name}
        is_first = concerned.isdisjoint(self._had_their_chance)
        self._had_their_chance |= concerned
        if is_first:
            message = f"{unit.name} lost a connection to {unit.backend} in {event['id']} ({event['reason']})"
            raise ConnectionLostError(message)

    def _fail(self, failure: dict[str, str], record: dict[str, Any]) -> None:
        """Keep a failure at once: its unit may be complete when the run is killed, and is not measured again then.

        A case fails once at each stage; in a later pass the same may have other figures in its words.
        """
        known = {(each["case"], each["stage"]) for each in record["failures"]}
        if (failure["case"], failure["stage"]) not in known:
            record["failures"].append(failure)
            self._save()

    def _save(self) -> None:
        self._record["wall_s"] = self._stopwatch.phases_s
        self._folder.write(self._record)
