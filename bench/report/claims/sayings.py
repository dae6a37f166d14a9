"""Everything that was found about what people say: all tests of a saying together, out of one run or several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from bench.core.claims import Claim
from bench.core.contract import Scenario
from bench.core.experiments import Saying
from bench.report.claims.deciding import decide
from bench.report.claims.decisions import ClaimResult
from bench.report.claims.outcomes import Decision
from bench.report.findings.analysis import Analysis
from bench.report.reading.checks import ClaimUsed
from bench.report.reading.records import Run


@dataclass(frozen=True)
class Catalogue:
    """What the files of the checkout say, for what a run did not write down: nothing of it changes a decision."""

    sayings: Sequence[Saying] = ()
    scenarios: Sequence[Scenario] = ()

    def brought_up_to_date(self, result: ClaimResult) -> ClaimResult:
        """Return the result with what its claim's file says by now: which saying it is about, and why it surprises."""
        claims = [claim for scenario in self.scenarios if scenario.name == result.scenario for claim in scenario.claims]
        same = [claim for claim in claims if _is_same(claim, result.claim)]
        claim = next((each for each in same if each.id == result.claim.id), next(iter(same), None))
        if claim is None:
            return result
        used = replace(result.claim, id=claim.id)
        if not used.explained:
            used = replace(used, expected=claim.expected, explained=claim.explained)
        return replace(result, claim=used)


NO_CATALOGUE = Catalogue()


def _is_same(claim: Claim, used: ClaimUsed) -> bool:
    """Say whether it is the same test, whatever the words of our reading or the saying behind it are by now."""
    sides = ("variant", "than", "times")
    is_known = claim.id == used.id or claim.text == used.text
    return is_known and all(getattr(claim.check, it, None) == getattr(used.check, it, None) for it in sides)


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
    read: str = "this run"
    """What was read, in words."""

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
        why = self.saying.untested
        return f"Not put to the test: {why}." if why else f"Not tested in {self.read}."


def hear(analyses: Sequence[Analysis], catalogue: Catalogue = NO_CATALOGUE) -> list[Heard]:
    """Return every saying of the catalogue, and whatever else was claimed, with what the runs say about it.

    Where several runs have the same test, that of the first one counts which could perform it. What a run wrote down
    itself goes before what the checkout's catalogue says, but for the saying that a reading is about.
    """
    found: dict[tuple[str, str, str], Part] = {}
    for analysis in analyses:
        for number, decided in enumerate(decide(analysis), start=1):
            result = catalogue.brought_up_to_date(decided)
            key = (result.scenario, result.claim.id, result.claim.text)
            if key not in found or (result.is_tested and not found[key].result.is_tested):
                found[key] = Part(result, analysis.run, number)
    by_id: dict[str, list[Part]] = {}
    for part in found.values():
        by_id.setdefault(part.result.claim.id, []).append(part)
    sayings = {saying.id: saying for saying in _sayings(analyses, catalogue, by_id)}
    others = {each: Saying(each, by_id[each][0].result.claim.text, "") for each in by_id if each not in sayings}
    read = "this run" if len(analyses) == 1 else "these runs"
    known = [Heard(each, _said(each, by_id.get(each.id, [])), read) for each in sayings.values()]
    return known + [Heard(each, tuple(by_id[each.id]), read) for each in others.values()]


def _said(saying: Saying, parts: Sequence[Part]) -> tuple[Part, ...]:
    """Return the parts with who says it, which a run without experiments does not know."""
    return tuple(replace(part, result=replace(part.result, saying=saying)) for part in parts)


def _sayings(analyses: Sequence[Analysis], catalogue: Catalogue, claimed: Collection[str]) -> Sequence[Saying]:
    """Return the sayings as the first run has them that performed experiments, else those of the checkout.

    Of a run of files of the user's own, whose claims are none of the checkout's, nobody wants to know what it left out.
    """
    performed = [each.run.experiments for each in analyses if each.run.experiments]
    if performed:
        return performed[0].sayings
    is_own = claimed and not any(saying.id in claimed for saying in catalogue.sayings)
    return () if is_own else catalogue.sayings
