"""The answer of a large run in a few lines: the best choices of a scenario, and when they change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.core.contrasts import Question
from bench.core.verdicts import Verdict
from bench.report import labels
from bench.report.answer.rules import Place, rule
from bench.report.findings import standings
from bench.report.findings.analysis import Analysis, GroupResult
from bench.report.findings.standings import BESIDE, NOT_TOLD_APART

NOTE = (
    "The best choice of each scenario, and when it changes. "
    "A choice counts as best where it is the fastest of the full answers, or not behind it. "
    f"{BESIDE} A place where nobody is behind is open. "
    "Async over sync is within one library or family: the median, with the lowest and the highest of all "
    "single ratios, which are no interval."
)
MOST_CHANGES = 3
"""Exceptions that are named; more of them are a table, and that is on the page."""
MOST_BESIDE = 2
"""Choices that are named as not behind the best in some of its places, and again those that are in all of them."""
LAYERS = "none: layers are compared"
"""In the place of a best variant where each variant holds another: the fastest is the one that does the least."""


@dataclass(frozen=True)
class Entry:
    """What a reader takes home of one scenario on one backend, or on all of them."""

    scenario: str
    backends: str
    groups: int
    variant: str
    """The best choice among the variants, with the places where it is not."""
    mode: str
    """What async takes of the time of sync, within one library or family."""
    mode_median: str
    """The median of it; empty where no library was measured in both modes."""
    mode_open: str
    """How many of its comparisons are inconclusive, `3 of 8`; empty where none is."""
    driver: str
    """The fastest driver for the best variant."""


@dataclass(frozen=True)
class _Seat:
    """Who leads in one place."""

    place: Place
    leaders: tuple[str, ...]
    rivals: int
    equivalent: frozenset[str] = frozenset()
    """The leaders that are equivalent to the first of them, itself among them."""

    @property
    def is_open(self) -> bool:
        """Say whether no rival can be told from the fastest."""
        return len(self.leaders) == self.rivals > 1


@dataclass(frozen=True)
class Pair:
    """Async over sync in one place."""

    place: Place
    ratio: float
    verdict: Verdict


def entries(analysis: Analysis, *, by_backend: bool = True) -> list[Entry]:
    """Return an entry for each scenario and backend, or for each scenario."""
    members: dict[tuple[str, str], list[GroupResult]] = {}
    for scenario in analysis.run.manifest.scenarios:
        for group in analysis.groups:
            if group.scenario.name == scenario.name:
                key = scenario.name, group.backend.label if by_backend else ""
                members.setdefault(key, []).append(group)
    return [_entry(analysis, groups) for groups in members.values()]


def _entry(analysis: Analysis, groups: Sequence[GroupResult]) -> Entry:
    seats = [
        seat for group in groups for driver in group.drivers if (seat := _seat_of_variants(analysis, group, driver))
    ]
    layers = groups[0].scenario.compares_layers
    best = None if layers else _favourite(seats)
    fastest = [seat for group in groups if (seat := _seat_of_drivers(analysis, group, best or group.used.baseline))]
    found = list(pairs(groups))
    return Entry(
        scenario=groups[0].scenario.name,
        backends=", ".join(dict.fromkeys(labels.backend(group.backend) for group in groups)),
        groups=len(groups),
        variant=LAYERS if layers else _choice(seats),
        mode=_modes(found),
        mode_median=labels.ratio(_median(found)) if found else "",
        mode_open=_open(found),
        driver=_choice(fastest),
    )


def _seat_of_variants(analysis: Analysis, group: GroupResult, driver: str) -> _Seat | None:
    rivals = standings.variants(group, driver)
    leaders = standings.leaders(analysis.run, rivals, group.verdicts)
    return _seat(_place(group, driver=driver), {case.variant: said for case, said in leaders.items()}, len(rivals))


def _seat_of_drivers(analysis: Analysis, group: GroupResult, variant: str) -> _Seat | None:
    rivals = standings.drivers(analysis, group, variant)
    leaders = standings.leaders(analysis.run, rivals, group.verdicts)
    return _seat(_place(group), {case.driver: said for case, said in leaders.items()}, len(rivals))


def _seat(place: Place, leaders: Mapping[str, Verdict], rivals: int) -> _Seat | None:
    equivalent = frozenset(name for name, said in leaders.items() if said is Verdict.EQUIVALENT)
    return _Seat(place, tuple(leaders), rivals, equivalent) if leaders else None


def _place(group: GroupResult, **further: str) -> Place:
    return {**group.used.parameters, "backend": group.backend.label, **further}


def _favourite(seats: Sequence[_Seat]) -> str | None:
    """Return who is not behind in most places; of equals, who leads in more."""
    not_behind = Counter(name for seat in seats for name in seat.leaders)
    first = Counter(seat.leaders[0] for seat in seats)
    return max(not_behind, key=lambda name: (not_behind[name], first[name]), default=None)


def _choice(seats: Sequence[_Seat]) -> str:
    """Return the best choice, `selectin in 20 of 24; joined with children=1; open in 3`.

    Those that are not behind it wherever it is the best share the title, `columns or select (equivalent) everywhere`:
    one alone is named only where each of the others is slower somewhere. Who runs without a rival has won nothing.
    """
    contested = [seat for seat in seats if seat.rivals > 1]
    alone = sorted({seat.leaders[0] for seat in seats if seat.rivals == 1})
    if not contested:
        return f"only {labels.joined(alone, 'or')}" if alone else "nothing valid"
    return f"{_best(contested)}{f'; without a rival in {len(seats) - len(contested)}' if alone else ''}"


def _best(seats: Sequence[_Seat]) -> str:
    """Return the best choice of places with rivals."""
    decided = [seat for seat in seats if not seat.is_open]
    if not decided:
        names = sorted(seats[0].leaders)
        word = _beside(names, seats)
        return f"{'open: ' if word == NOT_TOLD_APART else ''}{labels.joined(names)} are {word}"
    undecided = [f"open in {len(seats) - len(decided)}"] if len(decided) < len(seats) else []
    best = _favourite(decided) or ""
    kept = [seat for seat in decided if best in seat.leaders]
    title, others = _title(best, kept), _others(best, kept)
    if len(kept) == len(decided):
        where = f" in {len(kept)} of {len(seats)}" if undecided else " everywhere" if len(seats) > 1 else ""
        return "; ".join([f"{title}{where}{others}", *undecided])
    changes = Counter(seat.leaders[0] for seat in decided if best not in seat.leaders)
    said = [_change(name, best, decided) for name, _ in changes.most_common(MOST_CHANGES)]
    if rest := len(changes) - len(said):
        said.append(f"and {rest} others")
    return "; ".join([f"{title} in {len(kept)} of {len(seats)}{others}", *said, *undecided])


def _title(best: str, kept: Sequence[_Seat]) -> str:
    """Return the best choice with those that are behind it in none of its places."""
    never = [name for name, number in _rivals(best, kept) if number == len(kept)]
    if not never:
        return best
    return f"{labels.joined([best, *never], 'or', MOST_BESIDE + 1)} ({_beside([best, *never], kept)})"


def _others(best: str, kept: Sequence[_Seat]) -> str:
    """Return who is not behind the best choice in at least half of its places, but not in all of them."""
    often = [(name, number) for name, number in _rivals(best, kept) if len(kept) <= 2 * number < 2 * len(kept)]
    said = [f"{name} {_beside([best, name], kept)} in {number}" for name, number in often[:MOST_BESIDE]]
    return f" ({', '.join(said)})" if said else ""


def _beside(names: Sequence[str], seats: Sequence[_Seat]) -> str:
    """Return what some choices are to each other where they lead together: equivalent only if that was shown of all."""
    together = [seat for seat in seats if set(names) <= set(seat.leaders)]
    shown = all(set(names) <= seat.equivalent for seat in together)
    return str(Verdict.EQUIVALENT) if together and shown else NOT_TOLD_APART


def _rivals(best: str, kept: Sequence[_Seat]) -> list[tuple[str, int]]:
    """Return who is not behind the best choice and in how many of its places, most often first."""
    return Counter(name for seat in kept for name in seat.leaders if name != best).most_common()


def _change(name: str, best: str, seats: Sequence[_Seat]) -> str:
    """Return where another one is the better choice."""
    inside = [seat.place for seat in seats if seat.leaders[0] == name and best not in seat.leaders]
    outside = [seat.place for seat in seats if seat.leaders[0] != name or best in seat.leaders]
    words = rule(inside, outside)
    return f"{name} with {words}" if words else f"{name} in {len(inside)}"


def pairs(groups: Iterable[GroupResult]) -> Iterator[Pair]:
    """Yield async over sync of every variant that gives the full answer."""
    for group in groups:
        for_scale = {variant.name for variant in group.variants if variant.is_for_scale}
        for finding in group.of(Question.MODE):
            numerator = finding.contrast.numerator
            if finding.ratio and numerator.variant not in for_scale:
                place = _place(group, driver=numerator.driver, variant=numerator.variant)
                yield Pair(place, finding.ratio.estimate, finding.verdict)


def _median(found: Sequence[Pair]) -> float:
    return median(pair.ratio for pair in found)


def _modes(found: Sequence[Pair]) -> str:
    """Return what async takes of the time of sync, where it is slower or faster, and how often that is not known."""
    if not found:
        return ""
    parts = [
        _spread(found),
        _tally(found, Verdict.SLOWER, "async slower"),
        _tally(found, Verdict.FASTER, "async faster"),
        f"inconclusive in {_open(found)}" if _open(found) else "",
    ]
    return "; ".join(part for part in parts if part)


def _spread(found: Sequence[Pair]) -> str:
    """Return the median, with the lowest and the highest where they differ: in brackets they would be an interval."""
    middle, ratios = labels.ratio(_median(found)), [pair.ratio for pair in found]
    low, high = labels.ratio(min(ratios)), labels.ratio(max(ratios))
    return middle if low == high else f"{middle}, lowest {low}, highest {high}"


def _open(found: Sequence[Pair]) -> str:
    undecided = sum(pair.verdict is Verdict.INCONCLUSIVE for pair in found)
    return f"{undecided} of {len(found)}" if undecided else ""


def _tally(found: Sequence[Pair], verdict: Verdict, word: str) -> str:
    inside = [pair.place for pair in found if pair.verdict is verdict]
    outside = [pair.place for pair in found if pair.verdict is not verdict]
    if not inside:
        return ""
    if not outside:
        return f"{word} everywhere"
    words = rule(inside, outside)
    return f"{word} {f'with {words}' if words else f'in {len(inside)} of {len(found)}'}"
