"""The tab "Sync vs async" of Locust's web UI: what it shows, and how it gets there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify, request
from locust.env import Environment
from locust.web import WebUI

from bench.load.generator.pair_recording import PairTable

KEY = "sync-vs-async"
TITLE = "Sync vs async"
_STATIC = Path(__file__).parent / "static"
# Relative to the page: the web UI may stand behind a path of its own.
_HEAD = '<link rel="stylesheet" href="./ormbench/tab.css"><script src="./ormbench/tab.js" defer></script></head>'


def add_tab(web_ui: WebUI, table: PairTable, base_path: str) -> None:
    """Add the tab to the web UI.

    Locust knows tabs that hold a table of its own kind. Ours is empty for it: a script on the page fills it with two
    lines for each pair and a chart.

    Args:
        web_ui: Where the tab is to be.
        table: What it shows.
        base_path: The path behind which the whole web UI stands, without a slash at its end; mostly empty.
    """
    web_ui.template_args["extended_tabs"] = [{"title": TITLE, "key": KEY}]
    blueprint = Blueprint("ormbench", __name__, static_folder=str(_STATIC), static_url_path="/ormbench")

    @blueprint.route("/ormbench/pairs.json")
    @web_ui.auth_required_if_enabled
    def pairs() -> Response:
        return jsonify(table.as_data())

    @blueprint.after_app_request
    def bring_script(response: Response) -> Response:
        if request.path.rstrip("/") == base_path and response.mimetype == "text/html":
            response.set_data(response.get_data(as_text=True).replace("</head>", _HEAD, 1))
        return response

    if web_ui.app is not None:
        web_ui.app.register_blueprint(blueprint, url_prefix=base_path or None)


def hear_of_new_runs(environment: Environment, table: PairTable) -> None:
    """Let the table begin anew with each test, and whenever somebody resets the statistics."""

    def clear(**_: Any) -> None:  # noqa: ANN401 - what an event tells
        table.clear()

    environment.events.test_start.add_listener(clear)
    environment.events.reset_stats.add_listener(clear)
