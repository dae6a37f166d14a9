"""Rendering as a whole: files, bytes, odd runs and hostile text."""

import filecmp
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import stored
from rich.console import Console

from bench.core.errors import UsageError
from bench.report.figures import axes, svg
from bench.report.findings.analysis import analyse
from bench.report.reading.results import load
from bench.report.render import render
from bench.report.terminal import show

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}|[x](javascript:1)[bold red]"
ODD: dict[str, dict[str, Any]] = {
    "one case": {"backends": ("sqlite",), "variants": ("selectin",), "parameters": {}, "passes": 2},
    "long names": {"variants": ("selectin", "long_name_" * 12), "parameters": {"relation": ["x" * 150]}, "passes": 2},
    "no valid case": {
        "parameters": {},
        "passes": 2,
        "fail": ("pysqlite", "aiosqlite", "psycopg", "psycopg_async", "psycopg2", "asyncpg"),
    },
    "nothing measured": {"backends": (), "parameters": {}},
    "missing units": {"parameters": {}, "passes": 3, "skip_units": ("pass01-postgresql", "pass02-postgresql")},
    "one pass": {"parameters": {}, "passes": 1, "evidence": False},
    "hostile text": {"parameters": {}, "passes": 2, "text": HOSTILE, "fail": ("[joined]@sqlite+pysqlite",)},
    "no mathematics": {"variants": ("selectin", "a$\\frac{$b"), "parameters": {}, "passes": 2},
    "bare and crowded": {"parameters": {}, "passes": 2, "crowd": 30, "bare": ("core_join",), "weighed": ("joined",)},
    "under delays": {"parameters": {"delay_ms": [0.0, 1.0]}, "passes": 2, "fail": ("[joined]@postgresql+psycopg",)},
    "one pass under delays": {"parameters": {"delay_ms": [0.0, 1.0]}, "passes": 1, "evidence": False},
    "two hundred variants": {
        "backends": ("sqlite",),
        "variants": ("selectin", *(f"variant{number}" for number in range(200))),
        "parameters": {},
        "passes": 2,
    },
}


class Elements(HTMLParser):
    """Collect the elements and the addresses of a page, and check that elements close in order."""

    VOID = frozenset({"meta", "link", "br", "path", "use"})

    def __init__(self) -> None:
        """Begin with nothing seen."""
        super().__init__()
        self.names: set[str] = set()
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.handlers: list[str] = []
        self.scripts: list[str] = []
        self.policy = ""
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.names.add(tag)
        if ("http-equiv", "Content-Security-Policy") in attrs:
            self.policy = dict(attrs)["content"] or ""
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src", "xlink:href"}]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Hold the end of an element against the one that is open."""
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note a script."""
        if self.open and self.open[-1] == "script":
            self.scripts.append(data)


def elements(page: Path) -> Elements:
    """Return what is in a page."""
    parser = Elements()
    parser.feed(page.read_text(encoding="utf-8"))
    assert parser.open == []
    return parser


@pytest.fixture(scope="module")
def rendered(run_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of the synthetic run, for those who only read it."""
    return render(run_dir, tmp_path_factory.mktemp("rendered") / "out")


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, Path]]:
    """Return the function that gives the folder of an odd run and its page, each made once."""

    @cache
    def made(name: str) -> tuple[Path, Path]:
        folder = stored.write(tmp_path_factory.mktemp("odd") / "run", stored.Plan(**ODD[name]))
        return folder, render(folder, folder.with_name("out"))

    return made


def test_a_run_becomes_a_page_a_summary_and_figures(rendered: Path) -> None:
    """Each group has its ratio figure and its figure of times, with four drivers a map; one shows its blocks."""
    assert rendered.name == "index.html"
    assert rendered.with_name("report.md").read_text().startswith("# ormbench")
    kinds = sorted(re.sub(r".*-(\w+\.\w+)$", r"\1", path.name) for path in (rendered.parent / "figures").iterdir())
    expected = {"blocks": 1, "map": 1, "ratios": 2, "times": 2}
    assert kinds == [
        f"{kind}.{ending}" for kind, count in expected.items() for ending in ("png", "svg") for _ in range(count)
    ]


