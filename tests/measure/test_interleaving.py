"""Interleaving: with scripted durations, which case is timed when, with which keys, and how often."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import pytest

from bench.core.cases import Case
from bench.measure import interleaving
from bench.measure.calibration import Calibration
from bench.measure.interleaving import Effort, Samples, calibrate_group, measure_rounds, round_ns
from bench.measure.loops import Block

MS = 1_000_000
A, B, C = (Case("loading", "rows=1", name, "sqlite", "pysqlite") for name in ("a", "b", "c"))
FIVE_ROUNDS = Effort(budget_ns=5 * 36 * MS, rounds=(2, 40), block_ns=12 * MS)
"""Three cases of 12 ms make a round of 36 ms."""


@dataclass
class Scripted:
    """Stands in for the timed loops: every operation takes what the script says, and all calls are noted."""

    operation_ns: dict[Case, int]
    raises: Callable[[Case, int], Exception | None] = lambda _case, _block: None
    events: list[tuple[Any, tuple[Any, ...]]] = field(default_factory=list)
    collecting: list[bool] = field(default_factory=list)

    def __call__(self, case: Case, keys: Sequence[Any]) -> Block:
        """Note the block and say how long it took."""
        block = sum(1 for event in self.events if event[0] == case)
        self.events.append((case, tuple(keys)))
        self.collecting.append(gc.isenabled())
        error = self.raises(case, block)
        if error is not None:
            raise error
        elapsed_ns = len(keys) * self.operation_ns[case]
        return Block(elapsed_ns, elapsed_ns // 2)

    def rounds(self, size: int) -> list[list[tuple[Any, tuple[Any, ...]]]]:
        """Return the timed blocks, `size` to a round; what came before was calibration."""
        first = next(index for index, collecting in enumerate(self.collecting) if not collecting)
        timed = self.events[first:]
        return [timed[start : start + size] for start in range(0, len(timed), size)]


def measured(script: Scripted, effort: Effort = FIVE_ROUNDS, seed: int = 1) -> list[Samples]:
    """Measure the three cases with the script."""

    def draw_key(random: Random) -> int:
        return random.randrange(10**9)

    random = Random(seed)
    samples = calibrate_group((A, B, C), script, draw_key, effort.block_ns, random)
    measure_rounds(samples, script, draw_key, effort.rounds_for([samples])[0], random)
    return samples


@pytest.fixture
def even() -> Scripted:
    """Three cases of 1, 2 and 3 ms an operation: 12, 6 and 4 operations to a block."""
    return Scripted({A: 1 * MS, B: 2 * MS, C: 3 * MS})


def test_every_round_has_every_case_once(even: Scripted) -> None:
    """No case is measured more often than another, in any round."""
    samples = measured(even)
    rounds = even.rounds(3)
    assert len(rounds) == 5
    assert all({case for case, _ in each} == {A, B, C} for each in rounds)
    assert [len(each.blocks) for each in samples] == [5, 5, 5]


def test_a_block_has_as_many_operations_as_calibration_said(even: Scripted) -> None:
    """Each case fills its block with its own number of operations, in every round alike."""
    samples = measured(even)
    assert [each.calibration.inner for each in samples] == [12, 6, 4]
    for each in samples:
        assert each.blocks == [Block(12 * MS, 6 * MS)] * 5


def test_all_cases_of_a_round_work_on_the_same_keys(even: Scripted) -> None:
    """The shorter blocks take the first of the longest one's keys, and each round has keys of its own."""
    measured(even)
    longest = []
    for each in even.rounds(3):
        keys = dict(each)
        assert keys[B] == keys[A][:6]
        assert keys[C] == keys[A][:4]
        longest.append(keys[A])
    assert len(set(longest)) == 5


def test_orders_are_random(even: Scripted) -> None:
    """Over forty rounds all six orders of three cases appear."""
    measured(even, Effort(1e12, (2, 40), 12 * MS))
    assert len({tuple(case for case, _ in each) for each in even.rounds(3)}) == 6


def test_the_same_seed_gives_the_same_orders_and_keys() -> None:
    """A pass can be repeated exactly; another seed makes another one."""

    def events(seed: int) -> list[Any]:
        script = Scripted({A: 1 * MS, B: 2 * MS, C: 3 * MS})
        measured(script, seed=seed)
        return script.events

    assert events(1) == events(1)
    assert events(1) != events(2)


