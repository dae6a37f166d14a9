"""A tidy CSV: one row a case, the parameters as columns, and the columns of the report's `cases.csv`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import StringIO

from bench.core.claims import Value
from bench.report.findings.analysis import Analysis, GroupResult
from bench.report.spreadsheets import Row, cases, write_rows

PARAMETER = "parameter_"
"""Begins the column of a parameter: `rows` is a parameter of one scenario and a count of all."""


def text(analysis: Analysis) -> str:
    """Return the CSV of all cases, A/A twins and void ones included; an empty cell is what is not known."""
    names = dict.fromkeys(name for group in analysis.groups for name in group.used.parameters)
    file = StringIO(newline="")
    write_rows(file, (row for group in analysis.groups for row in _rows(analysis, group, names)))
    return file.getvalue()


def _rows(analysis: Analysis, group: GroupResult, names: Mapping[str, None]) -> Iterator[Row]:
    run, parameters = analysis.run.manifest, group.used.parameters
    values: dict[str, Value] = {f"{PARAMETER}{name}": parameters.get(name, "") for name in names}
    for case_id, row in zip(group.cases, cases(analysis, group), strict=True):
        own = {name: value for name, value in row.items() if name != "parameters"}
        yield {
            "run": run.id,
            "evidence": int(run.profile.evidence),
            "id": case_id,
            **values,
            "baseline": group.used.baseline,
            **own,
        }
