"""The tab of Locust's web UI: a real Locust serves it, and a real browser shows it where one is installed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from bench.load.target.process import free_port
from tests.load.stages import HERE, LIMIT_S, LOCUSTFILE, small_app

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
    "--virtual-time-budget=6000",
    "--dump-dom",
)
STATIC = LOCUSTFILE.parent / "generator" / "static"
BEHIND = "/load"
"""The path behind which the web UI stands here, as behind a proxy."""


def text_of(url: str) -> str:
    """Return what an address answers."""
    with urlopen(url, timeout=10) as answer:  # noqa: S310 - an address of ours
        return str(answer.read().decode())


def rows_of(web_ui: str) -> list[dict[str, Any]]:
    """Return the rows of the tab."""
    rows: list[dict[str, Any]] = json.loads(text_of(f"{web_ui}/ormbench/pairs.json"))["rows"]
    return rows


def row_of_both(web_ui: str, process: subprocess.Popen[bytes] | None = None) -> dict[str, Any]:
    """Return the first row in which both sides have answers: a row is about the last seconds, and some have none."""
    deadline = time.monotonic() + LIMIT_S
    while True:
        with suppress(URLError, ConnectionError):
            for row in rows_of(web_ui):
                if all(side["per_s"] for side in row["sides"]):
                    return row
        assert time.monotonic() < deadline
        assert process is None or process.poll() is None
        time.sleep(0.2)


@pytest.fixture(scope="module", params=["one process", "master and worker"])
def web_ui(request: pytest.FixtureRequest) -> Iterator[str]:
    """Play with both sides of the small app's pair, and yield the address of the web UI when it shows both."""
    address = "127.0.0.1"
    web, master = (str(free_port(address, 0)) for _ in range(2))
    command = [sys.executable, "-m", "locust", "-f", f"{LOCUSTFILE},{HERE / 'small_users.py'}", "--web-host", address]
    command += ["--web-port", web, "--web-base-path", BEHIND, "--autostart", "-u", "2", "-r", "2"]
    if request.param == "master and worker":
        command += ["--processes", "1", "--master-bind-host", address, "--master-bind-port", master]
        command += ["--master-host", address, "--master-port", master]
    environment = {**os.environ, "ORMBENCH_LOAD_OWN": "1", "ORMBENCH_LOAD_PAIRS": "Goods=SyncItem,AsyncItem"}
    with small_app() as app:
        process = subprocess.Popen(
            [*command, "-H", app, "SyncItem", "AsyncItem"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            url = f"http://{address}:{web}{BEHIND}"
            row_of_both(url, process)
            yield url
        finally:
            process.terminate()
            process.wait()


def test_the_tab_is_among_those_of_locust(web_ui: str) -> None:
    """With a script that fills it, which lies beside the page."""
    page = text_of(f"{web_ui}/")
    assert '"extended_tabs": [{"key": "sync-vs-async", "title": "Sync vs async"}]' in page
    for path in re.findall(r'"\.(/ormbench/[^"]+)"', page):
        assert text_of(f"{web_ui}{path}")
    assert page.count("/ormbench/tab.js") == 1


def test_both_sides_of_a_pair_are_told(web_ui: str) -> None:
    """Classes of the user's own, one with each of Locust's clients, under the name that the user gave the pair."""
    row = row_of_both(web_ui)
    assert len(rows_of(web_ui)) == 1
    assert (row["pair"], row["endpoint"]) == ("Goods", "all")
    assert [side["name"] for side in row["sides"]] == ["sync", "async"]
    assert all(side["service"]["p50"] > 0 for side in row["sides"])


@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")
def test_a_browser_shows_the_pair(web_ui: str, tmp_path: Path) -> None:
    """When the tab is open: its two lines, and the words about what such figures are worth."""
    command = [BROWSER or "", *FLAGS, f"--user-data-dir={tmp_path}", f"{web_ui}/?tab=sync-vs-async"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=LIMIT_S)
    section = done.stdout.partition('<section id="ormbench"')[2].partition("</section>")[0]
    assert "disturb each other" in section
    assert re.findall(r'<td class="text (?:first|second)">(\w+)</td>', section) == ["sync", "async"]


def test_the_page_asks_nobody_else() -> None:
    """No address but that of SVG's names, which is not asked, stands in script or style."""
    texts = "".join(file.read_text(encoding="utf-8") for file in STATIC.iterdir())
    assert set(re.findall(r"\w+://[^\"'\s)]+", texts)) == {"http://www.w3.org/2000/svg"}


def test_a_pair_of_unknown_classes_is_refused() -> None:
    """With one line that names what is there, before anything is served."""
    command = [sys.executable, "-m", "locust", "-f", f"{LOCUSTFILE},{HERE / 'small_users.py'}", "--headless"]
    environment = {**os.environ, "ORMBENCH_LOAD_OWN": "1", "ORMBENCH_LOAD_PAIRS": "Goods=SyncItem,AsyncItems"}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=LIMIT_S
    )
    assert done.returncode == 2
    assert "ormbench: pair Goods names the user class 'AsyncItems'" in done.stderr
    assert "Traceback" not in done.stderr
