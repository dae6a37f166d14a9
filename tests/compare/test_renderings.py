"""A comparison in the terminal, in Markdown, on a page and as JSON."""

from __future__ import annotations

import json
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import twice
from rich.console import Console
from test_render import HOSTILE, Elements

from bench.core.errors import UsageError
from bench.report.comparing import markdown, page, terminal
from bench.report.comparing.comparison import Comparison, compare
from bench.report.comparing.data import as_data
from bench.report.comparing.gate import Outcome, hold, limits

JOINED = "[joined]@postgresql+psycopg"
EVERY_DRIVER = ("psycopg", "psycopg_async", "psycopg2", "asyncpg")
ODD: dict[str, dict[str, Any]] = {
    "one case": {"backends": ("sqlite",), "variants": ("selectin",), "parameters": {}, "passes": 2},
    "long names": {"variants": ("selectin", "long_name_" * 12), "parameters": {"relation": ["x" * 150]}, "passes": 2},
    "no valid case": {"fail": EVERY_DRIVER, "passes": 2},
    "missing units": {"passes": 3, "skip_units": ("pass01-postgresql", "pass02-postgresql")},
    "one pass": {"passes": 1, "evidence": False},
    "failures": {"passes": 2, "fail": ("[joined]@postgresql+psycopg",), "text": "long text " * 90},
    "hostile text": {"passes": 2, "text": HOSTILE, "fail": ("[joined]@postgresql+psycopg",)},
    "hostile names": {"passes": 2, "variants": ("selectin", HOSTILE)},
    "under delays": {"parameters": {"delay_ms": [0.0, 1.0]}, "passes": 2},
    "two hundred variants": {
        "backends": ("sqlite",),
        "variants": ("selectin", *(f"variant{number}" for number in range(200))),
        "passes": 2,
    },
}


def shown(comparison: Comparison, outcome: Outcome | None = None, *, absolute: bool = False, width: int = 80) -> str:
    """Return what the terminal shows, at 80 columns where no others are asked for."""
    out = StringIO()
    terminal.show(comparison, outcome, Console(file=out, width=width), absolute=absolute)
    return out.getvalue()


def flat(text: str) -> str:
    """Return text without its line breaks."""
    return " ".join(text.split())


def elements(text: str) -> Elements:
    """Return what is in a page whose elements all close."""
    parser = Elements()
    parser.feed(text)
    assert parser.open == []
    return parser


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("gated", [False, True], ids=["plain", "gated"])
def test_odd_pairs_render_everywhere(tmp_path: Path, name: str, *, gated: bool) -> None:
    """One case, none that is valid, long names, failures, missing passes and hostile text all give whole output."""
    comparison = twice.compared(tmp_path, **ODD[name])
    outcome = hold(comparison, limits(["counts"])) if gated and name != "no valid case" else None
    for absolute in (False, True):
        assert all(len(line) <= 80 for line in shown(comparison, outcome, absolute=absolute).splitlines())
        assert markdown.text(comparison, outcome, absolute=absolute).startswith("# ormbench: new (NEW)")
    found = elements(page.html(comparison, outcome))
    assert not found.handlers
    assert "img" not in found.names
    assert len(found.scripts) == 1
    assert all(address.startswith(("data:", "#main")) for address in found.addresses)
    assert len(found.ids) == len(set(found.ids))
    data = json.loads(json.dumps(as_data(comparison, outcome), allow_nan=False))
    assert len(data["cases"]) == len(comparison.cases)


@pytest.mark.parametrize("name", ["hostile text", "hostile names"])
def test_hostile_text_stays_text(tmp_path: Path, name: str) -> None:
    """Markup of HTML, Markdown, templates and the terminal is shown as it is written, from names and from reasons."""

    def everywhere(record: dict[str, Any]) -> None:
        record["environment"].update(loop=HOSTILE, packages={HOSTILE: HOSTILE})
        record["command"] = f"ormbench run --url '{HOSTILE}'"

    comparison = twice.compared(tmp_path, edit=everywhere, **ODD[name])
    text = page.html(comparison, None)
    assert text.count("<script") == 1
    assert "<img" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "{{ 7*7 }}" in text
    summary = markdown.text(comparison, None)
    # What stands in code is shown as it is; a backtick behind a backslash begins none.
    assert not re.search(r"(?<!\\)[<\[]", re.sub(r"(?<!\\)`[^`\n]+`", "", summary))
    assert "[bold red]" in re.sub(r"\s+", " ", shown(comparison))


def test_the_terminal_tells_the_worst_first_and_sums_up(tmp_path: Path) -> None:
    """The case that became slower stands at the top, the tally and the gate at the end."""
    comparison = twice.compared(tmp_path, slow={JOINED: 1.2})
    said = shown(comparison, hold(comparison, limits(["slower"])))
    assert said.startswith("new (NEW) compared with base (BASE)\nTrust: BASE B")
    wide = shown(comparison, width=100)  # with 80 columns the last letter of a name may be on a line of its own
    assert wide.index("[joined]@postgresql+psycopg ") < wide.index("[select]@postgresql+psycopg ")
    assert "8 cases: 1 slower than before," in flat(said)
    assert "4 cases on weaker evidence; 0 counts of 12 cases changed." in flat(said)
    assert flat(said).count("Gate failed: loading/parents=20[joined]@postgresql+psycopg takes 1.") == 1


