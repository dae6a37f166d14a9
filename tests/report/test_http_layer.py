"""The layer HTTP around the others: scripted requests become a step of the waterfall, and what is missing is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import stored

from bench.core.errors import UsageError
from bench.core.ratios import t_quantile
from bench.core.store import RunFolder
from bench.report import labels, making, markdown
from bench.report.drawing import Drawn
from bench.report.figures import style, waterfall_figure
from bench.report.findings.analysis import Analysis, analyse
from bench.report.findings.layers import HTTP, INSIDE, LAYERS, Layers, Stair, found
from bench.report.reading.results import load
from bench.report.trust import assess

PLAN = stored.Plan(
    backends=("sqlite", "postgresql"), scenarios=("layers",), parameters={"parents": [20]}, passes=3, noise=0.0,
    variants=("orm_entities", "driver", "core", "serialised"),
)  # fmt: skip
PASSES_US = {"psycopg": ((900, 500), (1_000, 550), (1_100, 600)), "psycopg_async": ((800, 700),) * 3}
"""What a request and the operation in it take in each pass."""
REQUESTS = 7


def series(driver: str, total_us: int, operation_us: int) -> dict[str, Any]:
    """Return three blocks, one of which was disturbed: it counts for nothing."""
    blocks = (total_us, 3 * total_us, total_us), (operation_us, operation_us, operation_us)
    total_ns, operation_ns = ([each * 1_000 * REQUESTS for each in both] for both in blocks)
    kept = {"driver": driver, "parameters": {"parents": 20}, "requests": REQUESTS}
    return kept | {"total_ns": total_ns, "operation_ns": operation_ns}


def a_record(passes: int = 3, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return the scripted content of http_layer.json."""
    measured = [
        {"number": number + 1, "series": [series(driver, *each[number]) for driver, each in PASSES_US.items()]}
        for number in range(passes)
    ]
    return {"format": 1, "backend": "postgresql", "passes": measured, "finished": True, "failures": []} | more


def analysed(folder: Path, record: dict[str, Any] | None, plan: stored.Plan = PLAN) -> Analysis:
    """Return a run of the layers, with what it measured of HTTP."""
    run = stored.write(folder / "run", plan)
    if record is not None:
        RunFolder(run).http_layer.write_text(json.dumps(record))
    return analyse(load(run))


def on(kind: str, analysis: Analysis) -> Layers:
    """Return the layers of the group of a backend."""
    return next(each for each in found(analysis) if each.group.used.backend == kind)


def of(driver: str, layers: Layers) -> Stair:
    """Return the layers of a driver."""
    return next(each for _, *stairs in layers.pairs for each in stairs if each.driver == driver)


def test_http_adds_what_a_request_takes_more_than_its_operation(tmp_path: Path) -> None:
    """Per request, the middle third of the blocks, a t interval over the passes; the whole is that of the request."""
    layers = on("postgresql", analysed(tmp_path, a_record()))
    assert layers.names == (*LAYERS.values(), INSIDE, HTTP)
    step = of("psycopg", layers).steps[-1]
    assert step is not None
    reach_ns = t_quantile(2, 0.95) * 50_000 / 3**0.5
    added = step.added
    assert (step.layer, added.estimate_ns, added.passes) == (HTTP, pytest.approx(450_000), 3)
    assert (added.low_ns, added.high_ns) == pytest.approx((450_000 - reach_ns, 450_000 + reach_ns))
    assert of("psycopg", layers).total == step.until
    assert (step.until.estimate_ns, step.until.high_ns) == pytest.approx((1_000_000, 1_000_000 + 2 * reach_ns))
    steady = of("psycopg_async", layers).steps[-1]
    assert steady is not None
    assert (steady.added.low_ns, steady.added.high_ns) == pytest.approx((100_000, 100_000))


def test_the_other_layers_are_what_they_were(tmp_path: Path) -> None:
    """HTTP takes nothing from them, and a backend on which it was not measured has none."""
    without, measured = analysed(tmp_path / "without", None), analysed(tmp_path / "with", a_record())
    plain, around = on("postgresql", without), on("postgresql", measured)
    assert of("psycopg", around).steps[: len(LAYERS)] == of("psycopg", plain).steps
    assert on("sqlite", measured).names == plain.names == tuple(LAYERS.values())
    assert waterfall_figure.numbers(on("sqlite", measured)) == waterfall_figure.numbers(on("sqlite", without))


def test_the_bars_join_where_the_service_takes_longer_than_the_timed_loop(tmp_path: Path) -> None:
    """The same work inside of it is a step of its own, from the end of the timed layers to where HTTP begins."""
    stair = of("psycopg", on("postgresql", analysed(tmp_path, a_record())))
    *_, outermost, inside, http = stair.steps
    assert outermost
    assert inside
    assert http
    assert (inside.layer, inside.until.estimate_ns) == (INSIDE, pytest.approx(550_000))
    assert inside.until.estimate_ns - inside.added.estimate_ns == pytest.approx(outermost.until.estimate_ns)
    assert http.until.estimate_ns - http.added.estimate_ns == pytest.approx(inside.until.estimate_ns)
    half_ns = t_quantile(2, 0.95) * 50_000 / 3**0.5
    assert inside.added.high_ns - inside.added.estimate_ns == pytest.approx(half_ns, rel=1e-3)


