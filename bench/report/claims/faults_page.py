"""What every driver raises when something goes wrong, as a page of Markdown: docs/drivers-under-faults.md.

An experiment belongs to it by its outcome: faults by name, each with `raised`, the facts of the exception; or facts
among which `leaked` is one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from bench.core.caught import NOTHING
from bench.core.errors import UsageError
from bench.core.experiments import told
from bench.report.claims.repetitions import counted, together
from bench.report.claims.versions import versions
from bench.report.markup import escaped, table, with_code
from bench.report.reading.experiments import Experiments, ExperimentUsed, Result
from bench.report.reading.records import Run

ANY = "Exception"
"""The clause that catches nearly everything, and therefore tells nothing."""
EVERYTHING = "BaseException"
"""The clause that catches cancellations too."""
_COLUMNS = {"exception": "exception", "driver_exception": "of the driver", "code": "code", "is_disconnect": "lost"}
_NONE = "-"
_HEAD = """\
# Drivers under faults

Made by `ormbench claims RUN --faults` from the run `{run}`; a test keeps it current.
{versions}

- exception: the class that SQLAlchemy raises, or lets through; of the driver: what it wraps.
- code: the SQLSTATE (PostgreSQL), the server's number (MariaDB, MySQL) or SQLite's name for it.
- lost: whether SQLAlchemy knows that the connection is lost (`connection_invalidated`).
- next: what the next request on the same engine raises, once what was broken is mended.
- leaked: connections at the server when the engine is closed.

A clause that catches a fault catches others too: `except DBAPIError` holds violated constraints, wrong passwords and
lost connections beside deadlocks. Decide by the code and by `connection_invalidated` what has happened; "tell it by"
has what the drivers give.

A row stands for all drivers that say the same. Clauses are classes of `sqlalchemy.exc`, but for TimeoutError, OSError,
RuntimeError, asyncio.CancelledError and Exception, which are Python's. The TimeoutError of the pool is SQLAlchemy's;
that of `asyncio.timeout` is Python's, an OSError. A RuntimeError of a lost connection comes from uvloop alone, and
passes aiomysql: asyncio's own loop raises none. `except Exception` does not catch a CancelledError. Where chance has a
part, as in what a killed server still sends, or in how many requests meet a dead connection, an experiment is repeated:
"(2 of 3)" stands behind what came out in two of three repetitions.
"""


@dataclass(frozen=True)
class Fault:
    """What one fault did on one driver."""

    name: str
    place: str
    facts: Mapping[str, Any]
    """Of the exception, see `bench.core.caught.exception_facts`; with `caught_by`, the clauses from narrow to wide."""
    others: Mapping[str, Any]
    times: int = 1
    """In how many repetitions it did so."""
    repetitions: int = 1

    @property
    def cells(self) -> list[str]:
        """Return the facts of the exception as a table shows them."""
        return [told(self.facts[name]) if name in self.facts else _NONE for name in _COLUMNS]


def page(run: Run) -> str:
    """Return the page.

    Raises:
        UsageError: The run performed no experiment about faults.
    """
    concerned = _concerned(run)
    faults = {each.name: list(_faults(each)) for each in concerned}
    head = _HEAD.format(run=run.manifest.id, versions=versions([run.manifest]))
    sections = [line for each in concerned for line in _section(each, faults[each.name])]
    return "\n".join([head, *_overview([fault for each in faults.values() for fault in each]), *sections])


def as_data(run: Run) -> dict[str, Any]:
    """Return what the page says as plain data for JSON: every fault on every driver, and what catches it everywhere.

    Raises:
        UsageError: The run performed no experiment about faults.
    """
    concerned = _concerned(run)
    faults = [(each.name, fault) for each in concerned for fault in _faults(each)]
    leaks = [(each.name, place, facts) for each in concerned for place, facts in _leaks(each) if not any(_faults(each))]
    return {
        "run": run.manifest.id,
        "catch": [
            {
                "fault": each.fault,
                "raised": each.classes,
                "tell_it_by": each.signs,
                "clause": each.clause,
                "nothing_raised_with": each.unraised,
            }
            for each in _caught([fault for _, fault in faults])
        ],
        "faults": [
            {
                "experiment": name,
                "fault": each.name,
                "driver": each.place,
                "raised": each.facts,
                "others": each.others,
                "times": each.times,
                "repetitions": each.repetitions,
            }
            for name, each in faults
        ],
        "leaks": [{"experiment": name, "driver": place, "facts": facts} for name, place, facts in leaks],
    }


def _concerned(run: Run) -> list[ExperimentUsed]:
    """Return the experiments of a run that are about faults.

    Raises:
        UsageError: There is none.
    """
    found = [each for each in (run.experiments or Experiments(1)).experiments if any(_faults(each)) or _leaks(each)]
    if not found:
        message = f"run {run.manifest.id} performed no experiment about faults; run: ormbench check --experiments"
        raise UsageError(message)
    return found


def clause(caught_by: Sequence[Sequence[str]]) -> str:
    """Return the narrowest `except` clause that catches all, as one name or two, or else the widest that there is."""
    names = [name for name in dict.fromkeys(name for each in caught_by for name in each) if name != ANY]
    for chosen in (*combinations(names, 1), *combinations(names, 2)):
        if all(set(chosen) & set(each) for each in caught_by):
            return chosen[0] if len(chosen) == 1 else f"({', '.join(chosen)})"
    return ANY if all(ANY in each for each in caught_by) else EVERYTHING


def _faults(experiment: ExperimentUsed) -> Iterator[Fault]:
    for result in experiment.results:
        repetitions = sum(found.times for found in result.outcomes)
        for found in result.outcomes:
            for name, fault in found.outcome.items() if isinstance(found.outcome, dict) else ():
                if isinstance(fault, dict) and "exception" in _told(fault):
                    others = {key: value for key, value in fault.items() if key != "raised"}
                    yield Fault(name, _place(result), fault["raised"], others, found.times, repetitions)


def _told(fault: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a fault raised; other experiments may use the same word for something else."""
    raised = fault.get("raised")
    return raised if isinstance(raised, Mapping) else {}


