"""`ormbench servers`: databases that are kept up for several runs."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from rich.text import Text

from bench.cli.terminal import Terminal
from bench.servers.fleet import keep
from bench.servers.kept import KeptServer, kept_servers, release


def start_servers(kinds: Sequence[str]) -> None:
    """Start what is not kept up yet, and show what is."""
    _show(keep(kinds))


def show_servers(*, as_json: bool) -> None:
    """Show what is kept up."""
    servers = kept_servers()
    if as_json:
        json.dump([{"kind": each.kind, "url": _url(each)} for each in servers], sys.stdout)
        sys.stdout.write("\n")
    else:
        _show(servers)


def stop_servers() -> None:
    """End the kept servers."""
    ended = release()
    Terminal().print(Text(f"Stopped: {', '.join(ended)}." if ended else "No server was kept up."))


def _show(servers: Sequence[KeptServer]) -> None:
    console = Terminal()
    for server in servers:
        console.print(Text(f"{server.kind}: {_url(server)}"), soft_wrap=True)
    if not servers:
        console.print(Text("No server is kept up; `ormbench servers up` starts them."))


def _url(server: KeptServer) -> str:
    # Without the password: what is printed ends up in logs. Runs find the servers by themselves.
    return server.url.render_as_string(hide_password=True)
