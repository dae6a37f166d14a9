"""The rows of every table, as text that is ready to show."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench.core.cases import without_delay
from bench.core.contrasts import Question
from bench.core.verdicts import Verdict
from bench.report import labels
from bench.report.findings import surroundings
from bench.report.findings.analysis import CaseResult, Finding, GroupResult
from bench.report.findings.crowds import COLUMNS, TOO_FEW, Crowd
from bench.report.reading.records import Count, Manifest, ScenarioUsed

HOLDS_1, EXCLUDES_1 = "holds 1", "excludes 1"
"""In the place of a verdict on an A/A twin: both sides are the same code, and none of them is the faster."""


@dataclass(frozen=True)
class CaseRow:
    """One case: its ratio to the baseline and what it did."""

    variant: str
    driver: str
    ratio: str
    verdict: str
    cells: tuple[str, ...]
    """One text for each column of the table."""
    conditions: str = ""
    """What sets the variant apart from the baseline, beside its code."""
    first: bool = False
    """Whether it is the first row of its variant."""
    less: bool = False
    void: str | None = None


@dataclass(frozen=True)
class CaseTable:
    """The cases of a group, with the columns for which it has anything to say."""

    columns: tuple[str, ...]
    rows: tuple[CaseRow, ...]


@dataclass(frozen=True)
class CrowdTable:
    """What single operations felt with several in flight, with the columns for which there is any number."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Crowd, tuple[str, ...]], ...]


@dataclass(frozen=True)
class ContrastRow:
    """One comparison between drivers, for one variant."""

    kind: str
    variant: str
    pair: str
    ratio: str
    verdict: str


def case_table(group: GroupResult) -> CaseTable:
    """Return a row for every case of the group, variant by variant, A/A twins last."""
    results = list(group.cases.values())
    columns = [column for column in _COLUMNS if column.always or any(map(column.text, results))]
    rows = [
        row
        for variant in group.variants
        for row in _rows_of(group, columns, variant.name, twin=False, less=variant.is_for_scale)
    ]
    rows += _rows_of(group, columns, group.used.baseline, twin=True, less=False)
    return CaseTable(tuple(column.title for column in columns), tuple(rows))


def contrast_rows(group: GroupResult) -> Iterator[ContrastRow]:
    """Yield a row for every comparison between drivers."""
    kinds = {Question.MODE: "async / sync", Question.DRIVER: "driver", Question.STACK: "stack"}
    for finding in group.of(*kinds):
        contrast = finding.contrast
        pair = f"{contrast.numerator.driver} / {contrast.denominator.driver}"
        yield ContrastRow(
            kinds[contrast.question], contrast.numerator.variant, pair, ratio_text(finding), verdict_text(finding)
        )


def verdict_text(finding: Finding) -> str:
    """Return the verdict, `equivalent ±5 %` with the margin that decided it; of an A/A twin, whether it holds 1."""
    if finding.contrast.question is Question.NOISE and finding.ratio and math.isfinite(finding.ratio.interval.high):
        return HOLDS_1 if finding.ratio.interval.contains(1) else EXCLUDES_1
    if finding.verdict is Verdict.EQUIVALENT and finding.band is not None:
        return f"{finding.verdict} {labels.margin(finding.band)}"
    return finding.verdict


def ratio_text(finding: Finding) -> str:
    """Return the ratio with its interval, or nothing where there is none."""
    ratio = finding.ratio
    return "" if ratio is None else labels.interval(ratio)


def crowd_table(felt: Sequence[Crowd]) -> CrowdTable:
    """Return a row for every case that had several operations in flight, without the columns that hold no number."""
    cells = [each.cells for each in felt]
    kept = [place for place in range(len(COLUMNS)) if any(row[place] not in ("", TOO_FEW) for row in cells)]
    columns = tuple(COLUMNS[place] for place in kept)
    rows = tuple((each, tuple(row[place] for place in kept)) for each, row in zip(felt, cells, strict=True))
    return CrowdTable(columns, rows)


