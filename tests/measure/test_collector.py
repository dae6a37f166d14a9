"""The garbage collector: out of timed blocks, and back as it was afterwards."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from contextlib import suppress

import pytest

from bench.core.conditions import Collector
from bench.measure.collector import collecting, quiesced, sweep, sweep_all


@pytest.fixture(autouse=True)
def _collector_as_before() -> Iterator[None]:
    enabled = gc.isenabled()
    yield
    (gc.enable if enabled else gc.disable)()


class Knot:
    """An object that only the collector can free."""

    def __init__(self) -> None:
        self.me = self


def test_collection_is_off_and_the_living_are_frozen_inside() -> None:
    """What lives before is not looked at again, and nothing is collected by itself."""
    gc.enable()
    with quiesced():
        assert not gc.isenabled()
        assert gc.get_freeze_count() > 0
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_a_collector_that_was_off_stays_off() -> None:
    """The state before is restored, not a state of our own."""
    gc.disable()
    with quiesced():
        pass
    assert not gc.isenabled()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_the_state_is_restored_after_an_exception(error: type[BaseException]) -> None:
    """An operation that raises, or a user who interrupts, leaves a collector that works."""
    gc.enable()
    with pytest.raises(error), quiesced():
        raise error
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_garbage_from_before_is_not_swept_later() -> None:
    """What was left behind before the group began is collected on entry."""
    gc.enable()
    garbage = weakref.ref(Knot())
    with quiesced():
        assert garbage() is None
        assert sweep() == 0


def test_sweeping_frees_what_a_block_left_behind() -> None:
    """Each sweep frees the cycles since the last one and returns how many objects that were."""
    with quiesced():
        for _ in range(5):
            Knot()
        assert sweep() >= 5
        assert sweep() == 0


def test_what_outlives_its_block_is_freed_between_rounds() -> None:
    """A cycle that two blocks used would else stay to the end, and look like a case that hoards."""
    with quiesced():
        knot = Knot()
        alive = weakref.ref(knot)
        sweep()
        del knot
        sweep()
        assert alive() is not None
        assert sweep_all() >= 1
        assert alive() is None


@pytest.mark.parametrize(
    ("collector", "enabled", "frozen"),
    [(Collector.OFF, False, True), (Collector.ON, True, False)],
)
def test_a_block_about_the_collector_has_it_as_asked(collector: Collector, enabled: bool, frozen: bool) -> None:  # noqa: FBT001 - a table
    """Off with the living frozen, or on with nothing frozen."""
    with quiesced(), collecting(collector):
        assert gc.isenabled() is enabled
        assert (gc.get_freeze_count() > 0) is frozen


@pytest.mark.parametrize("collector", Collector)
@pytest.mark.parametrize("error", [None, ValueError])
def test_behind_such_a_block_the_collector_rests_again(collector: Collector, error: type[Exception] | None) -> None:
    """The next block finds it off and the living frozen, whether or not an operation raised."""
    with quiesced():
        with suppress(ValueError), collecting(collector):
            Knot()
            if error is not None:
                raise error
        assert not gc.isenabled()
        assert gc.get_freeze_count() > 0


def test_blocks_with_the_collector_on_see_young_generations_only() -> None:
    """However many blocks there are, none ends what another began: no full collection falls in one of them."""
    seen: set[int] = set()

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            seen.add(info["generation"])

    with quiesced():
        for _ in range(30):
            with collecting(Collector.ON):
                gc.callbacks.append(note)
                kept = [[number] for number in range(10_000)]
                gc.callbacks.remove(note)
            assert len(kept) == 10_000
            del kept
            sweep()
            sweep_all()
    assert seen == {0, 1}
