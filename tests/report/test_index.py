"""The index of what is published."""

import errno
import json
import os
import re
import shutil
from pathlib import Path
from statistics import median
from urllib.parse import unquote

import pytest
import scripted
import stored
import stored_load
from test_render import elements

from bench.cli.reporting import publish_run, render_runs
from bench.core.cases import Case
from bench.core.errors import UsageError
from bench.core.store import RunFolder
from bench.report import index, labels
from bench.report.answer.headline import NOTHING, headline, tally
from bench.report.findings.analysis import analyse
from bench.report.reading.results import load
from bench.report.render import render

HOSTILE = "<script>window.alerted=1</script>" + "W" * 300


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with results and reports: two runs, one of them no evidence, a calibration, and something odd."""
    folder = tmp_path_factory.mktemp("kept")
    plans = {
        "whole": stored.Plan(parameters={"parents": [20]}, passes=4),
        "smoke & more": stored.Plan(
            backends=("sqlite",),
            parameters={},
            passes=1,
            evidence=False,
            text=HOSTILE,
            fail=("[joined]@sqlite+pysqlite",),
        ),
    }
    for name, plan in plans.items():
        run = stored.write(folder / "results" / "published" / name, plan)
        render(run, folder / "reports" / "published" / name)
    kept = {"calibration": {"calibration.json": {"started": "2026-11-20T05:30:45Z"}, "blocks.json": {}}, "odd": {}}
    for name, files in kept.items():
        (folder / "results" / "published" / name).mkdir()
        for file, data in files.items():
            (folder / "results" / "published" / name / file).write_text(json.dumps(data), encoding="utf-8")
    index.write(folder / "results", folder / "reports")
    return folder


def test_every_link_leads_to_what_is_kept(folder: Path) -> None:
    """Report, summary, spreadsheets and raw data of each run, and the files of other data."""
    page = elements(folder / "reports" / "index.html")
    addresses = [unquote(address) for address in page.addresses if not address.startswith(("data:", "#"))]
    assert [address for address in addresses if not (folder / "reports" / address).exists()] == []
    wanted = {"index.html", "report.md", "cases.csv", "contrasts.csv", "run.json"}
    for name in ("whole", "smoke & more"):
        assert wanted <= {address.rpartition("/")[2] for address in addresses if f"published/{name}/" in address}
    assert {"../results/published/calibration/blocks.json", "../results/published/odd/"} <= set(addresses)
    assert len(page.scripts) == 1


@pytest.mark.parametrize("name", ["whole", "smoke & more"])
def test_a_published_page_leads_to_each_of_its_raw_files(folder: Path, name: str) -> None:
    """The results lie beside the reports: every file that the page lists is there."""
    page = folder / "reports" / "published" / name / "index.html"
    linked = [unquote(address) for address in elements(page).addresses if not address.startswith(("data:", "#"))]
    files = load(folder / "results" / "published" / name).files
    assert len(linked) == len(files) > 1
    assert [address for address in linked if not (page.parent / address).is_file()] == []


def test_an_entry_says_what_was_found_and_how_far_to_trust_it(folder: Path) -> None:
    """Headline, date, backends, profile and grade; a run that is no evidence is stamped."""
    text = (folder / "reports" / "index.html").read_text(encoding="utf-8")
    whole = re.search(r"whole</a></h2>.*?(?=<section|<footer)", text, re.DOTALL)
    assert whole is not None
    run = analyse(load(folder / "results" / "published" / "whole"))
    for said in (
        headline(run),
        tally(run),
        "2026-11-21",
        "SQLite 3.45.1, PostgreSQL 18.6",
        "quick, 42 cases",
        ">B</div>",
    ):
        assert said in whole.group()
    assert "above 1 means that what is named first takes longer" in text
    assert "Not evidence" not in whole.group()
    assert text.count("<strong>Not evidence</strong>") == 1
    assert "Measured 2026-11-20." in text


def test_the_headline_is_the_median_of_async_over_sync_by_backend(tmp_path: Path) -> None:
    """The script makes aiosqlite 1.5 times as slow as pysqlite, and psycopg 1.3 times in its async mode."""
    analysis = analyse(load(stored.write(tmp_path / "run", stored.Plan(parameters={}, passes=2, noise=0.0))))
    said = "1.30x the time of sync on PostgreSQL 18.6 and 1.50x on SQLite 3.45.1"
    assert headline(analysis) == f"Within one library or family, async takes at the median {said}."
    assert tally(analysis) == "10 comparisons of async with sync (1.30-1.50x): slower in 10."


def test_the_headline_takes_the_middle_of_unequal_comparisons(tmp_path: Path) -> None:
    """Under a delay the variants differ by their round trips; one that answers less does not count."""
    plan = stored.Plan(backends=("postgresql",), parameters={"delay_ms": [1.0]}, passes=2, noise=0.0)
    analysis = analyse(load(stored.write(tmp_path / "run", plan)))
    ratios = []
    for variant in set(plan.variants) - {"raiseload"}:
        sync, awaited = (Case("loading", "", variant, "postgresql", name) for name in ("psycopg", "psycopg_async"))
        parameters = {"delay_ms": 1.0}
        ratios.append(scripted.time_ns(awaited, parameters) / scripted.time_ns(sync, parameters))
    assert labels.ratio(median(ratios)) not in {labels.ratio(min(ratios)), labels.ratio(max(ratios))}
    assert f"median {labels.ratio(median(ratios))} the time" in headline(analysis)
    assert f"5 comparisons of async with sync ({labels.ratios(ratios)})" in tally(analysis)


def test_without_both_modes_the_headline_is_the_first_valid_answer(tmp_path: Path) -> None:
    """Where nothing is valid it says that."""
    plan = stored.Plan(backends=("sqlite",), parameters={}, passes=2, noise=0.0, fail=("+aiosqlite",))
    analysis = analyse(load(stored.write(tmp_path / "run", plan)))
    assert headline(analysis).startswith("On SQLite 3.45.1, select takes 7.50x the time of selectin")
    assert tally(analysis) == ""
    nothing = analyse(load(stored.write(tmp_path / "nothing", stored.Plan(backends=(), parameters={}))))
    assert headline(nothing) == NOTHING


def test_a_run_with_load_alone_has_no_cases_to_link(tmp_path: Path) -> None:
    """It has no files of them; its headline, profile and report are there."""
    published = tmp_path / "results" / "published"
    stored_load.write(published / "load", stored_load.LoadPlan(users=(2, 4), rates=(100.0,), rounds=2, knee=False))
    text = index.html(published)
    assert "With 4 users at a time (closed)" in text
    assert "<dd>load</dd>" in text
    assert "published/load/report.md" in text
    assert ".csv" not in text


def test_publishing_lists_a_run_and_replaces_one_where_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The name that is taken is refused with the option; with it run, report and index are those of the new run."""
    results, reports = tmp_path / "results", tmp_path / "reports"
    stored.write(results / "first", stored.Plan(parameters={}, passes=2))
    stored.write(results / "second", stored.Plan(backends=("sqlite",), parameters={}, passes=2))
    publish_run("first", "kept", results, reports, replace=False)
    assert capsys.readouterr().out.splitlines()[-1] == str(reports / "index.html")
    with pytest.raises(UsageError, match="add --replace"):
        publish_run("second", "kept", results, reports, replace=False)
    assert "PostgreSQL" in (reports / "index.html").read_text(encoding="utf-8")
    publish_run("second", "kept", results, reports, replace=True)
    for page in ("index.html", "published/kept/index.html"):
        assert "PostgreSQL 18.6" not in (reports / page).read_text(encoding="utf-8")


