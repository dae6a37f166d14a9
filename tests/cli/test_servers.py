"""`ormbench servers`: a server that is kept up is found by later calls, and gone after `down`."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from bench.servers.postgresql import find_programs
from tests.cli.command import Ormbench, planted


@pytest.fixture(autouse=True)
def _all_end(ormbench: Ormbench) -> Iterator[None]:
    if find_programs() is None:
        pytest.skip("no programs of postgresql on this machine")
    yield
    ormbench.here("servers", "down")


def up(ormbench: Ormbench) -> str:
    """Call `servers up` in a process of its own, and return what it says; nobody else keeps its streams open."""
    ended = ormbench.ending(ormbench.start("servers", "up", "--backend", "postgresql"))
    assert (ended.code, ended.err.count("Traceback")) == (0, 0)
    return ended.out


def test_a_server_is_kept_up_between_calls(ormbench: Ormbench) -> None:
    """`up` outlives its process, `status` shows it without its password, a check uses it, and `down` ends it."""
    told = up(ormbench)
    folders = ormbench.server_folders()
    [kept] = json.loads(ormbench.here("servers", "status", "--json").out)
    assert kept["kind"] == "postgresql"
    assert ":***@127.0.0.1:" in kept["url"]
    assert told == ormbench.here("servers", "status").out == f"postgresql: {kept['url']}\n"
    assert up(ormbench) == told, "a second one finds it"
    words = ("--scenario", planted("sound"), "--backend", "postgresql", "--driver", "psycopg")
    assert ormbench.here("check", *words).code == 0
    assert ormbench.server_folders() == folders
    assert ormbench.here("servers", "down").out == "Stopped: postgresql.\n"
    assert ormbench.server_folders() == []


def test_nothing_kept_is_no_error(ormbench: Ormbench) -> None:
    """`status` and `down` say so."""
    assert ormbench.here("servers", "status", "--json").out == "[]\n"
    assert ormbench.here("servers", "status").out.startswith("No server is kept up; `ormbench servers up`")
    assert ormbench.here("servers", "down").out == "No server was kept up.\n"
