"""One group of a unit, ready to be timed: its databases under their conditions, its keys and its cases."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from bench.core.cases import Case
from bench.core.claims import Parameters
from bench.core.conditions import Conditions
from bench.core.contract import Scenario
from bench.measure.collector import collecting
from bench.measure.interleaving import Samples, calibrate_group, given_up, measure_rounds
from bench.measure.loops import Block
from bench.measure.memory import resident_bytes
from bench.measure.observation import NOTHING, Observation, observe
from bench.measure.steward import Steward
from bench.measure.workbench import Workbench
from bench.micro.sentry import Sentry

REWARM_OPERATIONS = 1
"""Performed after connections were opened anew, for each operation in flight: its first use is what a connection pays
for; what psycopg prepares from the sixth use on is a matter of one block of many."""


@dataclass(frozen=True)
class TimedGroup:
    """The cases of a group with all that is needed to perform them."""

    scenario: Scenario
    parameters: Parameters
    cases: Sequence[Case]
    bench: Workbench
    steward: Steward
    sentry: Sentry
    size: Any
    """See Dataset.size."""
    random: Random
    first_pass: bool = True
    """The server's time is asked for in one pass only: it is shown and explains, and nothing is decided by it."""

    def conditions(self, case: Case) -> Conditions:
        """Return what surrounds the operations of a case."""
        return self.scenario.surroundings(case.variant, self.parameters)

    def opened(self) -> AbstractContextManager[None]:
        """Have the databases of all cases open."""
        return self.bench.under([(case.driver, self.conditions(case)) for case in self.cases])

    def calibrate(self, block_ns: float) -> list[Samples]:
        """Warm all cases up and find the length of their blocks; all hold a multiple of the most that are in flight."""
        in_flight = max(self.conditions(case).in_flight for case in self.cases)
        try:
            with self.opened():
                return calibrate_group(
                    self.cases, self.time_block, self.draw_key, block_ns, self.random, in_flight=in_flight
                )
        except Exception as error:  # noqa: BLE001 - a server that lets nobody in must not end the other groups
            return [given_up(case, error) for case in self.cases]

    def measure(self, samples: Sequence[Samples], rounds: int) -> dict[str, Observation]:
        """Time the rounds, then observe every case once more beside the clock."""
        try:
            with self.opened():
                for each in samples:
                    if each.failure is None and self.conditions(each.case).of_engine != Conditions():
                        self._rewarm(each.case)
                measure_rounds(samples, self.time_block, self.draw_key, rounds, self.random, resident_bytes)
                return {each.case.id: self._observe(each) for each in samples if self._shows_more(each)}
        except Exception as error:  # noqa: BLE001 - see calibrate
            for each in samples:
                each.give_up(error)
            return {}

    def time_block(self, case: Case, keys: Sequence[Any]) -> Block:
        """Make the database ready and time one operation per key."""
        conditions = self.conditions(case)
        with self.sentry.watching(case.id, self.scenario.limit_s), self.bench.leaks_refused(case.driver, conditions):
            self.steward.arrange(self.scenario, keys)
            with collecting(conditions.collector):
                return self.bench.time(self.scenario.variant(case.variant), case.driver, keys, conditions)

    def draw_key(self, random: Random) -> Any:  # noqa: ANN401 - the scenario's own type
        """Draw what one operation asks for."""
        return self.scenario.key(self.parameters, self.size, random)

    def perform(self, case: Case, seed: int) -> None:
        """Do the work of a case once."""
        conditions, key = self.conditions(case), self.draw_key(Random(seed))
        with self.opened():
            self.steward.arrange(self.scenario, [key])
            self.bench.perform(self.scenario.variant(case.variant), case.driver, key, conditions)

    def _rewarm(self, case: Case) -> None:
        number = self.conditions(case).in_flight * REWARM_OPERATIONS
        self.time_block(case, [self.draw_key(self.random) for _ in range(number)])

    def _shows_more(self, samples: Samples) -> bool:
        """Say whether there is anything to observe beside the time."""
        server_time = self.first_pass and self.steward.knows_server_time
        return samples.failure is None and (self._has_waits(samples.case) or server_time)

    def _has_waits(self, case: Case) -> bool:
        """Say whether operations wait for one another, or are so long that a loop is held up."""
        return self.conditions(case).in_flight > 1 or self.scenario.weighs_memory

    def _observe(self, samples: Samples) -> Observation:
        case, conditions = samples.case, self.conditions(samples.case)
        keys = [self.draw_key(self.random) for _ in range(samples.calibration.inner)]
        variant = self.scenario.variant(case.variant)
        try:
            with self.sentry.watching(case.id, self.scenario.limit_s):
                self.steward.arrange(self.scenario, keys)
                observed = observe(self.bench, self.steward, variant, case.driver, keys, conditions)
        except Exception as error:  # noqa: BLE001 - a scenario may raise anything; its times were measured without
            samples.give_up(error)
            return NOTHING
        return observed if self._has_waits(case) else replace(observed, waits_ns=(), lags_ns=())
