"""This against that: verdicts on scripted durations, and how they are shown."""

from __future__ import annotations

import json
import math
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import stored
from rich.console import Console

from bench.core.store import RunFolder, units_of
from bench.core.verdicts import Verdict
from bench.export.formats import FORMATS, notes
from bench.report.against import telling
from bench.report.against.judging import Judgement, judge, location_ns
from bench.report.findings.analysis import analyse
from bench.report.reading.results import load
from bench.report.render import render
from bench.report.terminal import show
from bench.report.trust import assess

PLAN = stored.Plan(
    backends=("sqlite",), parameters={"parents": [20]}, passes=4, noise=0.0, variants=("selectin", "joined", "select")
)
CASE = "loading/parents=20[{}]@sqlite+{}"
JITTER = (1.001, 0.999, 1.002, 0.998)
"""What happens to both processes of a pass alike, or to one of them: nothing has the same time twice."""
HOSTILE = "<b>5 & 6</b>"


def second_side(run: Path, factors: dict[str, float], **changes: object) -> Path:
    """Add a second side to a stored run: what it takes is that of the first, times a factor by variant."""
    file = run / "run.json"
    data = json.loads(file.read_text())
    names = [f"{name}-against" for name in data["units"]]
    data["against"] = {
        "kind": "requirement",
        "name": "sqlalchemy==2.0.*",
        "commit": None,
        "python": "3.11.7",
        "packages": [{"name": "sqlalchemy", "this": "2.1.9", "that": "2.0.58"}],
        "counts": data["counts"],
        "failures": [],
        "left_out": [],
        "units": names,
        **changes,
    }
    file.write_text(json.dumps(data))
    for number, name in enumerate(data["units"]):
        unit = json.loads((run / "micro" / f"{name}.json").read_text())
        for each in unit["benchmarks"]:
            factor = factors.get(each["extra_info"]["case"]["variant"], 1.0) * JITTER[number % 4]
            each["extra_info"]["elapsed_ns"] = [ns * factor for ns in each["extra_info"]["elapsed_ns"]]
        (run / "micro" / f"{name}-against.json").write_text(json.dumps(unit))
    return run


def judged(run: Path) -> Judgement:
    """Return the verdicts on a stored run."""
    found = judge(load(run))
    assert found is not None
    return found


def test_a_run_without_a_second_side_says_nothing_of_one(run_dir: Path) -> None:
    """Most runs have none."""
    assert judge(load(run_dir)) is None
    assert units_of(RunFolder(run_dir).read()) == RunFolder(run_dir).read()["units"]


def test_what_took_less_there_is_slower_here(tmp_path: Path) -> None:
    """The ratio is here over there, the interval is over passes, and the worst comes first."""
    found = judged(second_side(stored.write(tmp_path / "run", PLAN), {"joined": 0.8, "select": 1.25}))
    words = [(each.case.variant, each.verdict) for each in found.cases]
    assert words == [
        *[("joined", Verdict.SLOWER)] * 2,
        *[("select", Verdict.FASTER)] * 2,
        *[("selectin", Verdict.EQUIVALENT)] * 2,
    ]
    ratio = found.cases[0].ratio
    assert ratio is not None
    logs = [-math.log(0.8 * jitter) for jitter in JITTER]
    assert ratio.estimate == pytest.approx(math.exp(sum(logs) / 4), rel=1e-6)
    assert ratio.passes == 4
    assert 1.24 < ratio.interval.low < 1.25 < ratio.interval.high < 1.26
    assert found.tally == {Verdict.SLOWER: 2, Verdict.FASTER: 2, Verdict.EQUIVALENT: 2}


def test_the_location_of_blocks_bears_bursts() -> None:
    """It is the mean of the middle third of the logs: a third of blocks may be disturbed."""
    assert location_ns([100.0, 100.0, 100.0, 100.0, 900.0, 900.0]) == pytest.approx(100.0)
    assert location_ns([math.e**2, math.e**4, math.e**3]) == pytest.approx(math.e**3)


def test_the_first_side_is_read_as_if_it_were_alone(tmp_path: Path) -> None:
    """Blocks, counts and verdicts of the run itself, and what is exported, do not know of the second side."""
    alone = load(stored.write(tmp_path / "run", PLAN))
    texts = {name: FORMATS[name].text(analyse(alone)) for name in FORMATS}
    both = load(second_side(tmp_path / "run", {"joined": 3.0}))
    assert (both.blocks, both.units) == (alone.blocks, alone.units)
    analysis = analyse(both)
    assert analysis.groups == analyse(alone).groups
    assert {name: FORMATS[name].text(analysis) for name in FORMATS} == texts
    assert any("--against" in line for line in notes(analysis, FORMATS["csv"]))


