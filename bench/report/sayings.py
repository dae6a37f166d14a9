"""Everything that was found about what people say: all tests of a saying together, out of one run or several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bench.core.experiments import Saying
from bench.report.analysis import Analysis
from bench.report.claims import ClaimResult, decide
from bench.report.outcomes import Decision
from bench.report.records import Run


@dataclass(frozen=True)
class Part:
    """One test of a saying: our reading of it, or of a part of it."""

    result: ClaimResult
    run: Run
    number: int
    """Its place among the claims of the run, from 1; the page of the run has it under this number."""


@dataclass(frozen=True)
class Heard:
    """A saying with all of its tests."""

    saying: Saying
    parts: tuple[Part, ...]

    @property
    def tested(self) -> list[Part]:
        """Return the parts that were put to the test somewhere."""
        return [each for each in self.parts if each.result.is_tested]

    @property
    def tally(self) -> Counter[Decision]:
        """Return how many of its tests came to which decision."""
        return Counter(each.result.decision for each in self.tested)

    @property
    def reason(self) -> str:
        """Return why nothing was put to the test, in a sentence; empty where something was."""
        if self.tested:
            return ""
        if self.parts:
            return self.parts[0].result.why_open
        why = self.saying.untested or "no run that was read has a test of it"
        return f"Not put to the test: {why}."


def hear(analyses: Sequence[Analysis]) -> list[Heard]:
    """Return every saying of the catalogue, and whatever else was claimed, with what the runs say about it.

    Where several runs have the same test, that of the first one counts which could perform it.
    """
    found: dict[tuple[str, str, str], Part] = {}
    for analysis in analyses:
        for number, result in enumerate(decide(analysis), start=1):
            key = (result.scenario, result.claim.id, result.claim.text)
            if key not in found or (result.is_tested and not found[key].result.is_tested):
                found[key] = Part(result, analysis.run, number)
    by_id: dict[str, list[Part]] = {}
    for part in found.values():
        by_id.setdefault(part.result.claim.id, []).append(part)
    catalogue = {saying.id: saying for saying in _catalogue(analyses)}
    others = {each: Saying(each, by_id[each][0].result.claim.text, "") for each in by_id if each not in catalogue}
    return [Heard(saying, tuple(by_id.get(saying.id, ()))) for saying in (*catalogue.values(), *others.values())]


def _catalogue(analyses: Sequence[Analysis]) -> Sequence[Saying]:
    """Return the catalogue as the first run has it that performed experiments."""
    return next((each.run.experiments.sayings for each in analyses if each.run.experiments), ())