def test_the_title_sets_what_a_layer_adds_against_what_it_is_part_of(tmp_path: Path) -> None:
    """The timed layers against the operation in the timed loop, HTTP against the request: never one against both."""
    layers = on("postgresql", analysed(tmp_path, a_record()))
    stair = of("psycopg", layers)
    assert stair.operation is not None
    assert stair.operation == stair.steps[len(LAYERS) - 1].until  # type: ignore[union-attr]  # nothing failed
    title = waterfall_figure.title(layers)
    whole = labels.microseconds(stair.operation.estimate_ns)
    assert f" of {whole} µs; async: " in title
    assert title.endswith("; to a request HTTP adds 450 of 1,000 µs sync and 100 of 800 µs async")


def test_the_figure_has_a_row_for_http_and_one_for_the_request(tmp_path: Path) -> None:
    """The bar of HTTP begins where the operation ended inside of the service; the words hold the same numbers."""
    layers = on("postgresql", analysed(tmp_path, a_record()))
    with style.look():
        axes = waterfall_figure.draw(layers, "title", "place").axes[0]
    assert [each.get_text() for each in axes.get_yticklabels()][-3:] == [
        "same work\nin the service", "HTTP", "a request",
    ]  # fmt: skip
    bars = {(round(bar.get_x()), round(bar.get_x() + bar.get_width())) for bar in axes.patches}
    assert {(550, 1_000), (0, 1_000), (700, 800), (0, 800)} <= bars
    numbers = waterfall_figure.numbers(layers)
    assert "HTTP 450 (326 to 574), a request 1,000 (752 to 1,248); psycopg_async, µs: " in numbers
    assert "HTTP 100 (100 to 100), a request 800 (800 to 800); psycopg2, µs: " in numbers


@pytest.mark.parametrize(("driver", "fail"), [("psycopg2", ()), ("psycopg", ("[serialised]@postgresql+psycopg",))])
def test_what_was_not_asked_or_is_void_is_not_valid(tmp_path: Path, driver: str, fail: tuple[str, ...]) -> None:
    """A service that performs an operation whose proof failed is no layer around it."""
    layers = on("postgresql", analysed(tmp_path, a_record(), replace(PLAN, fail=fail)))
    assert of(driver, layers).steps[-1] is of(driver, layers).total is None
    assert "HTTP not valid, a request not valid" in waterfall_figure.numbers(layers)


def test_the_summary_has_the_layers_where_http_is_among_them(tmp_path: Path) -> None:
    """What HTTP adds stands in no table; without it report.md is as it was."""
    without, measured = analysed(tmp_path / "without", None), analysed(tmp_path / "with", a_record())
    plain, told = (markdown.text(each, [], Drawn()).splitlines() for each in (without, measured))
    added = [line for line in told if line not in plain]
    assert added[0] == "What each layer adds to one operation:"
    assert [line.partition(",")[0] for line in added[1:]] == [
        "- psycopg", "- psycopg\\_async", "- psycopg2", "- asyncpg",
    ]  # fmt: skip
    assert len(told) == len(plain) + len(added) + 2
    fact = ("Layer HTTP", "3 fresh starts of the target app on PostgreSQL 18.6, one request at a time")
    assert fact in making.making(measured).measuring
    assert [name for name, _ in making.making(without).measuring if "HTTP" in name] == []


def test_a_layer_that_was_not_finished_is_told_with_its_reason(tmp_path: Path) -> None:
    """On top of the report; it costs no grade, and the passes that are there count."""
    record = a_record(passes=2, finished=False, failures=["the target app ended: worn out"])
    analysis = analysed(tmp_path, record)
    [told] = [doubt for doubt in assess(analysis).doubts if doubt.code == "http-layer-missing"]
    assert "the target app ended: worn out" in told.text
    assert told.remedy == f"ormbench run --resume {analysis.run.manifest.id}"
    assert assess(analysis).grade == assess(analysed(tmp_path / "without", None)).grade
    step = of("psycopg", on("postgresql", analysis)).steps[-1]
    assert step is not None
    assert step.added.passes == 2


def test_a_layer_that_never_began_has_no_row(tmp_path: Path) -> None:
    """The reason alone is told."""
    analysis = analysed(tmp_path, a_record(passes=0, finished=False, failures=["no server came up"]))
    assert on("postgresql", analysis).names == tuple(LAYERS.values())
    assert [doubt.code for doubt in assess(analysis).doubts if "no server came up" in doubt.text] == [
        "http-layer-missing"
    ]


@pytest.mark.parametrize(
    "damage",
    [
        lambda record: record.update(format=2),
        lambda record: record.pop("backend"),
        lambda record: record["passes"][0]["series"][0].update(requests=0),
        lambda record: record["passes"][0]["series"][0].update(total_ns=[]),
        lambda record: record["passes"][0]["series"][0]["operation_ns"].pop(),
    ],
)
def test_a_damaged_file_is_refused_in_a_line(tmp_path: Path, damage: Callable[[dict[str, Any]], object]) -> None:
    """The line names the file."""
    record = a_record()
    damage(record)
    with pytest.raises(UsageError, match=r"http_layer\.json is damaged \(.+\); resume or repeat the run") as caught:
        analysed(tmp_path, record)
    assert "\n" not in str(caught.value)


def test_a_published_run_keeps_the_file(tmp_path: Path) -> None:
    """It is copied with everything else that was measured, and named among the raw files."""
    analysis = analysed(tmp_path, a_record())
    run = RunFolder(analysis.run.folder)
    assert run.publish(tmp_path / "published").http_layer.read_bytes() == run.http_layer.read_bytes()
    assert "http_layer.json" in analysis.run.files