def _place(result: Result) -> str:
    return f"{result.backend}+{result.driver}"


def _overview(faults: Sequence[Fault]) -> Iterator[str]:
    """Yield, for every fault of every experiment, what is raised and what catches it everywhere."""
    yield "## What to catch"
    yield ""
    rows = (
        [each.fault, ", ".join(each.classes), ", ".join(each.signs) or _NONE, each.catching] for each in _caught(faults)
    )
    columns = ["fault", "raised", "tell it by", "the narrowest clause that catches it with every driver"]
    yield from table(columns, rows)


@dataclass(frozen=True)
class _Catch:
    """What all drivers together tell of a fault."""

    fault: str
    classes: list[str]
    """What they raise; `nothing` stands behind where some raise nothing."""
    signs: list[str]
    """What tells the fault from others that the same clause catches: codes, and that the connection is lost."""
    clause: str | None
    """What catches all that is raised, if anything is."""
    unraised: list[str]
    """Where nothing is raised, for no clause to catch."""

    @property
    def catching(self) -> str:
        """Return the clause; where some raise nothing, that there is none, and what catches it with the others."""
        if not self.unraised:
            return self.clause or _NONE
        others = f"; with the others: {self.clause}" if self.clause else ""
        return f"none: nothing is raised with {', '.join(self.unraised)}{others}"


def _caught(faults: Sequence[Fault]) -> Iterator[_Catch]:
    for name, alike in _by_name(faults).items():
        raised = [each for each in alike if each.facts["exception"] != NOTHING]
        classes = list(dict.fromkeys(each.facts["exception"] for each in raised))
        classes += [NOTHING] if len(raised) < len(alike) else []
        catching = clause([each.facts.get("caught_by", ()) for each in raised]) if raised else None
        unraised = list(dict.fromkeys(each.place for each in alike if each.facts["exception"] == NOTHING))
        yield _Catch(name, classes, _signs(raised), catching, unraised)


def _signs(raised: Sequence[Fault]) -> list[str]:
    lost = ["connection_invalidated"] if any(each.facts.get("is_disconnect") for each in raised) else []
    return lost + list(dict.fromkeys(told(each.facts["code"]) for each in raised if "code" in each.facts))


def _by_name(faults: Sequence[Fault]) -> dict[str, list[Fault]]:
    found: dict[str, list[Fault]] = {}
    for fault in faults:
        found.setdefault(fault.name, []).append(fault)
    return found


def _section(experiment: ExperimentUsed, faults: Sequence[Fault]) -> Iterator[str]:
    yield f"## {escaped(experiment.question)}"
    yield ""
    yield f"{with_code(experiment.how)} (experiment {escaped(experiment.name)})"
    yield ""
    yield from _table_of_faults(faults) if faults else _table_of_facts(_leaks(experiment))
    if experiment.remark:
        yield with_code(experiment.remark)
        yield ""
    surprised: dict[str, list[str]] = {}
    for result in experiment.results:
        if result.as_expected is False:
            surprised.setdefault(experiment.explanation(result), []).append(_place(result))
    for why, places in surprised.items():
        yield with_code(f"Unexpected with {', '.join(places)}. {why}".strip())
        yield ""
    for result in experiment.results:
        if result.error is not None:
            yield escaped(f"No outcome with {_place(result)}: {result.error}")
            yield ""


def _leaks(experiment: ExperimentUsed) -> list[tuple[str, Mapping[str, Any]]]:
    """Return by driver the outcome, over all repetitions, that tells of no exception but of what was left behind."""
    found = [
        (_place(result), together([(each.outcome, each.times) for each in result.outcomes]))
        for result in experiment.results
        if result.outcomes
    ]
    return [(place, facts) for place, facts in found if isinstance(facts, dict) and "leaked" in facts]


def _table_of_facts(outcomes: Sequence[tuple[str, Mapping[str, Any]]]) -> Iterator[str]:
    names = list(outcomes[0][1])
    by_row: dict[tuple[str, ...], list[str]] = {}
    for place, outcome in outcomes:
        by_row.setdefault(tuple(told(outcome[name]).replace("_", " ") for name in names), []).append(place)
    columns = ["drivers", *(name.replace("_", " ") for name in names)]
    yield from table(columns, ([", ".join(places), *row] for row, places in by_row.items()))


def _table_of_faults(faults: Sequence[Fault]) -> Iterator[str]:
    others = list(dict.fromkeys(name for fault in faults for name in fault.others))
    columns = ["fault", "drivers", *_COLUMNS.values(), *(name.replace("_", " ") for name in others)]
    yield from table(columns, _rows(faults, others))


def _rows(faults: Sequence[Fault], others: Sequence[str]) -> Iterator[list[str]]:
    """Yield a row for all places where a fault did the same, with the number of repetitions where not in all."""
    for name, alike in _by_name(faults).items():
        repetitions = {fault.place: fault.repetitions for fault in alike}
        by_row: dict[tuple[str, ...], Counter[str]] = {}
        for fault in alike:
            cells = [*fault.cells, *(told(fault.others[each]) if each in fault.others else _NONE for each in others)]
            by_row.setdefault(tuple(cells), Counter())[fault.place] += fault.times
        for row, places in by_row.items():
            yield [name, ", ".join(counted(each, n, repetitions[each]) for each, n in places.items()), *row]
