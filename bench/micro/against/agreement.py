"""Find out what both sides of a run have in common: only that is timed on the second side."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bench.core.cases import Case
from bench.core.errors import OrmbenchError
from bench.core.traffic import Traffic
from bench.measure.proofs import Counts, Failure, Proof
from bench.micro.against.second import Second
from bench.micro.against.witness import Told
from bench.micro.plan import Plan

ONLY_THERE = "only the second side has it"
NOT_THERE = "the second side has no such case, or cannot run it"


@dataclass
class Agreement:
    """What the second side said, held against what is known of the first."""

    python: str = ""
    packages: dict[str, str] = field(default_factory=dict)
    proof: Proof = field(default_factory=Proof)
    """The second side's; a case that gives another answer than on the first side failed."""
    left_out: list[dict[str, str]] = field(default_factory=list)

    def valid(self, cases: Iterable[Case]) -> list[Case]:
        """Return those cases of the first side that are timed on the second one too; twins go with their baselines."""
        sound = {counts.case.id for counts in self.proof.counts}
        return [case for case in self.proof.valid(cases) if replace(case, twin=False).id in sound]

    def leave_out(self, what: str, reason: str) -> None:
        """Keep the reason why something is not compared."""
        self.left_out.append({"what": what, "reason": reason})


def agree(
    events: Iterable[Mapping[str, Any]], plan: Plan, proof: Proof, mine: Collection[str], *, selected: bool
) -> Agreement:
    """Return what both sides have in common.

    Args:
        events: What the witnesses reported, one backend after another.
        plan: The plan of the first side.
        proof: What was proved on the first side.
        mine: The names of all scenarios of the first side.
        selected: Whether SELECT picked cases; what only the second side has was not asked for then.
    """
    found = Agreement()
    timed = dict(originals(plan))
    ours = {counts.case.id: counts for counts in proof.counts}
    for event in events:
        match event["event"]:
            case Told.VERSIONS:
                found.python, found.packages = event["python"], dict(event["packages"])
            case Told.SCENARIOS if not selected:
                for name in event["names"]:
                    if name not in mine and {"what": name, "reason": ONLY_THERE} not in found.left_out:
                        found.leave_out(name, ONLY_THERE)
            case Told.PROVED:
                known = set() if selected else {case.id for case in plan.by_id[event["group"]].cases()}
                _hear(found, event, proof.valid(timed[event["group"]]), ours, known)
    for copy, original in plan.delayed:
        found.proof.copy_to(copy, original)
    return found


def refuse_nothing(second: Second, found: Agreement, plan: Plan) -> None:
    """Refuse to go on where there is nothing to compare.

    Raises:
        OrmbenchError: No timed case is sound on both sides; the message has the first reason.
    """
    if not any(found.valid(cases) for cases in plan.timed.values()):
        reasons = [
            *(f"{each.case}: {each.stage}: {' '.join(each.message.split())}" for each in found.proof.failures),
            *(f"{each['what']}: {each['reason']}" for each in found.left_out),
            "no case is sound on the first side",
        ]
        message = f"nothing can be compared with {second.name}: {reasons[0]}"
        raise OrmbenchError(message)


def originals(plan: Plan) -> Iterator[tuple[str, list[Case]]]:
    """Yield every timed group as it is proved, without a network delay: its id and its timed cases but the twins."""
    proved = {copy.id: original for copy, original in plan.delayed}
    told: set[str] = set()
    for group_id, cases in plan.timed.items():
        original = proved.get(group_id, plan.by_id[group_id])
        if original.id not in told:
            told.add(original.id)
            yield original.id, [original.case(case.variant, case.driver) for case in cases if not case.twin]


def _hear(
    found: Agreement, event: Mapping[str, Any], cases: list[Case], ours: Mapping[str, Counts], known: set[str]
) -> None:
    """Take in what the second side said of a group.

    Args:
        found: What is added to.
        event: What the witness reported.
        cases: The group's cases that are sound on the first side.
        ours: What these did there.
        known: The ids of all cases that the first side has in the group; empty where nobody asks for more.
    """
    if event["reason"] is not None:
        found.leave_out(event["group"], event["reason"])
        return
    theirs = {Case.from_data(each).id for each in event["cases"]}
    counts = {each.case.id: each for each in map(_counts, event["counts"])}
    failures = [Failure(**each) for each in event["failures"]]
    for case in cases:
        if case.id not in theirs:
            found.leave_out(case.id, NOT_THERE)
            continue
        found.proof.failures += [each for each in failures if each.case == case.id]
        if case.id in counts:
            found.proof.counts.append(counts[case.id])
            found.proof.failures += _other_answer(counts[case.id], ours[case.id])
    for name in sorted(theirs - known) if known else ():
        found.leave_out(name, ONLY_THERE)


def _other_answer(theirs: Counts, ours: Counts) -> Iterator[Failure]:
    if theirs.digest != ours.digest:
        message = f"the second side returns or leaves other rows ({theirs.rows} there, {ours.rows} here)"
        yield Failure(theirs.case.id, "same answer", message)


def _counts(data: Mapping[str, Any]) -> Counts:
    traffic = None if data["traffic"] is None else Traffic(**data["traffic"])
    sql = tuple((statement, times) for statement, times in data["sql"])
    return Counts(**{**data, "case": Case.from_data(data["case"]), "sql": sql, "traffic": traffic})
