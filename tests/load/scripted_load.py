"""A stage folder with given values in it, as a generator would have left it: for the tests of whoever reads one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.core.histograms import Histogram, write_head, write_interval
from bench.core.load_plan import Model, Stage, Subject, Window

BEGAN = 1_795_000_000.0
"""When the first window of a scripted stage began, s since the epoch."""
MS = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Script:
    """What one window came to."""

    ok: Mapping[str, int] = field(default_factory=lambda: {"GET /users/{user_id}": 1_000})
    """Good answers of the measured part by endpoint."""
    errors: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    service_ms: Sequence[float] = (10.0,)
    """Of the requests in turn, errors too; repeated until every request has one."""
    response_ms: Sequence[float] | None = None
    """As the service times if None; a closed window has none."""
    lag_ms: float = 0.1
    dropped: int = 0
    late: int = 0
    begun: int | None = None
    """Arrivals of an open window that became a task; as many as there were requests if None."""
    scheduled: int | None = None
    """As many as there were arrivals, begun or dropped, if None."""
    cpu: float = 0.3
    lost: Sequence[str] = ()
    workers: int = 1
    """So many workers share the requests among them."""


def side(name: str, pair: str = "UserById", **kept: Any) -> Subject:  # noqa: ANN401 - what a Subject takes
    """Return one side of a pair."""
    given = {"id": f"{pair}:{name}", "user_class": f"{pair}_{name}", "host": "http://127.0.0.1:8000"} | kept
    return Subject(pair=pair, side=name, **given)


def write_stage(
    folder: Path, stage: Stage, scripts: Mapping[int, Script], vitals: Sequence[Mapping[str, Any]] = ()
) -> Path:
    """Write the folder of a stage whose windows came to what is scripted; those without a script were never over."""
    folder.mkdir(parents=True)
    (folder / "plan.json").write_text(json.dumps(stage.as_data()), encoding="utf-8")
    lines: dict[str, list[Mapping[str, Any]]] = {"windows": [], "seconds": [], "vitals": list(vitals)}
    with (folder / "intervals.hlog").open("w", encoding="utf-8") as log:
        write_head(log)
        began = BEGAN
        for window in stage.windows:
            if (script := scripts.get(window.number)) is not None:
                lines["windows"].append(_window_line(window, script, began))
                lines["seconds"] += _second_lines(window, script, began)
                for tag, second, histogram in _intervals(window, script, began):
                    write_interval(log, tag, histogram, start_s=second, length_s=1)
            began += window.discard_s + window.measure_s + 1
    for name, content in lines.items():
        (folder / f"{name}.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in content), encoding="utf-8")
    return folder


def _window_line(window: Window, script: Script, began: float) -> dict[str, Any]:
    scheduled = _begun(script) + script.dropped if script.scheduled is None else script.scheduled
    line: dict[str, Any] = {
        "number": window.number,
        "began": began,
        "measured_from": began + window.discard_s,
        "measured_until": began + window.discard_s + window.measure_s,
        "users": window.users,
        "scheduled": scheduled if window.model is Model.OPEN else 0,
    }
    return line | ({"lost": list(script.lost)} if script.lost else {})


def _second_lines(window: Window, script: Script, began: float) -> list[dict[str, Any]]:
    """Return a line for each second and worker; counts are dealt out evenly, what is left over comes first."""
    seconds = max(1, int(window.measure_s))
    shares = seconds * script.workers
    return [
        {
            "second": began + window.discard_s + share // script.workers,
            "worker": f"worker-{share % script.workers}",
            "cpu": script.cpu,
            "counts": [
                {
                    "window": window.number,
                    "part": "measured",
                    "name": name,
                    "ok": _dealt(script.ok.get(name, 0), shares, share),
                    "errors": {kind: _dealt(n, shares, share) for kind, n in script.errors.get(name, {}).items()},
                }
                for name in _names(script)
            ],
            "dropped": {str(window.number): _dealt(script.dropped, shares, share)},
            "late": {str(window.number): _dealt(script.late, shares, share)},
        }
        for share in range(shares)
    ]


def _intervals(window: Window, script: Script, began: float) -> list[tuple[str, float, Histogram]]:
    """Return tag, second and values of every line of the log; a discarded request of a minute is in it too."""
    shares = max(1, int(window.measure_s)) * script.workers
    kinds = {"service": script.service_ms}
    if window.model is Model.OPEN:
        kinds["response"] = script.service_ms if script.response_ms is None else script.response_ms
    lines = [(f"service {window.number} discarded {name}", began, _of([60_000.0])) for name in _names(script)]
    for name in _names(script):
        requests = script.ok.get(name, 0) + sum(script.errors.get(name, {}).values())
        for kind, times_ms in kinds.items():
            values = [times_ms[number % len(times_ms)] for number in range(requests)]
            lines += [
                (
                    f"{kind} {window.number} measured {name}",
                    began + window.discard_s + share // script.workers,
                    _of(values[share::shares]),
                )
                for share in range(shares)
            ]
    if window.model is Model.OPEN:
        lags = _of([script.lag_ms] * _begun(script))
        lines.append((f"lag {window.number} measured -", began + window.discard_s, lags))
    return lines


def _begun(script: Script) -> int:
    if script.begun is not None:
        return script.begun
    return sum(script.ok.values()) + sum(sum(kinds.values()) for kinds in script.errors.values())


def _names(script: Script) -> list[str]:
    return sorted({*script.ok, *script.errors})


def _dealt(total: int, shares: int, share: int) -> int:
    return total // shares + (share < total % shares)


def _of(values_ms: Sequence[float]) -> Histogram:
    histogram = Histogram()
    histogram.record(round(value * MS) for value in values_ms)
    return histogram
