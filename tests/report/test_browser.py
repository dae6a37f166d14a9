"""The pages in a real browser, where one is installed."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import stored
import stored_load
from devtools import BROWSER, Browser, Tab

from bench.report import index, templating
from bench.report.comparing import page
from bench.report.comparing.comparison import compare
from bench.report.findings.analysis import analyse
from bench.report.reading.results import load
from bench.report.render import render

HOSTILE = "<script>window.alerted=1</script><img src=x onerror=window.alerted=1>" + "W" * 300
CELLS = ("1.42x (1.38-1.46)", "0.98x (one pass: no interval)", "12.1x (11-13)", "", "0.024x (0.02-0.03)", "not valid")
TIMES = ("1.2 ms", "980 µs", "n/a", "2 s", "980 µs", "11 ms")
NUMBERS = ("1,234", "987", "20.5", "3 (0.2 %)", "too few", "10-12")
NAMES = ("parents=100", "parents=20", "Children=5", "", "parents=3", "C9")
SHEET = """{% extends "frame.html" %}
{% block main %}
<div class="scroll" role="region" aria-label="Sheet"><table>
<thead><tr>{% for name in "abcde" %}<th scope="col">{{ name }}</th>{% endfor %}</tr></thead>
<tbody>{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</tbody>
</table></div>
<div data-filter="claims">{% for number in range(20) %}<div>Claim {{ number }}</div>{% endfor %}</div>
{% endblock %}"""
WIDE = """[...document.querySelectorAll("body *")].filter((each) => !each.closest(".scroll, pre")
  && each.getBoundingClientRect().right > document.documentElement.clientWidth + 1).length"""
PAGES = ("run/index.html", "compared.html", "index.html")

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")


class Quiet(SimpleHTTPRequestHandler):
    """A file server that notes what it was asked for."""

    asked: list[str]

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Note the path instead of printing it."""
        del code, size
        self.asked.append(self.path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with every kind of page: a run with load, failures and hostile text, a comparison, the index."""
    folder = tmp_path_factory.mktemp("browser")
    plan = stored.Plan(
        backends=("postgresql",),
        variants=("selectin", "joined", "select", "core_join"),
        parameters={"relation": ["x" * 120]},
        passes=2,
        text=HOSTILE,
        fail=("[joined]@postgresql+psycopg",),
        evidence=False,
    )
    load_plan = stored_load.LoadPlan(users=(2, 4), rates=(100.0,), rounds=2, more={"failures": [HOSTILE]}, text=HOSTILE)
    run = stored_load.write(folder / "published" / "run", load_plan, plan)
    render(run, folder / "out" / "run")
    analysis = analyse(load(run))
    other = replace(analysis.run, manifest=replace(analysis.run.manifest, id="other"))
    compared = compare(analysis, replace(analysis, run=other), force=True)
    page.write(compared, None, folder / "out" / "compared.html")
    (folder / "out" / "index.html").write_text(index.html(folder / "published"), encoding="utf-8")
    rows = [*zip(CELLS, TIMES, NUMBERS, NAMES, "abcdef", strict=True)]
    sheet = templating.environment().from_string(SHEET).render(rows=rows)
    (folder / "out" / "sheet.html").write_text(sheet, encoding="utf-8")
    return folder / "out"


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Serve the pages; yield the address and all paths that were asked for."""
    asked: list[str] = []
    handler = type("Handler", (Quiet,), {"asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Start the one browser of this module."""
    with Browser(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_phone_and_asks_for_nothing(browser: Browser, site: tuple[str, list[str]], name: str) -> None:
    """At 390 px nothing scrolls sideways but tables, figures and code; one request, no message, no foreign script."""
    address, asked = f"{site[0]}/{name}", site[1]
    asked.clear()
    tab = Tab(browser, width=390).open(address)
    tab.read("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    assert tab.read("[document.documentElement.scrollWidth, document.documentElement.clientWidth]") == [390, 390]
    assert tab.read(WIDE) == 0
    assert tab.read("document.querySelectorAll('table').length") >= (name != "index.html")
    assert tab.read("String(window.alerted)") == "undefined"
    assert tab.read("document.querySelectorAll('script').length") == 1
    assert tab.requests() == [address]
    assert asked == [f"/{name}"]
    assert tab.complaints() == []


def test_the_policy_lets_no_other_script_run(browser: Browser, site: tuple[str, list[str]]) -> None:
    """A script and a handler that were put into the page do nothing, and the console says why."""
    tab = Tab(browser).open(f"{site[0]}/sheet.html")
    script = "Object.assign(document.createElement('script'), {textContent: 'window.alerted = 1'})"
    tab.read(f"document.body.append({script})")
    tab.read("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.alerted = 1\">')")
    assert tab.read("String(window.alerted)") == "undefined"
    assert any("Content Security Policy" in each["entry"]["text"] for each in tab.seen("Log.entryAdded"))


@pytest.mark.parametrize(
    ("column", "ascending", "descending"),
    [(0, "ebacdf", "cabedf"), (1, "beafdc", "dfabec"), (2, "dfcbae", "abcfde"), (3, "fcebad", "abecfd")],
    ids=["ratios", "times", "numbers", "words"],
)
def test_columns_sort_by_what_their_cells_mean(
    browser: Browser, site: tuple[str, list[str]], column: int, ascending: str, descending: str
) -> None:
    """Numbers by size with their units, words as people count; blanks last, equals in place, third click as it was."""
    tab = Tab(browser).open(f"{site[0]}/sheet.html")
    for expected, state in ((ascending, "ascending"), (descending, "descending"), ("abcdef", None)):
        tab.read(f"document.querySelectorAll('th button')[{column}].click()")
        shown = "[...document.querySelectorAll('tbody tr')].map((row) => row.cells[4].textContent).join('')"
        assert tab.read(shown) == expected
        assert tab.read("[...document.querySelectorAll('th')].map((head) => head.getAttribute('aria-sort'))") == [
            state if place == column else None for place in range(5)
        ]


@pytest.mark.parametrize("name", PAGES[:2])
def test_keys_sort_a_table_of_cases(browser: Browser, site: tuple[str, list[str]], name: str) -> None:
    """Enter or Space on the heading of the times puts them in order; the case that is void has none and stays last."""
    tab = Tab(browser).open(f"{site[0]}/{name}")
    tab.read("""window.found = [...document.querySelectorAll("[aria-label^='Cases'] table")].at(-1);
      window.place = [...found.tHead.rows[0].cells].findIndex((head) => / ms$|^median/.test(head.textContent));
      found.tHead.rows[0].cells[place].querySelector("button").focus()""")
    times = "[...found.tBodies[0].rows].map((row) => row.cells[place].textContent)"
    before = tab.read(times)
    tab.press("Enter")
    after = tab.read(times)
    numbers = [float(each.replace(",", "")) for each in after if each]
    assert numbers == sorted(numbers)
    assert after != before
    assert sorted(after) == sorted(before)
    assert "" not in after[: len(numbers)]
    tab.press(" ")
    assert [float(each.replace(",", "")) for each in tab.read(times) if each] == numbers[::-1]
    tab.press("Enter")
    assert tab.read(times) == before


def test_rows_are_filtered_by_their_words(browser: Browser, site: tuple[str, list[str]]) -> None:
    """What is typed narrows a long table to the rows that hold every word, and a live text says how many are left."""
    tab = Tab(browser).open(f"{site[0]}/run/index.html")
    tab.read("""window.field = [...document.querySelectorAll("input[aria-label^='Filter rows: Cases of ']")].at(-1);
      window.rows = [...field.closest(".filter").nextElementSibling.querySelectorAll("tbody tr")];
      window.said = field.closest(".filter").querySelector("output"); field.focus()""")
    total = tab.read("rows.length")
    assert tab.read("said.textContent") == f"{total} rows"
    tab.call("Input.insertText", text="PSYCOPG selectin")
    shown = tab.read("rows.filter((row) => row.checkVisibility()).map((row) => row.textContent.toLowerCase())")
    assert 0 < len(shown) < total
    assert all("psycopg" in each and "selectin" in each for each in shown)
    assert len(shown) == tab.read("rows.filter((row) => /selectin.*psycopg/.test(row.textContent)).length")
    assert tab.read("said.textContent") == f"{len(shown)} of {total} rows"
    tab.call("Emulation.setEmulatedMedia", media="print")
    assert tab.read("said.checkVisibility() && !field.checkVisibility()") is True
    tab.call("Emulation.setEmulatedMedia", media="screen")
    tab.call("Input.insertText", text=" no such thing")
    assert tab.read("said.textContent") == f"0 of {total} rows"
    tab.read("field.value = ''; field.dispatchEvent(new Event('input'))")
    assert tab.read("rows.filter((row) => row.checkVisibility()).length") == total
    assert tab.complaints() == []


def test_claims_are_filtered_too(browser: Browser, site: tuple[str, list[str]]) -> None:
    """A long list of claims narrows like a table; a short table has no field."""
    tab = Tab(browser).open(f"{site[0]}/sheet.html")
    assert tab.read("[...document.querySelectorAll('.filter output')].map((each) => each.textContent)") == ["20 claims"]
    tab.read("document.querySelector('.filter input').focus()")
    tab.call("Input.insertText", text="CLAIM 19")
    assert tab.read("document.querySelector('[data-filter]').innerText") == "Claim 19"
    assert tab.read("document.querySelector('output').textContent") == "1 of 20 claims"


def test_folds_open_together_for_a_link_and_for_print(browser: Browser, site: tuple[str, list[str]]) -> None:
    """Buttons open and close all; an address opens the fold that it leads to; printing opens results, not code."""
    tab = Tab(browser).open(f"{site[0]}/run/index.html#scenario-1-code-2")
    count = "document.querySelectorAll('details{}').length"
    assert tab.read("document.getElementById('scenario-1-code-2').open") is True
    assert tab.read("document.getElementById('scenario-1-code-1').open") is False
    tab.read("location.hash = 'scenario-1-code-1'; new Promise((done) => addEventListener('hashchange', done))")
    assert tab.read("document.getElementById('scenario-1-code-1').open") is True
    button = "[...document.querySelectorAll('.tools button')].find((each) => /{}/.test(each.textContent)).click()"
    tab.read(button.format("Open"))
    assert tab.read(count.format(":not([open])")) == 0
    tab.read(button.format("Close"))
    assert tab.read(count.format("[open]")) == 0
    tab.read("dispatchEvent(new Event('beforeprint'))")
    assert tab.read(count.format("[data-print]:not([open])")) == 0
    assert tab.read("document.getElementById('scenario-1-code-1').open") is False
    tab.read("dispatchEvent(new Event('afterprint'))")
    assert tab.read(count.format("[open]")) == 0


THEME = "document.querySelector('.tools select')"
COLOURS = """[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color, getComputedStyle(
  document.querySelector(".g" + /[.]g(\\d+) .[^}]* stroke: var.--async/.exec(document.head.textContent)[1])).stroke]"""


def test_the_theme_is_the_readers(browser: Browser, site: tuple[str, list[str]]) -> None:
    """It is that of the system until one is chosen; page and figures change together, and it outlives a reload."""
    tab = Tab(browser)
    colours = {}
    for system in ("light", "dark"):
        tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": system}])
        tab.open(f"{site[0]}/run/index.html")
        colours[system] = tab.read(COLOURS)
    assert all(one != two for one, two in zip(*colours.values(), strict=True))
    for chosen in ("light", "dark", "light"):
        tab.read(f"{THEME}.value = '{chosen}'; {THEME}.dispatchEvent(new Event('change'))")
        assert tab.read(COLOURS) == colours[chosen]
    tab.open(f"{site[0]}/run/index.html")
    assert tab.read(COLOURS) == colours["light"]
    assert tab.read(f"{THEME}.value") == "light"
    tab.read(f"{THEME}.value = 'system'; {THEME}.dispatchEvent(new Event('change'))")
    assert tab.read(COLOURS) == colours["dark"]


def test_without_storage_the_page_works(browser: Browser, folder: Path) -> None:
    """A page that was opened as a file and may store nothing changes its theme and sorts, without an error."""
    denied = "Object.defineProperty(window, 'sessionStorage', {get() { throw new DOMException('', 'SecurityError'); }})"
    tab = Tab(browser, before=denied).open((folder / "run" / "index.html").as_uri())
    tab.read(f"{THEME}.value = 'dark'; {THEME}.dispatchEvent(new Event('change'))")
    assert tab.read("getComputedStyle(document.documentElement).colorScheme") == "dark"
    assert tab.read("document.querySelectorAll('th button').length") > 0
    assert tab.complaints() == []


def test_the_page_prints_light_on_several_sheets(browser: Browser, site: tuple[str, list[str]]) -> None:
    """Whatever theme was chosen, paper is white, and controls are not printed; a PDF of several pages comes out."""
    tab = Tab(browser).open(f"{site[0]}/run/index.html")
    tab.read(f"{THEME}.value = 'dark'; {THEME}.dispatchEvent(new Event('change'))")
    pdf = b64decode(tab.call("Page.printToPDF")["data"])
    assert pdf.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) > 4
    tab.call("Emulation.setEmulatedMedia", media="print")
    assert tab.read("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    controls = "[...document.querySelectorAll('.tools, .filter, .skip, nav')]"
    assert tab.read(f"{controls}.filter((each) => each.checkVisibility()).length") == 0


def test_without_scripts_everything_is_there(browser: Browser, site: tuple[str, list[str]]) -> None:
    """The same rows, figures and folds as with scripts, and no control that would do nothing."""
    counts = "['tbody tr', 'svg[role=img]', 'details', 'button, input, select, output'].map((each) => document.querySelectorAll(each).length)"  # noqa: E501
    *things, controls = Tab(browser).open(f"{site[0]}/run/index.html").read(counts)
    tab = Tab(browser, scripts=False).open(f"{site[0]}/run/index.html")
    assert tab.read(counts) == [*things, 0]
    assert min(*things, controls) > 0
    assert tab.complaints() == []


def test_the_keyboard_reaches_the_results_first(browser: Browser, site: tuple[str, list[str]]) -> None:
    """The first stop is a link past the sections; every stop shows where it is, and closed folds hold none."""
    tab = Tab(browser).open(f"{site[0]}/run/index.html")
    tab.press("Tab")
    assert tab.read("document.activeElement.className") == "skip"
    assert tab.read("document.activeElement.getBoundingClientRect().top >= 0") is True
    tab.press("Enter")
    assert tab.read("document.activeElement.id") == "main"
    stops = []
    for _ in range(12):
        tab.press("Tab")
        stops.append(
            tab.read("""(() => { const at = document.activeElement;
              return [at.tagName, getComputedStyle(at).outlineStyle, at.checkVisibility()]; })()""")
        )
    assert {outline for _, outline, _ in stops} == {"solid"}
    assert {visible for _, _, visible in stops} == {True}
    assert {"BUTTON", "SUMMARY"} & {tag for tag, _, _ in stops}
