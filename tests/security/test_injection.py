"""Text of somebody else is shown and never obeyed: by a browser, a terminal, a spreadsheet or a reader of Markdown."""

from __future__ import annotations

import csv
import json
import re
import shutil
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import stored

from bench.cli.terminal import Terminal
from bench.core.visible import visible
from bench.export.formats import FORMATS
from bench.report.comparing.comparison import compare
from bench.report.comparing.page import html
from bench.report.findings.analysis import Analysis, analyse
from bench.report.reading.results import load
from bench.report.render import render_analysis
from bench.report.spreadsheets import write_rows
from bench.report.terminal import show
from tests.cli.command import Ormbench

MARKUP = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}[x](javascript:1)[bold red]"
COMMANDS = "\x1b]0;owned\x07\x1b[2J\x1b[31m\x9b5A\r\x08\u202eevil\u2066"
"""Sets a title, clears the screen, colours, moves up, overwrites, and turns the direction of writing."""
HOSTILE = f"{MARKUP}{COMMANDS}"
FORMULAS = ("=cmd|' /C calc'!A0", "+1+cmd", "-2+3+cmd|x", '@SUM(1)*HYPERLINK("x")', "\t=1+1")
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture(scope="module")
def hostile_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run in which every text that somebody else may have written is hostile."""
    plan = stored.Plan(
        backends=("sqlite", "postgresql"),
        parameters={"relation": [f"=1{COMMANDS}"]},
        variants=("selectin", f"=cmd{HOSTILE}"),
        passes=2,
        text=HOSTILE,
        fail=("@sqlite+aiosqlite",),
    )
    folder = stored.write(tmp_path_factory.mktemp("hostile") / "run", plan)
    record = folder / "run.json"
    run = json.loads(record.read_text(encoding="utf-8"))
    run["command"] += f"`\n\n{HOSTILE}"
    run["environment"] |= dict.fromkeys(("python", "platform", "cpu", "governor", "kernel", "loop", "git"), HOSTILE)
    run["environment"]["packages"] = {HOSTILE: HOSTILE}
    for backend in run["backends"]:
        backend |= {"version": HOSTILE, "settings": {HOSTILE: HOSTILE}}
    record.write_text(json.dumps(run), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def hostile(hostile_run: Path) -> Analysis:
    """Return its analysis."""
    return analyse(load(hostile_run))


@pytest.fixture(scope="module")
def rendered(hostile: Analysis, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of its report."""
    folder = tmp_path_factory.mktemp("report")
    render_analysis(hostile, folder)
    return folder


class Suspects(HTMLParser):
    """Collects what a page could act by, but for the scripts and styles that are its own."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note handlers, addresses of scripts, and pictures from elsewhere."""
        self.found += [f"{tag} {name}" for name, _ in attrs if name.startswith("on")]
        self.found += [f"{tag} {value}" for _, value in attrs if value and value.lower().startswith("javascript:")]
        if tag in ("img", "iframe", "object"):
            self.found.append(tag)


def test_a_page_does_nothing_that_a_result_asks_for(rendered: Path) -> None:
    """No element, handler or address comes from a text."""
    page = (rendered / "index.html").read_text(encoding="utf-8")
    suspects = Suspects()
    suspects.feed(page)
    assert suspects.found == []
    assert "<script>alert" not in page
    assert "{{ 7*7 }}" in page


def test_a_comparison_does_nothing_that_a_result_asks_for(hostile: Analysis, hostile_run: Path, tmp_path: Path) -> None:
    """Nor does the page of two runs, the second one called by a hostile name."""
    other = shutil.copytree(hostile_run, tmp_path / "other") / "run.json"
    other.write_text(json.dumps(json.loads(other.read_text(encoding="utf-8")) | {"id": HOSTILE}), encoding="utf-8")
    suspects, page = Suspects(), html(compare(hostile, analyse(load(other.parent)), force=True), None)
    suspects.feed(page)
    assert suspects.found == []
    assert "<script>alert" not in page


def test_figures_are_sound_and_inert(rendered: Path) -> None:
    """Each picture is well-formed XML without a script."""
    figures = list((rendered / "figures").glob("*.svg"))
    assert figures
    for figure in figures:
        tags = {each.tag.rpartition("}")[2] for each in ET.parse(figure).iter()}  # noqa: S314 - our own file
        assert not tags & {"script", "a", "foreignObject"}


def test_no_text_for_people_holds_what_a_terminal_obeys(rendered: Path, hostile: Analysis) -> None:
    """Summary, tables and all exports may be shown by `cat`."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in rendered.glob("*.[mc][ds]*")}
    texts |= {name: each.text(hostile) for name, each in FORMATS.items()}
    assert {"report.md", "cases.csv", "csv", "junit"} <= set(texts)
    assert {name for name, text in texts.items() if OBEYED.search(text)} == set()
    prose = re.sub(r"`[^`\n]+`", "", texts["report.md"])
    assert "<script>" not in prose
    assert "[x](javascript" not in prose


def test_a_terminal_gets_no_command_of_a_result(hostile: Analysis) -> None:
    """Colours are ours; no other control sequence is written, and square brackets stay letters."""
    out = StringIO()
    show(hostile, Terminal(file=out, width=80, force_terminal=True, color_system="standard"))
    text = out.getvalue()
    assert "[bold red]" in text
    assert not OBEYED.search(re.sub(r"\x1b\[[\d;]*m", "", text))


def test_an_error_gets_no_command_of_a_name(ormbench: Ormbench) -> None:
    """What the caller or a server wrote is repeated on standard error without its control characters."""
    line = ormbench.here("report", f"x{COMMANDS}").refusal()
    assert not OBEYED.search(line)
    assert visible("a\tb\nc") == "a\tb\nc"


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_spreadsheet_gets_no_formula(formula: str) -> None:
    """A cell that would be one begins with an apostrophe; numbers keep their sign."""
    file = StringIO(newline="")
    write_rows(file, [{"name": formula, "change": "-0.5", "count": -3}])
    [row] = csv.DictReader(StringIO(file.getvalue(), newline=""))
    assert row["name"].startswith("'")
    assert (row["change"], row["count"]) == ("-0.5", "-3")


def test_files_for_spreadsheets_hold_no_formula(rendered: Path, hostile: Analysis) -> None:
    """In the files of a report and in the export no cell of a hostile run begins like one."""
    files = {path.name: path.read_text(encoding="utf-8") for path in rendered.glob("*.csv")}
    files["export"] = FORMATS["csv"].text(hostile)
    for text in files.values():
        cells = [cell for row in csv.reader(StringIO(text, newline="")) for cell in row]
        assert any(cell.startswith("'=cmd") for cell in cells)
        assert not [cell for cell in cells if re.match(r"[=+@\t\r]|-(?![\d.])", cell)]