def test_the_place_in_each_round_is_recorded(even: Scripted) -> None:
    """Positions tell afterwards whether being first or last made a difference."""
    samples = measured(even)
    orders = [[case for case, _ in each] for each in even.rounds(3)]
    for each in samples:
        assert each.positions == [order.index(each.case) for order in orders]


@pytest.mark.parametrize(
    ("budget_ns", "rounds"),
    [(0, 2), (36 * MS, 2), (5 * 36 * MS, 5), (5.9 * 36 * MS, 5), (40 * 36 * MS, 40), (1e15, 40)],
)
def test_rounds_are_what_the_budget_holds_within_the_limits(even: Scripted, budget_ns: float, rounds: int) -> None:
    """Whole rounds that fit are measured, the fewest in any case and never more than the most."""
    samples = measured(even, Effort(budget_ns, (2, 40), 12 * MS))
    assert [len(each.blocks) for each in samples] == [rounds] * 3


@pytest.mark.parametrize("factor", [0.01, 100])
def test_rounds_do_not_follow_from_what_is_measured(even: Scripted, factor: float) -> None:
    """However the timed blocks turn out, their number was fixed by calibration before the first of them."""
    calibrated = dict(even.operation_ns)

    def turn(_case: Case, _block: int) -> None:
        if not gc.isenabled():
            even.operation_ns = {case: int(ns * factor) for case, ns in calibrated.items()}

    even.raises = turn
    samples = measured(even)
    assert [len(each.blocks) for each in samples] == [5, 5, 5]
    assert samples[0].blocks[-1].elapsed_ns == 12 * MS * factor


def test_a_case_that_raises_in_calibration_is_given_up_alone(even: Scripted) -> None:
    """The first line of the reason is kept, and the others are measured as if it were not there."""
    even.raises = lambda case, _block: ValueError("no such row\nand a long story") if case == B else None
    a, b, c = measured(even)
    assert (b.failure, b.blocks, b.positions) == ("ValueError: no such row", [], [])
    assert a.failure is c.failure is None
    assert len(a.blocks) == len(c.blocks) == 7  # 180 ms hold seven rounds of 24 ms
    assert sorted(a.positions + c.positions) == [0] * 7 + [1] * 7


def test_a_case_that_raises_in_a_late_round_loses_its_blocks(even: Scripted) -> None:
    """Half a series is no series: its blocks are dropped, while those of the others stay in step."""
    seen = []

    def fail_third(case: Case, _block: int) -> Exception | None:
        if case == B and not gc.isenabled():
            seen.append(case)
            return TimeoutError("lock") if len(seen) == 3 else None
        return None

    even.raises = fail_third
    a, b, c = measured(even)
    assert (b.failure, b.blocks, b.positions) == ("TimeoutError: lock", [], [])
    assert len(seen) == 3
    assert len(a.blocks) == len(c.blocks) == len(a.positions) == len(c.positions) == 5


def test_a_group_in_which_all_cases_raise_ends(even: Scripted) -> None:
    """Each case has its reason, and nothing is timed."""
    even.raises = lambda case, _block: LookupError(case.variant)
    assert [each.failure for each in measured(even)] == ["LookupError: a", "LookupError: b", "LookupError: c"]
    assert len(even.events) == 3


def test_an_interruption_is_not_taken_for_a_failure(even: Scripted) -> None:
    """Ctrl-C ends the group at once, with a collector that works."""
    gc.enable()

    def interrupt(_case: Case, block: int) -> None:
        if block > 6:
            raise KeyboardInterrupt

    even.raises = interrupt
    with pytest.raises(KeyboardInterrupt):
        measured(even)
    assert gc.isenabled()


@pytest.fixture
def _collecting() -> Iterator[None]:
    enabled = gc.isenabled()
    gc.enable()
    yield
    if not enabled:
        gc.disable()


@pytest.mark.usefixtures("_collecting")
def test_the_collector_rests_in_every_timed_block(even: Scripted) -> None:
    """Collection is on while a case is calibrated, off in all of its blocks, and on again afterwards."""
    measured(even)
    assert even.collecting[-15:] == [False] * 15
    assert all(even.collecting[:-15])
    assert gc.isenabled()


