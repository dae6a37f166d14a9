"""Every number of a run as CSV beside the page: one file of cases, one of contrasts."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import TextIO

from bench.core.contrasts import Question
from bench.core.ratios import Ratio
from bench.core.visible import visible
from bench.report.findings import crowds, surroundings
from bench.report.findings.analysis import Analysis, CaseResult, GroupResult

CASES = "cases.csv"
CONTRASTS = "contrasts.csv"
Row = Mapping[str, object]
_FORMULA = ("=", "+", "-", "@", "\t")


def files(analysis: Analysis) -> dict[str, str]:
    """Return the files that the run has rows for, each with what a row of it is."""
    has_rows = {
        CASES: ("case", bool(analysis.groups)),
        CONTRASTS: ("comparison", any(group.findings for group in analysis.groups)),
    }
    return {name: noun for name, (noun, has) in has_rows.items() if has}


def write(analysis: Analysis, folder: Path) -> None:
    """Write the files into the folder, and remove those of an earlier rendering that the run has no rows for."""
    rows = {
        CASES: (row for group in analysis.groups for row in cases(analysis, group)),
        CONTRASTS: (row for group in analysis.groups for row in _contrasts(group)),
    }
    wanted = files(analysis)
    for name, found in rows.items():
        if name in wanted:
            _write(folder / name, found)
        else:
            (folder / name).unlink(missing_ok=True)


def write_rows(file: TextIO, rows: Iterable[Row]) -> None:
    """Write the rows under the names of the first one; of no rows the file is empty."""
    iterator = iter(rows)
    first = next(iterator, None)
    if first is not None:
        writer = csv.DictWriter(file, list(first), lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _inert(cell) for name, cell in row.items()} for row in chain([first], iterator))


def _inert(cell: object) -> object:
    """Return the cell as a spreadsheet or a terminal shows it: a formula gets an apostrophe in front.

    Source: https://owasp.org/www-community/attacks/CSV_Injection. Numbers keep their sign.
    """
    if not isinstance(cell, str):
        return cell
    cell = visible(cell)
    if not cell.startswith(_FORMULA):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell


def _write(path: Path, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        write_rows(file, rows)


def _place(group: GroupResult) -> dict[str, object]:
    parameters = next(iter(group.cases.values())).case.parameters
    return {"scenario": group.scenario.name, "backend": group.backend.label, "parameters": parameters}


def cases(analysis: Analysis, group: GroupResult) -> Iterator[Row]:
    """Yield a row for every case of the group, in its order; a cell is empty where nothing is known."""
    felt = {(each.variant, each.driver): each for each in crowds.of_group(analysis.run, group)}
    place, common = _place(group), surroundings.common(group)
    own = {variant.name: surroundings.own(group, variant.name) for variant in group.variants}
    for result in group.cases.values():
        case = result.case
        finding = group.finding(Question.NOISE if case.twin else Question.VARIANT, case.variant, case.driver)
        yield {
            **place,
            "variant": case.variant,
            "driver": case.driver,
            "mode": group.modes[case.driver],
            "twin": int(case.twin),
            "conditions": ", ".join(part for part in (common, own[case.variant]) if part),
            **_ratio("ratio_to_baseline", finding.ratio if finding else None),
            "verdict": finding.verdict if finding else "",
            "passes": result.passes,
            "wall_ns": _number(result.wall_ns),
            "client_cpu_ns": _number(result.cpu_ns),
            "server_ns": _number(result.server_ns),
            "peak_bytes": _number(result.weighed.peak_bytes if result.weighed else None),
            "worst_lag_ns": _number(result.weighed.worst_lag_ns if result.weighed else None),
            **_counts(result),
            **_felt(None if case.twin else felt.get((case.variant, case.driver))),
            "void": result.void or "",
        }


def _counts(result: CaseResult) -> Row:
    count = result.count
    traffic = count.traffic if count else None
    return {
        "statements": _number(count.statements if count else None),
        "connections": _number(traffic.connections if traffic else None),
        "round_trips": _number(traffic.round_trips if traffic else None),
        "sent_bytes": _number(traffic.sent_bytes if traffic else None),
        "received_bytes": _number(traffic.received_bytes if traffic else None),
        "rows": _number(count.rows if count else None),
        "rows_read": _number(count.rows_read if count else None),
    }


def _felt(crowd: crowds.Crowd | None) -> Row:
    wait, lag = (crowd.wait, crowd.lag) if crowd else (None, None)
    return {
        "service_p50_ns": _number(crowd.p50_ns if crowd else None),
        "service_p95_ns": _number(crowd.p95_ns if crowd else None),
        "service_p99_ns": _number(crowd.p99_ns if crowd else None),
        "wait_p50_ns": _number(wait.percentile_ns(crowds.TYPICAL_PERCENT) if wait else None),
        "lag_p50_ns": _number(lag.percentile_ns(crowds.TYPICAL_PERCENT) if lag else None),
        "lag_worst_ns": _number(lag.highest_ns if lag else None),
    }


def _contrasts(group: GroupResult) -> Iterator[Row]:
    place = _place(group)
    for finding in group.findings:
        numerator, denominator = finding.contrast.numerator, finding.contrast.denominator
        yield {
            **place,
            "question": finding.contrast.question,
            "variant": numerator.variant,
            "driver": numerator.driver,
            "than_variant": denominator.variant,
            "than_driver": denominator.driver,
            **_ratio("ratio", finding.ratio),
            "p_value": "" if finding.ratio is None else f"{finding.ratio.p_value:.3g}",
            "passes": "" if finding.ratio is None else finding.ratio.passes,
            "verdict": finding.verdict,
        }


def _ratio(name: str, ratio: Ratio | None) -> Row:
    values = (ratio.estimate, ratio.interval.low, ratio.interval.high) if ratio else (None, None, None)
    return dict(zip((name, f"{name}_low", f"{name}_high"), map(_number, values), strict=True))


def _number(value: float | None) -> str:
    """Return six significant digits, more than any measurement here has; a count is kept whole."""
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else f"{value:.6g}"