def test_the_same_results_give_the_same_bytes(run_dir: Path, rendered: Path, tmp_path: Path) -> None:
    """Two renderings agree in every file, also over an older one."""
    for _ in range(2):
        render(run_dir, tmp_path)
    files = [str(path.relative_to(rendered.parent)) for path in rendered.parent.rglob("*") if path.is_file()]
    assert len(files) == 16
    assert filecmp.cmpfiles(rendered.parent, tmp_path, files, shallow=False)[0] == files


def test_the_page_names_nothing_outside_of_itself(rendered: Path) -> None:
    """Addresses are anchors of the page or data; no id is given twice; only the script that the policy names runs."""
    page = elements(rendered)
    assert all(address.startswith(("#", "data:")) for address in page.addresses)
    assert {address[1:] for address in page.addresses if address.startswith("#")} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    digest = b64encode(sha256("".join(page.scripts).encode()).digest()).decode()
    assert re.findall(r"script-src ([^;]*)", page.policy) == [f"'sha256-{digest}'"]
    assert page.policy.startswith("default-src 'none';")


def test_figures_have_a_text_alternative_and_follow_the_theme(rendered: Path) -> None:
    """Each figure is an image with a label, in the page's own colours and type."""
    text = rendered.read_text()
    drawn = re.findall(r"<svg [^>]*>", text)
    assert len(drawn) == 6
    assert all('role="img"' in figure and "aria-label=" in figure for figure in drawn)
    body = text[text.index("<main") :]
    assert "var(--async)" in text[text.index(".g0 {") : text.index("</style>")]
    assert " style=" not in body
    assert "#d55e00" not in body
    assert "DejaVu" not in body


@pytest.mark.parametrize("name", ODD)
def test_odd_runs_render_on_page_summary_and_terminal(odd: Callable[[str], tuple[Path, Path]], name: str) -> None:
    """One case, hundreds, none that is valid, missing passes and long names all give whole output."""
    folder, index = odd(name)
    page = elements(index)
    assert "main" in page.names
    assert not page.handlers
    assert "img" not in page.names
    assert len(page.scripts) == 1
    out = StringIO()
    show(analyse(load(folder)), Console(file=out, width=80))
    assert all(len(line) <= 80 for line in out.getvalue().splitlines())
    assert "Trust" in out.getvalue()


def test_hostile_text_is_shown_as_text_everywhere(odd: Callable[[str], tuple[Path, Path]]) -> None:
    """Markup, template and Markdown syntax in any string of a result stay what they are: letters."""
    folder, index = odd("hostile text")
    page = index.read_text()
    assert "&lt;script&gt;alert(1)" in page
    assert "{{ 7*7 }}" in page
    summary = index.with_name("report.md").read_text()
    assert "<script>" not in summary
    assert "[x](javascript" not in summary
    out = StringIO()
    show(analyse(load(folder)), Console(file=out, width=80))
    assert "[bold red]" in out.getvalue()


def test_a_smoke_run_is_stamped_wherever_it_is_shown(odd: Callable[[str], tuple[Path, Path]]) -> None:
    """Page, summary, figures and terminal all say that it is not evidence."""
    folder, index = odd("one pass")
    assert '<div class="stamp" role="note"><strong>Not evidence' in index.read_text()
    assert "**NOT EVIDENCE.**" in index.with_name("report.md").read_text()
    assert all("NOT EVIDENCE" in path.read_text() for path in (index.parent / "figures").glob("*.svg"))
    out = StringIO()
    show(analyse(load(folder)), Console(file=out, width=80))
    assert "NOT EVIDENCE" in out.getvalue()


def test_void_cases_are_grey_and_named_before_the_answer(tmp_path: Path) -> None:
    """A failure is the first thing that a reader of the answer meets."""
    plan = stored.Plan(parameters={}, passes=2, fail=("[joined]@sqlite+pysqlite",))
    page = render(stored.write(tmp_path / "run", plan), tmp_path / "out").read_text()
    answer = page[page.index('id="answer"') : page.index('id="trust"')]
    assert answer.index("[joined]@sqlite+pysqlite") < answer.index('class="sentences"')
    assert re.search(r'<tr class="void[^>]*>.{0,400}verdict-not', page)
    assert "<strong>1 failure.</strong> This case is void" in answer
    [row] = re.findall(r'<tr class="void[^\n]*', page)
    assert "same answer: row 3 differs" in row


