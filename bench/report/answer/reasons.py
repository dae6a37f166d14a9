"""What one variant does more of than another, in the direction of the times: one clause a comparison."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.core.contrasts import Question
from bench.core.verdicts import Verdict
from bench.report import labels
from bench.report.findings.analysis import CaseResult, Finding, GroupResult
from bench.report.reading.delays import Delay
from bench.report.reading.records import Count

HEADING = "Counts that differ in the same direction"
EXPLAINS = 0.5
"""A count is told where its log ratio is at least this share of the log ratio of the times: one that differs by 2 % has
little to do with a factor of 3. Round trips under a delay must take this share of the difference."""
LEAST_FELT_BYTES = 16_384
"""From this difference in an operation on received bytes are told: it is one buffer, and less comes with one read.
libpq reads into 16 KB at first (`inBufSize` in fe-connect.c), MariaDB and MySQL send from 16 KB (`net_buffer_length`).
Sent bytes are not: they follow from statements and written rows, which are alike on both sides or told before."""
TWOFOLD = 2.0
TENFOLD = 10.0


@dataclass(frozen=True)
class _Kind:
    """Something that is counted, and how a difference in it is said."""

    of: Callable[[Count], int | None]
    said: Callable[[int, int], str]

    def between(self, above: Count, below: Count) -> str | None:
        """Return how two counts differ; None where one of them is not known."""
        more, fewer = self.of(above), self.of(below)
        return None if more is None or fewer is None else self.said(more, fewer)


@dataclass(frozen=True)
class Clause:
    """What the numerator of a comparison does more or less of."""

    kind: _Kind
    counted: str
    """The two counts in words, `makes 23 round trips instead of 4`."""
    amount: str = ""
    """The time that the difference makes, which a network delay tells and nothing else does."""

    @property
    def explains(self) -> bool:
        """Say whether the difference is a reason of the times: any other one only goes in the same direction."""
        return bool(self.amount)

    @property
    def said(self) -> str:
        """Return the clause without its subject."""
        return f"{self.counted}{self.amount}"


def clause_of(group: GroupResult, finding: Finding) -> Clause | None:
    """Return what the numerator does more or less of, with the time that it makes where that is known.

    Of the counts that differ in the direction of the times it is the one that differs most; under a network delay
    that explains the times, it is the round trips. None where the contrast is not clear, or no count goes with it.
    """
    clear = finding.verdict in (Verdict.FASTER, Verdict.SLOWER)
    if finding.ratio is None or not clear or finding.contrast.question is not Question.VARIANT:
        return None
    sides = _sides(group, finding)
    above, below = sides[0].count, sides[1].count
    if above is None or below is None:
        return None
    delayed = _by_delay(group.delay, *sides) if group.delay else None
    return delayed or _by_counts(math.log(finding.ratio.estimate), above, below)


def of_group(group: GroupResult) -> list[str]:
    """Return the clauses of all clear contrasts between variants, each with the drivers on which the count differs so.

    Those are all of them, whatever the verdict is there: counts are exact. Where it is every driver, none is named.
    """
    found: dict[tuple[str, str], Clause] = {}
    members: dict[str, list[Finding]] = {}
    for finding in group.of(Question.VARIANT):
        variant = finding.contrast.numerator.variant
        members.setdefault(variant, []).append(finding)
        clause = clause_of(group, finding)
        # Where round trips explain the times on one driver, the time that they make is the same on the others.
        if clause and (clause.explains or (variant, clause.counted) not in found):
            found[variant, clause.counted] = clause
    return [
        f"{variant} {clause.said}{_where(group, members[variant], clause)}." for (variant, _), clause in found.items()
    ]


def _where(group: GroupResult, members: Sequence[Finding], clause: Clause) -> str:
    """Return the drivers on which the counts differ as in the clause, `, on asyncpg`; nothing where it is all."""
    drivers = [each.contrast.numerator.driver for each in members if _differs_so(group, each, clause)]
    return "" if len(drivers) == len(members) else f", on {labels.joined(drivers)}"


def _differs_so(group: GroupResult, finding: Finding, clause: Clause) -> bool:
    above, below = (each.count for each in _sides(group, finding))
    return above is not None and below is not None and clause.kind.between(above, below) == clause.counted


def _sides(group: GroupResult, finding: Finding) -> tuple[CaseResult, CaseResult]:
    return group.cases[finding.contrast.numerator.id], group.cases[finding.contrast.denominator.id]


def _by_delay(delay: Delay, above: CaseResult, below: CaseResult) -> Clause | None:
    """Return the round trips with the time that the delay makes of them, where that explains the difference."""
    trips = [_round_trips(result.count) for result in (above, below) if result.count]
    if len(trips) != len((above, below)) or above.wall_ns is None or below.wall_ns is None or delay.added_ns <= 0:
        return None
    more, fewer = trips
    if more is None or fewer is None:
        return None
    explained_ns = (more - fewer) * delay.added_ns
    if explained_ns == 0 or explained_ns / (above.wall_ns - below.wall_ns or math.inf) < EXPLAINS:
        return None
    amount = f"{labels.milliseconds(abs(explained_ns))} ms {'more' if explained_ns > 0 else 'less'}"
    return Clause(_TRIPS, _trips_said(more, fewer), f", {amount} at {labels.milliseconds(delay.added_ns)} ms each")


def _by_counts(log_ratio: float, above: Count, below: Count) -> Clause | None:
    """Return the count that differs most in the direction of the times; of equal ones the first.

    Bytes are asked only where nothing else differs so: most of them go with the round trips and the rows.
    """
    found = _first_of(_KINDS, log_ratio, above, below)
    return found or (_first_of((_BYTES,), log_ratio, above, below) if _is_felt(above, below) else None)


def _is_felt(above: Count, below: Count) -> bool:
    """Say whether the received bytes differ by more than what comes with one read."""
    received = [count.traffic.received_bytes for count in (above, below) if count.traffic]
    return bool(received) and max(received) - min(received) >= LEAST_FELT_BYTES


def _first_of(kinds: Sequence[_Kind], log_ratio: float, above: Count, below: Count) -> Clause | None:
    best, best_share = None, EXPLAINS
    for kind in kinds:
        more, fewer = kind.of(above), kind.of(below)
        if more is None or fewer is None:
            continue
        share = _log_ratio(more, fewer) / log_ratio
        if share >= best_share and (best is None or share > best_share):
            best, best_share = Clause(kind, kind.said(more, fewer)), share
    return best


def _log_ratio(above: int, below: int) -> float:
    """Return the log ratio of two counts, infinite where one of them alone is 0."""
    if above == below:
        return 0.0
    if not (above and below):
        return math.inf if above else -math.inf
    return math.log(above / below)


def _round_trips(count: Count) -> int | None:
    return count.traffic.round_trips if count.traffic else None


def _statements(count: Count) -> int | None:
    """Return the statements where nobody listened on the wire: there, a statement is about a round trip."""
    return None if count.traffic else count.statements


def _trips_said(above: int, below: int) -> str:
    return f"makes {labels.plural(above, 'round trip')} instead of {below:,}"


def _rows_said(above: int, below: int) -> str:
    if below and above >= TWOFOLD * below:
        return f"reads {_times(above / below)} the rows ({above:,} instead of {below:,})"
    return f"reads {labels.plural(above, 'row')} instead of {below:,}"


def _bytes_said(above: int, below: int) -> str:
    amounts = f"{labels.kilobytes(above)} KB instead of {labels.kilobytes(below)} KB"
    if below and above >= TWOFOLD * below:
        return f"receives {_times(above / below)} the bytes ({amounts})"
    return f"receives {amounts}"


def _times(ratio: float) -> str:
    return f"{ratio:,.0f}x" if ratio >= TENFOLD else f"{ratio:.2g}x"


_TRIPS = _Kind(_round_trips, _trips_said)
_KINDS = (
    _Kind(
        lambda count: count.traffic.connections if count.traffic else None,
        lambda above, below: f"opens {labels.plural(above, 'connection')} instead of {below or 'none'}",
    ),
    _TRIPS,
    _Kind(_statements, lambda above, below: f"sends {labels.plural(above, 'statement')} instead of {below:,}"),
    _Kind(lambda count: count.rows_read, _rows_said),
)
"""What is told, from what costs most by the piece to what costs least."""

_BYTES = _Kind(lambda count: count.traffic.received_bytes if count.traffic else None, _bytes_said)
