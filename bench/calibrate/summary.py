"""Put the scores of a calibration into the Markdown that docs/methodology.md quotes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LINES = (
    ("groups", "groups", "{:d}"),
    ("A/A intervals", "twins", "{:d}"),
    ("of these hold the true ratio 1", "coverage", "{:.1%}"),
    ("A/A ratios more than 5 % away from 1", "drifted_share", "{:.1%}"),
    ("planted 5 % slowdowns found", "power", "{:.1%}"),
    ("median half-width of the A/A intervals", "median_half_width", "±{:.1%}"),
)


def scores_table(judged: Mapping[str, Any]) -> str:
    """Return the scores of the harness beside those of plain pytest-benchmark."""
    harness, plain = judged["harness"], judged["plain_pytest_benchmark"]
    rows = [f"| {label} | {_said(form, harness[key])} | {_said(form, plain[key])} |" for label, key, form in LINES]
    return "\n".join(["| | ormbench | pytest-benchmark, defaults |", "|---|---:|---:|", *rows])


def cost_table(judged: Mapping[str, Any]) -> str:
    """Return what the harness adds to an operation, beside a loop written by hand in the same process."""
    costs = judged["overhead"]["empty_operation_ns"]
    gets = judged["overhead"]["get_by_key_ns"]
    rows = [
        _cost_row("sync", costs["sync"], costs["hand_sync"], gets, ("pysqlite", "psycopg", "pymysql")),
        _cost_row("async", costs["async"], costs["hand_async"], gets, ("aiosqlite", "psycopg_async", "aiomysql")),
    ]
    head = "| mode | harness, per empty operation | by hand | shortest get by key | harness, share of it |"
    return "\n".join([head, "|---|---:|---:|---:|---:|", *rows])


def _cost_row(mode: str, cost_ns: float, by_hand_ns: float, gets: Mapping[str, int], drivers: tuple[str, ...]) -> str:
    shortest_ns = min(time_ns for place, time_ns in gets.items() if place.rpartition("+")[2] in drivers)
    share = _said("{:.2%}", cost_ns / shortest_ns)
    return f"| {mode} | {cost_ns:.0f} ns | {by_hand_ns:.0f} ns | {shortest_ns / 1000:.0f} µs | {share} |"


def _said(form: str, value: float) -> str:
    return form.format(value).replace("%", " %")
