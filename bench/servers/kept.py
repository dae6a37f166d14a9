"""The servers that `ormbench servers up` left running: find them and end them."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from sqlalchemy import URL, make_url

from bench.servers import scratch
from bench.servers.launching import Launched

CARD = "kept.json"
RELEASE_LIMIT_S = 30.0


@dataclass(frozen=True)
class KeptServer:
    """A server with a life of its own."""

    kind: str
    url: URL = field(repr=False)
    folder: Path


def remember(kind: str, url: URL, launched: Launched) -> None:
    """Let the server live on, and leave a card by which later runs find it.

    The card holds the server's password, as a key in a drawer: only its owner can read it, and it goes with the
    server.
    """
    card = launched.folder / CARD
    with os.fdopen(os.open(card, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(json.dumps({"kind": kind, "url": url.render_as_string(hide_password=False)}))
    launched.keep()


def kept_servers() -> list[KeptServer]:
    """Return the servers that are kept up, one of each kind at most."""
    found: dict[str, KeptServer] = {}
    for card in sorted(scratch.servers().glob(f"*/{CARD}")):
        if scratch.is_live(card.parent):
            data = json.loads(card.read_text(encoding="utf-8"))
            found[data["kind"]] = KeptServer(data["kind"], make_url(data["url"]), card.parent)
    return list(found.values())


def release() -> list[str]:
    """End all kept servers and wait until their data are gone; return their kinds."""
    servers = kept_servers()
    for server in servers:
        for guardian in _guardians(server.folder):
            guardian.terminate()
    deadline = time.monotonic() + RELEASE_LIMIT_S
    while any(server.folder.exists() for server in servers) and time.monotonic() < deadline:
        time.sleep(0.05)
    return [server.kind for server in servers]


def _guardians(folder: Path) -> list[psutil.Process]:
    """Return the guardian of a folder: the process that was started with it as its last argument."""
    processes = psutil.process_iter(["cmdline"])
    return [process for process in processes if (process.info["cmdline"] or [""])[-1] == str(folder)]
