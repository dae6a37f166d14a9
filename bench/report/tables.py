"""The rows of every table, as text that is ready to show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.core.contrasts import Question
from bench.core.verdicts import Verdict
from bench.report import labels
from bench.report.analysis import Finding, GroupResult
from bench.report.records import Manifest, ScenarioUsed


@dataclass(frozen=True)
class CaseRow:
    """One case: its ratio to the baseline and what it did."""

    variant: str
    driver: str
    ratio: str
    verdict: str
    wall_ms: str
    cpu_us: str
    statements: str
    rows: str
    first: bool = False
    """Whether it is the first row of its variant."""
    less: bool = False
    void: str | None = None


@dataclass(frozen=True)
class ContrastRow:
    """One comparison between drivers, for one variant."""

    kind: str
    variant: str
    pair: str
    ratio: str
    verdict: str


def case_rows(group: GroupResult) -> Iterator[CaseRow]:
    """Yield a row for every case of the group, variant by variant, A/A twins last."""
    for variant in group.variants:
        for driver in group.drivers:
            yield from _case_row(group, variant.name, driver, less=variant.answers_less)
    for driver in group.drivers:
        yield from _case_row(group, group.used.baseline, driver, twin=True)


def contrast_rows(group: GroupResult) -> Iterator[ContrastRow]:
    """Yield a row for every comparison between drivers."""
    kinds = {Question.MODE: "async / sync", Question.DRIVER: "driver", Question.STACK: "stack"}
    for finding in group.of(*kinds):
        contrast = finding.contrast
        pair = f"{contrast.numerator.driver} / {contrast.denominator.driver}"
        yield ContrastRow(
            kinds[contrast.question], contrast.numerator.variant, pair, ratio_text(finding), finding.verdict
        )


def ratio_text(finding: Finding) -> str:
    """Return the ratio with its interval, or nothing where there is none."""
    ratio = finding.ratio
    return "" if ratio is None else labels.interval(ratio)


def count_table(run: Manifest, scenario: ScenarioUsed) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Return the statements of one operation: the parameters as columns, and a row of counts for each variant."""
    seen: dict[tuple[str, str], set[int]] = {}
    for count in run.counts:
        if count.case.scenario == scenario.name:
            seen.setdefault((count.case.variant, count.case.parameters), set()).add(count.statements)
    columns = list(dict.fromkeys(parameters for _, parameters in seen))
    table = [
        (variant.name, [_range(seen.get((variant.name, column), set())) for column in columns])
        for variant in scenario.variants
    ]
    return columns, table


def _range(counts: set[int]) -> str:
    if not counts:
        return ""
    return f"{min(counts):,}" if len(counts) == 1 else f"{min(counts):,}-{max(counts):,}"


def _case_row(
    group: GroupResult, variant: str, driver: str, *, twin: bool = False, less: bool = False
) -> Iterator[CaseRow]:
    result = group.result(variant, driver, twin=twin)
    if result is None:
        return
    finding = group.finding(Question.NOISE if twin else Question.VARIANT, variant, driver)
    baseline = variant == group.used.baseline and not twin
    verdict = finding.verdict if finding else ("baseline" if baseline else "")
    yield CaseRow(
        variant=f"{variant} (A/A twin)" if twin else variant,
        driver=driver,
        ratio=ratio_text(finding) if finding else "",
        verdict=Verdict.NOT_VALID if result.void else verdict,
        wall_ms=labels.milliseconds(result.wall_ns),
        cpu_us=labels.microseconds(result.cpu_ns),
        statements="" if result.count is None else f"{result.count.statements:,}",
        rows="" if result.count is None or result.count.rows is None else f"{result.count.rows:,}",
        first=driver == group.drivers[0],
        less=less,
        void=result.void,
    )
