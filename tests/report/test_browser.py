"""The page in a real browser, where one is installed."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import stored
import stored_load

from bench.report.render import render

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--enable-logging=stderr",
    "--virtual-time-budget=4000",
)
PROBE = """<!DOCTYPE html><meta charset="utf-8"><link rel="icon" href="data:,"><body>
<iframe id="page" src="index.html" style="width:{width}px;height:800px;border:0"></iframe><pre id="said"></pre>
<script>
document.getElementById("page").addEventListener("load", (event) => {{
  const page = event.target.contentDocument, root = page.documentElement;
  page.querySelectorAll("details").forEach((fold) => {{ fold.open = true; }});
  const wide = [...page.querySelectorAll("main *")].filter((each) => !each.closest(".scroll, pre")
    && each.getBoundingClientRect().right > root.clientWidth + 1);
  const loaded = event.target.contentWindow.performance.getEntriesByType("resource")
    .map((each) => each.name).filter((name) => !name.startsWith("data:"));
  document.getElementById("said").textContent = JSON.stringify({{
    scroll: root.scrollWidth, width: root.clientWidth, wide: wide.length, loaded: loaded.length,
    figures: page.querySelectorAll("svg[role=img]").length, alerted: String(page.defaultView.alerted),
  }});
}});
</script>"""

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")


class Quiet(SimpleHTTPRequestHandler):
    """A file server that notes what it was asked for."""

    asked: list[str]

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Note the path instead of printing it."""
        del code, size
        self.asked.append(self.path)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path, list[str]]]:
    """Serve the page of a run with load, failures and long, hostile strings; yield address, folder and requests."""
    folder = tmp_path_factory.mktemp("browser")
    text = "<script>window.alerted=1</script><img src=x onerror=window.alerted=1>" + "W" * 300
    plan = stored.Plan(
        parameters={"relation": ["x" * 120]}, passes=2, text=text, fail=("[joined]@sqlite+pysqlite",), evidence=False
    )
    load = stored_load.LoadPlan(users=(2, 4), rates=(100.0,), rounds=2, more={"failures": [text]}, text=text)
    render(stored_load.write(folder / "run", load, plan), folder / "out")
    (folder / "out" / "probe.html").write_text(PROBE.format(width=390))
    asked: list[str] = []
    handler = type("Handler", (Quiet,), {"asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder / "out"))) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", folder / "out", asked
        server.shutdown()
        thread.join()


def browse(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the browser on an empty profile."""
    command = [str(BROWSER), *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)


def test_the_page_fits_a_phone_and_asks_for_nothing(site: tuple[str, Path, list[str]], tmp_path: Path) -> None:
    """At 390 px nothing scrolls sideways but tables and figures; one request, no console message, no script ran."""
    address, _, asked = site
    done = browse(tmp_path, "--dump-dom", f"{address}/probe.html")
    said = re.search(r'<pre id="said">(.*?)</pre>', done.stdout)
    assert said is not None
    assert said.group(1) == ('{"scroll":390,"width":390,"wide":0,"loaded":0,"figures":10,"alerted":"undefined"}')
    assert sorted(set(asked)) == ["/index.html", "/probe.html"]
    assert "CONSOLE" not in done.stderr


def test_the_page_prints(site: tuple[str, Path, list[str]], tmp_path: Path) -> None:
    """Printing gives a PDF."""
    pdf = tmp_path / "page.pdf"
    browse(tmp_path, f"--print-to-pdf={pdf}", "--no-pdf-header-footer", f"{site[0]}/index.html")
    assert pdf.read_bytes().startswith(b"%PDF")