@pytest.mark.usefixtures("_collecting")
def test_what_a_block_left_behind_is_swept_before_the_next(even: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    """After each block, one that raised too, the collector runs once, outside of any clock."""
    monkeypatch.setattr(interleaving, "sweep", lambda: even.events.append(("sweep", ())))
    even.raises = lambda case, _block: LookupError() if case == C and not gc.isenabled() else None
    measured(even)
    timed = [case for each in even.rounds(2) for case, _ in each]
    assert timed[1::2] == ["sweep"] * (2 * 5 + 1)
    assert "sweep" not in timed[::2]


def group(cases: int, block_ms: float, failed: int = 0) -> list[Samples]:
    """Return so many calibrated cases of one length, and some that were given up."""
    sound = [Samples(A, Calibration(10, block_ms * MS / 10, ())) for _ in range(cases)]
    return [*sound, *(Samples(B, Calibration(10, 9 * MS, ()), failure="ValueError: no") for _ in range(failed))]


@pytest.mark.parametrize(
    ("groups", "budget_ms", "rounds"),
    [
        ([group(3, 12), group(3, 12)], 10 * 36, [5, 5]),
        ([group(3, 12), group(3, 12)], 12 * 36 - 1, [5, 5]),
        ([group(3, 12), group(3, 12, failed=2)], 10 * 36, [5, 5]),
        ([group(4, 10), group(2, 10)], 10 * 60, [10, 10]),
        ([group(2, 10), group(2, 100)], 2400, [40, 8]),
        ([group(2, 10), group(2, 100)], 1000, [29, 2]),
        ([group(2, 10), group(2, 100), group(2, 10)], 1000, [15, 2, 15]),
        ([group(2, 10), group(1, 1000)], 0, [2, 2]),
        ([group(2, 10), group(1, 1000)], 1e9, [40, 40]),
        ([group(2, 10), group(0, 0, failed=1)], 200, [10, 2]),
        ([group(0, 0, failed=3)], 1e9, [2]),
        ([], 1e9, []),
    ],
)  # fmt: skip
def test_groups_share_the_budget(groups: list[list[Samples]], budget_ms: float, rounds: list[int]) -> None:
    """Each case gets the same time: equal groups equally many rounds, a slow one the fewest, none beyond the limits."""
    effort = Effort(budget_ms * MS, (2, 40), 12 * MS)
    assert effort.rounds_for(groups) == rounds
    spent_ns = sum(count * round_ns(each) for count, each in zip(rounds, groups, strict=True))
    assert spent_ns <= budget_ms * MS or set(rounds) == {2}


def test_latencies_are_kept_together_and_not_with_each_block(even: Scripted) -> None:
    """Ten thousand of them are a histogram of a case; a block in the memory of the process is three numbers."""

    def crowded(case: Case, keys: Sequence[Any]) -> Block:
        return replace(even(case, keys), latencies_ns=(even.operation_ns[case],) * len(keys))

    samples = calibrate_group((A, B), crowded, Random.random, 12 * MS, Random(1), in_flight=4)
    measure_rounds(samples, crowded, Random.random, 5, Random(1))
    assert [each.calibration.inner for each in samples] == [16, 16]
    assert [each.latencies.total for each in samples] == [5 * 16, 5 * 16]
    assert samples[0].latencies.highest_ns == pytest.approx(1 * MS, rel=1e-3)
    assert all(block.latencies_ns == () for each in samples for block in each.blocks)


def test_a_case_that_is_given_up_leaves_no_latencies(even: Scripted) -> None:
    """What was recorded before it failed would be half a series too."""

    def crowded(case: Case, keys: Sequence[Any]) -> Block:
        return replace(even(case, keys), latencies_ns=(MS,) * len(keys))

    samples = calibrate_group((A,), crowded, Random.random, 12 * MS, Random(1))
    begun = len(even.events)
    even.raises = lambda _case, block: TimeoutError("lock") if block == begun + 2 else None
    measure_rounds(samples, crowded, Random.random, 5, Random(1))
    assert (samples[0].failure, samples[0].blocks, samples[0].latencies.total) == ("TimeoutError: lock", [], 0)


def test_what_a_block_keeps_of_memory_is_noted_with_its_case(even: Scripted) -> None:
    """In whatever order the cases came: B keeps a byte with each operation, and the others keep nothing."""

    def resident_bytes() -> int:
        return sum(len(keys) for case, keys in even.events if case == B)

    samples = calibrate_group((A, B, C), even, Random.random, 12 * MS, Random(1))
    measure_rounds(samples, even, Random.random, 4, Random(1), resident_bytes)
    assert [each.changes_bytes for each in samples] == [[0] * 4, [6] * 4, [0] * 4]
