"""The delay line hands on each chunk after its delay, in order, and holds all of them while it is paused."""

from collections.abc import Callable

import pytest

from bench.servers.delay_line import Chunk, DelayLine


class Script:
    """A clock that stands until it is moved, and an alarm that remembers what it was set to."""

    def __init__(self) -> None:
        self.now_ns = 0
        self.set_to_ns: list[int] = []
        self.ring: Callable[[], None]

    def alarm(self, ring: Callable[[], None]) -> "Script":
        """Be the alarm of a line."""
        self.ring = ring
        return self

    def set(self, due_ns: int) -> None:
        """Remember the moment."""
        self.set_to_ns.append(due_ns)

    def ring_at(self, now_ns: int) -> None:
        """Move the clock and ring."""
        self.now_ns = now_ns
        self.ring()


class Sink:
    """A receiver that keeps what it is given."""

    def __init__(self) -> None:
        self.taken: list[Chunk] = []

    def take(self, chunk: Chunk) -> None:
        """Keep the chunk."""
        self.taken.append(chunk)


@pytest.fixture
def script() -> Script:
    """Return a clock at 0."""
    return Script()


@pytest.fixture
def sink() -> Sink:
    """Return an empty receiver."""
    return Sink()


def _line(script: Script, delay_ns: int = 10) -> DelayLine:
    return DelayLine(delay_ns, lambda: script.now_ns, script.alarm)


def test_chunks_that_come_together_arrive_together_after_one_delay(script: Script, sink: Sink) -> None:
    """Put 100 chunks at once: one alarm, and all of them arrive one delay later in their order."""
    line = _line(script)
    chunks = [bytes([number]) for number in range(100)]
    for chunk in chunks:
        line.put(sink, chunk)
    assert sink.taken == []
    script.ring_at(10)
    assert sink.taken == chunks
    assert script.set_to_ns == [10]


def test_each_chunk_is_delayed_from_its_own_time(script: Script, sink: Sink) -> None:
    """Put chunks at 0 and 3: they arrive at 10 and 13, the second by an alarm of its own."""
    line = _line(script)
    line.put(sink, b"first")
    script.now_ns = 3
    line.put(sink, b"second")
    script.ring_at(10)
    assert sink.taken == [b"first"]
    assert script.set_to_ns == [10, 13]
    script.ring_at(13)
    assert sink.taken == [b"first", b"second"]


def test_a_late_alarm_does_not_delay_what_follows(script: Script, sink: Sink) -> None:
    """Ring at 12 for what was due at 10 and 11: both arrive, and a chunk put then is due at 22."""
    line = _line(script)
    line.put(sink, b"first")
    script.now_ns = 1
    line.put(sink, b"second")
    script.ring_at(12)
    assert sink.taken == [b"first", b"second"]
    line.put(sink, b"third")
    assert script.set_to_ns == [10, 22]


def test_an_early_alarm_hands_nothing_on_and_is_set_again(script: Script, sink: Sink) -> None:
    """Ring one nanosecond early: nothing arrives before its time."""
    line = _line(script)
    line.put(sink, b"first")
    script.ring_at(9)
    assert sink.taken == []
    assert script.set_to_ns == [10, 10]


def test_receivers_share_the_line_in_order(script: Script, sink: Sink) -> None:
    """Put chunks for two receivers by turns, an end and a loss among them: each gets its own, in order."""
    line, other = _line(script), Sink()
    for receiver, chunk in [(sink, b"1"), (other, b"2"), (sink, b""), (other, None)]:
        line.put(receiver, chunk)
    script.ring_at(10)
    assert (sink.taken, other.taken) == ([b"1", b""], [b"2", None])


def test_without_delay_a_chunk_is_handed_on_at_once_and_no_alarm_set(script: Script, sink: Sink) -> None:
    """Put a chunk where the delay is 0: it has arrived when `put` returns."""
    _line(script, delay_ns=0).put(sink, b"first")
    assert sink.taken == [b"first"]
    assert script.set_to_ns == []


@pytest.mark.parametrize("delay_ns", [0, 10])
def test_a_paused_line_holds_everything_and_resume_hands_on_what_is_due(
    script: Script, sink: Sink, delay_ns: int
) -> None:
    """Pause with one chunk under way, put another late, ring: nothing arrives until `resume`, then what is due."""
    line = _line(script, delay_ns)
    line.pause()
    line.put(sink, b"first")
    script.now_ns = 95
    line.put(sink, b"second")
    script.ring_at(100)
    assert sink.taken == []
    assert script.set_to_ns == []
    line.resume()
    assert sink.taken == ([b"first"] if delay_ns else [b"first", b"second"])
    assert script.set_to_ns == ([105] if delay_ns else [])


def test_an_alarm_that_rings_during_a_pause_is_made_good_by_resume(script: Script, sink: Sink) -> None:
    """Pause after the alarm was set: its ring is not lost, `resume` delivers and later chunks set the alarm again."""
    line = _line(script)
    line.put(sink, b"first")
    line.pause()
    script.ring_at(10)
    assert sink.taken == []
    line.resume()
    assert sink.taken == [b"first"]
    line.put(sink, b"second")
    assert script.set_to_ns == [10, 20]