def test_weaker_evidence_is_told_below_the_case(tmp_path: Path) -> None:
    """The baseline on another driver and absolute times are named, the own driver's is not; verdicts get brackets."""
    said = flat(shown(twice.compared(tmp_path)))
    assert said.count("relative to selectin, psycopg: weaker evidence") == 3
    assert said.count("absolute times: weaker evidence") == 1
    assert said.count("(equivalent)") + said.count("(inconclusive)") == 4


def test_absolute_ratios_are_shown_when_asked(tmp_path: Path) -> None:
    """They are no column of the terminal and of Markdown otherwise; the page always has them."""
    comparison = twice.compared(tmp_path, slow={"": 2.0})
    assert "absolute (95 %)" not in flat(shown(comparison)) + markdown.text(comparison, None)
    assert "absolute" in flat(shown(comparison, absolute=True)).partition("than before")[0]
    assert "| absolute (95 %) |" in markdown.text(
        twice.compared(tmp_path / "b", slow={JOINED: 1.2}), None, absolute=True
    )
    assert "absolute (95 %)" in page.html(comparison, None)


def test_markdown_lists_what_is_not_equivalent(tmp_path: Path) -> None:
    """A pull request gets the slower case, the counts that changed and the gate; equivalent ones are only counted."""

    def edit(record: dict[str, Any]) -> None:
        record["counts"][0]["statements"] += 1
        record["environment"]["packages"]["SQLAlchemy"] = "2.2.0"

    comparison = twice.compared(tmp_path, slow={JOINED: 1.2}, edit=edit)
    text = markdown.text(comparison, hold(comparison, limits(["slower"])))
    assert re.search(r"\| `loading/parents=20\[joined\]@postgresql\+psycopg` \| selectin, psycopg \| 1\.\d\dx \(", text)
    assert "| equivalent |" not in text
    assert "## Counts that changed" in text
    assert "- SQLAlchemy: 2.1.9, then 2.2.0" in text
    assert "- Gate failed: `loading" in text


def test_runs_that_are_no_evidence_are_stamped_everywhere(tmp_path: Path) -> None:
    """Terminal, Markdown, page and JSON all say so."""
    comparison = twice.compared(tmp_path, **ODD["one pass"])
    assert "NOT EVIDENCE" in shown(comparison)
    assert "**NOT EVIDENCE.**" in markdown.text(comparison, None)
    assert '<div class="stamp" role="note"><strong>Not evidence' in page.html(comparison, None)
    assert as_data(comparison, None)["evidence"] is False


def test_cases_of_one_run_alone_are_told_by_group(tmp_path: Path) -> None:
    """A backend that is gone is one line, not one line for each of its cases."""
    base = twice.run(tmp_path, "base", twice.BASE_SEED, backends=("sqlite", "postgresql"))
    new = twice.run(tmp_path, "new", twice.NEW_SEED)
    comparison = compare(twice.read(base), twice.read(new))
    assert "Only in BASE - loading/parents=20@sqlite: 6 cases" in flat(shown(comparison))
    assert "## Only in BASE" in markdown.text(comparison, None)
    assert "<summary>Only in BASE: 6 cases</summary>" in page.html(comparison, None)
    assert len(as_data(comparison, None)["only_in_base"]) == 6


def test_forced_unlike_machines_are_marked(tmp_path: Path) -> None:
    """Whoever forces a comparison sees on every rendering what it was forced over."""
    comparison = twice.compared(tmp_path, edit=lambda record: record["environment"].update(cores=8))
    line = "cores: 2, then 8 (unlike: forced)"
    assert line in shown(comparison)
    assert line in page.html(comparison, None)
    assert line in markdown.text(comparison, None)
    assert as_data(comparison, None)["differences"][0]["unlike"] is True
    assert "ormbench compare base new --force" in page.html(comparison, None)
    assert "--force" not in page.html(twice.compared(tmp_path / "alike"), None)


def test_the_same_runs_give_the_same_page(tmp_path: Path) -> None:
    """Nothing of the moment or the machine that renders is in it."""
    base, new = twice.run(tmp_path, "base", twice.BASE_SEED), twice.run(tmp_path, "new", twice.NEW_SEED)
    pages = {page.html(compare(twice.read(base), twice.read(new)), None) for _ in range(2)}
    assert len(pages) == 1


def test_a_page_that_cannot_be_written_is_a_usage_error(tmp_path: Path) -> None:
    """A folder where the file should be gives one clear line."""
    with pytest.raises(UsageError, match="choose another file with --html"):
        page.write(twice.compared(tmp_path), None, tmp_path)