def count_table(run: Manifest, scenario: ScenarioUsed) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Return the statements of one operation: the parameters as columns, and a row of counts for each variant."""
    seen: dict[tuple[str, str], set[int | None]] = {}
    for count in run.counts:
        if count.case.scenario == scenario.name:
            place = count.case.variant, without_delay(count.case.parameters)
            seen.setdefault(place, set()).add(count.statements)
    columns = list(dict.fromkeys(parameters for _, parameters in seen))
    table = [
        (variant.name, [labels.statements(seen[place]) if (place := (variant.name, column)) in seen else ""
                        for column in columns])
        for variant in scenario.variants
    ]  # fmt: skip
    return columns, table


WEIGHED = ("backend", "parameters", "variant", "driver", "peak memory, MB", "worst loop lag, ms")
"""The columns of what was weighed; the first four are words."""


def weighed_rows(run: Manifest, scenario: ScenarioUsed) -> list[tuple[str, ...]]:
    """Return what was weighed and not timed, as no other table has it; a blocking driver has no loop."""
    timed = {case.id for group in run.groups for case in group.cases}
    return [
        (
            *(case.backend, case.parameters.replace(",", ", "), case.variant, case.driver),
            *(labels.megabytes(each.peak_bytes), labels.milliseconds(each.worst_lag_ns)),
        )
        for each in run.memory
        if (case := each.case).scenario == scenario.name and case.id not in timed
    ]


@dataclass(frozen=True)
class _Column:
    title: str
    text: Callable[[CaseResult], str]
    always: bool = False
    """Whether it is there even where no case has anything in it."""


def _counted(pick: Callable[[Count], int | None]) -> Callable[[CaseResult], str]:
    def text(result: CaseResult) -> str:
        number = pick(result.count) if result.count else None
        return "" if number is None else f"{number:,}"

    return text


_COLUMNS = (
    _Column("median, ms", lambda result: labels.milliseconds(result.wall_ns), always=True),
    _Column("client CPU, µs/op", lambda result: labels.microseconds(result.cpu_ns), always=True),
    _Column("server, µs/op", lambda result: labels.microseconds(result.server_ns)),
    _Column(
        "statements/op",
        lambda result: labels.statements([result.count.statements]) if result.count else "",
        always=True,
    ),
    _Column("round trips/op", _counted(lambda count: count.traffic.round_trips if count.traffic else None)),
    _Column("rows", _counted(lambda count: count.rows), always=True),
    _Column("rows read/op", _counted(lambda count: count.rows_read)),
    _Column(
        "KB received/op",
        lambda result: (
            labels.kilobytes(result.count.traffic.received_bytes) if result.count and result.count.traffic else ""
        ),
    ),
    _Column("peak memory, MB", lambda result: labels.megabytes(result.weighed.peak_bytes) if result.weighed else ""),
    _Column(
        "worst loop lag, ms", lambda result: labels.milliseconds(result.weighed.worst_lag_ns) if result.weighed else ""
    ),
)


def _rows_of(
    group: GroupResult, columns: Sequence[_Column], variant: str, *, twin: bool, less: bool
) -> Iterator[CaseRow]:
    """Yield the rows of a variant, or of its A/A twin, on every driver that ran it."""
    results = [group.result(variant, driver, twin=twin) for driver in group.drivers]
    present = [result for result in results if result is not None]
    for result in present:
        driver, first = result.case.driver, result is present[0]
        finding = group.finding(Question.NOISE if twin else Question.VARIANT, variant, driver)
        baseline = variant == group.used.baseline and not twin
        verdict = verdict_text(finding) if finding else ("baseline" if baseline else "")
        yield CaseRow(
            variant=f"{variant} (A/A twin)" if twin else variant,
            driver=driver,
            ratio=ratio_text(finding) if finding else "",
            verdict=Verdict.NOT_VALID if result.void else verdict,
            cells=tuple(column.text(result) for column in columns),
            conditions=surroundings.own(group, variant) if first and not twin else "",
            first=first,
            less=less,
            void=result.void,
        )