def test_what_cannot_be_read_replaces_nothing(tmp_path: Path) -> None:
    """A run with a unit that is whole JSON and no unit leaves the published one and its report as they were."""
    results, reports = tmp_path / "results", tmp_path / "reports"
    stored.write(results / "first", stored.Plan(backends=("sqlite",), parameters={}, passes=2))
    publish_run("first", "kept", results, reports, replace=False)
    before = {path: path.read_bytes() for path in sorted(tmp_path.rglob("published/kept/**/*")) if path.is_file()}
    broken = stored.write(results / "second", stored.Plan(backends=("sqlite",), parameters={}, passes=2, seed=9))
    (broken / "micro" / "pass02-sqlite.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match=r"pass02-sqlite\.json is damaged"):
        publish_run("second", "kept", results, reports, replace=True)
    assert before == {path: path.read_bytes() for path in before}
    assert len(before) > 2


def test_a_run_stays_in_its_place_where_replacing_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The new copy cannot be moved there: the old one is put back, and nothing else is left over."""
    results = tmp_path / "results"
    for name in ("first", "second"):
        stored.write(results / name, stored.Plan(backends=("sqlite",), parameters={}, passes=2))
    kept = RunFolder(results / "first").publish(results / "published" / "kept")
    record = (kept.path / "run.json").read_bytes()
    rename = Path.rename

    def fail(path: Path, target: Path) -> Path:
        if path.name == f".kept.{os.getpid()}":
            raise OSError(errno.EIO, "input/output error")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(OSError, match="input/output error"):
        RunFolder(results / "second").publish(kept.path, replace=True)
    assert (kept.path / "run.json").read_bytes() == record
    assert list(kept.path.parent.iterdir()) == [kept.path]


def test_rendering_a_run_refreshes_the_index_where_there_is_one(tmp_path: Path) -> None:
    """Without published runs, or away from their reports, `ormbench report` writes its page and no index."""
    results, reports = tmp_path / "results", tmp_path / "reports"
    stored.write(results / "run", stored.Plan(backends=("sqlite",), parameters={}, passes=2))
    render_runs(["run"], results, reports)
    assert not (reports / "index.html").exists()
    stored.write(results / "published" / "kept", stored.Plan(parameters={}, passes=2))
    render_runs(["run"], results, tmp_path / "elsewhere")
    assert not (tmp_path / "elsewhere" / "index.html").exists()
    (reports / "published").mkdir()
    render_runs(["run"], results, reports)
    assert "published/kept/index.html" in (reports / "index.html").read_text(encoding="utf-8")


def test_the_same_results_give_the_same_index(folder: Path) -> None:
    """Nothing of the day or of the place is in it."""
    moved = folder.parent / "moved"
    shutil.copytree(folder / "results", moved / "results")
    first = (folder / "reports" / "index.html").read_bytes()
    assert index.write(moved / "results", moved / "reports").read_bytes() == first


def test_nothing_published_is_an_index_too(tmp_path: Path) -> None:
    """The page says so."""
    (tmp_path / "results" / "published").mkdir(parents=True)
    page = index.write(tmp_path / "results", tmp_path / "reports")
    assert "No run is published yet." in page.read_text(encoding="utf-8")


def test_damaged_data_are_named(tmp_path: Path) -> None:
    """A file that was cut off gives one clear line."""
    place = tmp_path / "results" / "published" / "ladder"
    place.mkdir(parents=True)
    (place / "ladder.json").write_text('{"started": ', encoding="utf-8")
    with pytest.raises(UsageError, match=r"ladder\.json is damaged; restore it or remove its folder"):
        index.write(tmp_path / "results", tmp_path / "reports")


def test_a_page_that_cannot_be_written_is_a_usage_error(tmp_path: Path) -> None:
    """A file where the folder should be gives one clear line."""
    (tmp_path / "results" / "published").mkdir(parents=True)
    (tmp_path / "reports").write_text("in the way", encoding="utf-8")
    with pytest.raises(UsageError, match="cannot write the index to"):
        index.write(tmp_path / "results", tmp_path / "reports")