def test_of_many_failures_the_page_says_where_the_others_are(tmp_path: Path) -> None:
    """A list that ends without a word would be taken for all of them."""
    variants = ("selectin", *(f"variant{number}" for number in range(24)))
    failed = tuple(f"[{name}]@sqlite+pysqlite" for name in variants[1:])
    plan = stored.Plan(backends=("sqlite",), variants=variants, parameters={}, passes=2, fail=failed)
    page = render(stored.write(tmp_path / "run", plan), tmp_path / "out").read_text()
    assert "<li>and 4 more: <code>run.json</code>, among the raw files, names them all</li>" in page


def test_no_two_landmarks_have_the_same_name(rendered: Path) -> None:
    """Who goes from region to region hears which group each is of."""
    names = re.findall(r'role="region" (aria-label(?:ledby)?="[^"]*")', rendered.read_text())
    assert len(names) > 5
    assert [name for name, count in Counter(names).items() if count > 1] == []


def test_a_folder_that_cannot_be_written_is_a_usage_error(run_dir: Path, tmp_path: Path) -> None:
    """A file where the folder should be gives one clear line."""
    (tmp_path / "out").write_text("in the way")
    with pytest.raises(UsageError, match="cannot write the report"):
        render(run_dir, tmp_path / "out")


@pytest.mark.parametrize(
    ("low", "high"), [(0.98, 1.02), (0.999, 1.001), (0.3, 8.0), (1.0, 1.5), (0.00004, 31_000.0), (120.0, 131.0)]
)
def test_axes_have_a_few_readable_places_within_their_range(low: float, high: float) -> None:
    """From a hundredth to nine decades there are two to ten ticks, none outside."""
    places = axes.ticks(low, high, 3.5)
    assert 1 <= len(places) <= 10
    assert all(low <= place <= high for place in places)


def test_names_are_cut_to_the_room_that_they_have() -> None:
    """What does not fit loses its middle, by measured width and not by its number of letters."""
    assert axes.fitted("selectin", 2.0) == "selectin"
    wide, narrow = axes.fitted("W" * 80, 2.0), axes.fitted("i" * 80, 2.0)
    assert axes.text_width(wide) <= 2.0
    assert len(wide) < len(narrow)


def test_inline_figures_are_as_short_as_they_can_be() -> None:
    """Groups that say nothing and decimals that nobody sees are left out; text keeps its own."""
    inner = '<g><text x="1.23456">0.024x</text></g>'
    source = f'<svg viewBox="0 0 1 1"><g clip-path="url(#c)">{inner}<path d="M 1.23456 2\nL 3 4.567"/></g></svg>'
    text = str(svg.inline(source, "f1", "A figure"))
    assert '<g clip-path="url(#f1-c)"><text x="1.23">0.024x</text><path d="M 1.23 2\nL 3 4.56"/></g></svg>' in text


def test_the_styles_of_figures_are_said_once() -> None:
    """Each becomes a class with one rule; what stands outside of figures, or as text, is left as it is."""
    figure = '<svg viewBox="0 0 1 1" class="figure"><path style="fill: none"/><path style="stroke: red"/></svg>'
    page = f'<style>\np {{}}\n</style><p style="x">&lt;svg style=&#34;y&#34;</p>{figure}{figure}'
    text = svg.with_classes(page)
    assert text.startswith('<style>\np {}\n.g0 { fill: none }\n.g1 { stroke: red }\n</style><p style="x">&lt;svg style')
    assert text.count('<path class="g0"/><path class="g1"/></svg>') == 2


def test_inline_figures_keep_only_the_ids_that_they_use() -> None:
    """Ids get the prefix of their figure, in the place that names them as well."""
    source = '<?xml?><svg viewBox="0 0 1 1"><g id="a"/><g id="b"><use xlink:href="#p"/></g><path id="p"/></svg>'
    text = str(svg.inline(source, "f1", "A <figure>"))
    assert 'id="f1-p"' in text
    assert 'href="#f1-p"' in text
    assert 'id="f1-b"' not in text
    assert "A &lt;figure&gt;" in text
