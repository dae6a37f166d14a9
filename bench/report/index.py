"""The index of what is published: one page that leads to every kept run and its raw data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.core.errors import UsageError
from bench.report import labels, spreadsheets, templating
from bench.report.answer.headline import headline, tally
from bench.report.findings.analysis import analyse
from bench.report.making import PUBLISHED
from bench.report.reading.results import load
from bench.report.trust import Trust, assess

KINDS = {
    "calibration": "The harness itself: what it costs, and whether its intervals hold and its verdicts are right.",
    "ladder": "The target app beside minimal handlers that do the same work, rung by rung.",
}
"""What data are about that are no run, by the name of their file."""


@dataclass(frozen=True)
class Entry:
    """A published run."""

    name: str
    run_id: str
    date: str
    profile: str
    cases: int
    backends: tuple[str, ...]
    headline: str
    tally: str
    trust: Trust
    spreadsheets: Mapping[str, str]
    """Its CSV files, each with what a row of it is."""


@dataclass(frozen=True)
class Data:
    """What was measured otherwise and is kept beside the runs."""

    name: str
    date: str
    about: str
    files: tuple[str, ...]


def write(results: Path, reports: Path) -> Path:
    """Write index.html into the reports folder for what is in the published results, and return its path.

    Raises:
        UsageError: What is published cannot be read, or the page cannot be written.
    """
    page = reports / "index.html"
    text = html(results / PUBLISHED)
    try:
        reports.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"cannot write the index to {reports}: {error.strerror}; choose another folder with --reports"
        raise UsageError(message) from None
    return page


def html(published: Path) -> str:
    """Return the page; its links are those of a page in `reports` beside `results`. The newest runs stand first.

    Raises:
        UsageError: What is published cannot be read.
    """
    folders = sorted(path for path in published.iterdir() if path.is_dir() and not path.name.startswith("."))
    runs = [_entry(path) for path in folders if (path / "run.json").is_file()]
    others = [_data(path) for path in folders if not (path / "run.json").is_file()]
    context = {
        "runs": sorted(runs, key=lambda entry: (entry.date, entry.run_id), reverse=True),
        "others": others,
    }
    return templating.environment().get_template("published.html").render(context) + "\n"


def _entry(folder: Path) -> Entry:
    analysis = analyse(load(folder))
    run = analysis.run.manifest
    return Entry(
        name=folder.name,
        run_id=run.id,
        date=_date(run.started),
        profile=run.profile.name,
        cases=sum(len(group.cases) for group in analysis.groups),
        backends=tuple(labels.backend(used) for used in run.backends),
        headline=headline(analysis),
        tally=tally(analysis),
        trust=assess(analysis),
        spreadsheets=spreadsheets.files(analysis),
    )


def _data(folder: Path) -> Data:
    """Describe a folder of another kind by its file of that name, and every other file by its name alone."""
    files = tuple(sorted(path.name for path in folder.iterdir() if path.is_file()))
    kind = next((name for name in KINDS if f"{name}.json" in files), "")
    started = _started(folder / f"{kind}.json") if kind else ""
    return Data(folder.name, _date(started), KINDS.get(kind, "Data of another kind."), files)


def _started(file: Path) -> str:
    try:
        return str(json.loads(file.read_text(encoding="utf-8"))["started"])
    except (OSError, ValueError, LookupError, TypeError):
        message = f"{file} is damaged; restore it or remove its folder"
        raise UsageError(message) from None


def _date(moment: str) -> str:
    return moment[:10]