def test_cases_that_failed_or_are_missing_there_have_no_ratio(tmp_path: Path) -> None:
    """A failure on the second side is told with its reason; what it lacks is not judged."""
    name = CASE.format("joined", "aiosqlite")
    failure = {"case": name, "stage": "same answer", "message": f"other rows {HOSTILE}"}
    run = stored.write(tmp_path / "run", PLAN)
    kept = [each for each in RunFolder(run).read()["counts"] if each["case"]["variant"] != "select"]
    found = judged(second_side(run, {}, counts=kept, failures=[failure], left_out=[{"what": "x", "reason": HOSTILE}]))
    assert len(found.cases) == 4
    assert (found.cases[-1].case.id, found.cases[-1].verdict) == (name, Verdict.NOT_VALID)
    assert found.cases[-1].void == f"same answer: other rows {HOSTILE}"
    page = render(run, tmp_path / "report").read_text()
    assert HOSTILE not in page
    assert "&lt;b&gt;5 &amp; 6&lt;/b&gt;" in page


def test_a_pass_counts_where_both_sides_have_it(tmp_path: Path) -> None:
    """A missing unit of the second side costs a pass, and is told as a doubt and in the section."""
    run = second_side(stored.write(tmp_path / "run", PLAN), {})
    (run / "micro" / "pass02-sqlite-against.json").unlink()
    found = judged(run)
    assert {each.ratio.passes for each in found.cases if each.ratio} == {3}
    assert telling.missing(found) == "1 of 4 units of the second side are missing; intervals rest on fewer passes."
    assert [each.code for each in assess(analyse(load(run))).doubts].count("missing-passes") == 1


def test_counts_of_both_sides_are_compared_exactly(tmp_path: Path) -> None:
    """A statement more is shown, with both numbers."""
    run = stored.write(tmp_path / "run", PLAN)
    fewer = RunFolder(run).read()["counts"]
    for each in fewer:
        if each["case"]["variant"] == "selectin":
            each["statements"] = 1
    found = judged(second_side(run, {}, counts=fewer))
    assert telling.counts(found) == [
        f"{CASE.format('selectin', driver)}: 2 statements instead of 1" for driver in ("pysqlite", "aiosqlite")
    ]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, ["sqlalchemy: 2.1.9 here, 2.0.58 there."]),
        ({"packages": []}, [telling.SAME]),
        (
            {"packages": [], "kind": "revision", "commit": "0123456789abcdef", "name": "shop at main"},
            ["Code: the working tree here, shop at main (0123456789ab) there."],
        ),
        (
            {"packages": [{"name": "new", "this": None, "that": "1"}], "python": "3.12.1"},
            ["new: none here, 1 there.", "Python: 3.11.7 here, 3.12.1 there."],
        ),
    ],
)
def test_what_differs_between_the_sides_is_said(tmp_path: Path, changes: dict[str, Any], says: list[str]) -> None:
    """Code, packages and Python; where nothing differs, that this is the noise floor."""
    assert list(telling.sides(judged(second_side(stored.write(tmp_path / "run", PLAN), {}, **changes)))) == says


def test_the_section_comes_first_everywhere(tmp_path: Path) -> None:
    """On the page, in Markdown and in the terminal, with the verdict and in 80 columns."""
    run = second_side(stored.write(tmp_path / "run", PLAN), {"joined": 0.8})
    page = render(run, tmp_path / "report").read_text()
    assert page.index('id="against"') < page.index('id="answer"')
    text = (tmp_path / "report" / "report.md").read_text()
    assert text.index("This side against sqlalchemy==2.0") < text.index("## Trust")
    out = StringIO()
    show(analyse(load(run)), Console(file=out, width=80))
    lines = out.getvalue().splitlines()
    assert lines[1] == "This against that: sqlalchemy==2.0.*"
    assert any(
        line.startswith("This side against sqlalchemy==2.0.*: 6 cases: 2 slower, 4 equivalent;") for line in lines
    )
    assert max(map(len, lines)) <= 80


def test_a_published_run_keeps_both_sides(tmp_path: Path) -> None:
    """The units of the second side are packed like the others, and the copy says the same."""
    run = second_side(stored.write(tmp_path / "run", PLAN), {"joined": 0.8})
    copy = RunFolder(run).publish(tmp_path / "published")
    names = {path.name for path in copy.micro.iterdir()}
    assert names == {f"pass0{number}-sqlite{side}.json.xz" for number in range(1, 5) for side in ("", "-against")}
    assert judged(copy.path).cases == judged(run).cases
