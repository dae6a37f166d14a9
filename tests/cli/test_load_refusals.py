"""Calls of `ormbench load` that are refused: one line says why, and neither a run nor a server stays."""

from __future__ import annotations

import socket

import pytest

from tests.cli.command import Ormbench
from tests.cli.load_calls import MINE, own_app

OURS = ("load", "UserById", "--backend", "sqlite")
NOT_THERE = "--url http://127.0.0.1:1 --locustfile mine.py --pair Read=Old,New"
REFUSED = {
    "before a server is up": ("--backend sqlite --driver asyncpg", 2, "there are pysqlite, aiosqlite"),
    "by the server": ("--database postgresql://me:secret@127.0.0.1:1/db", 2, "Connection refused"),
    "by the app": (NOT_THERE, 1, "http://127.0.0.1:1 takes no connection: Connection refused"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_call_leaves_nothing(ormbench: Ormbench, case: str) -> None:
    """One line, whoever refuses; no secret is in it, and neither a run nor a server stays."""
    (ormbench.folder / "mine.py").write_text(MINE, encoding="utf-8")
    words, code, told = REFUSED[case]
    line = ormbench.here("load", *words.split(" ")).refusal(code)
    assert told in line
    assert "secret" not in line
    assert ormbench.runs() == []
    assert ormbench.server_folders() == []


@pytest.mark.parametrize(
    ("text", "words", "told"),
    [
        ("1 / 0\n", "", "ZeroDivisionError: division by zero"),
        ("x = 1\n", "", "no pair of user classes"),
        (MINE, "", "no pair of user classes"),
        (MINE, "--pair Read=Old,Nwe", "did you mean 'New'?"),
        (MINE, "Raed --pair Read=Old,New", "did you mean 'Read'?"),
    ],
)
def test_a_locustfile_that_does_not_fit_is_refused(ormbench: Ormbench, text: str, words: str, told: str) -> None:
    """The author is told what is wrong with it; nothing is sent to the application."""
    (ormbench.folder / "mine.py").write_text(text, encoding="utf-8")
    with own_app() as url:
        ended = ormbench.here("load", *words.split(), "--url", url, "--locustfile", "mine.py")
    assert told in ended.refusal()
    assert ormbench.runs() == []


@pytest.mark.parametrize(
    ("asked", "meant"), [("UserByld", "UserById"), ("ScenarioLoadingSelectn", "ScenarioLoadingSelectin")]
)
def test_a_mistyped_pair_is_refused_before_anything_starts(ormbench: Ormbench, asked: str, meant: str) -> None:
    """Of the endpoints, which the generator names, and of scenarios, which the app would name once it runs."""
    ended = ormbench.here("load", asked, "--backend", "sqlite")
    assert f"there is no pair {asked!r}; did you mean {meant!r}?" in ended.refusal()
    assert ended.out == ""
    assert ormbench.runs() == []


def test_folders_that_cannot_be_written_are_refused_before_anything_starts(ormbench: Ormbench) -> None:
    """The option that names another one is told."""
    (ormbench.folder / "file").touch()
    assert "choose another folder with --out" in ormbench.here(*OURS, "--out", "file/results").refusal()
    assert "choose another folder with --reports" in ormbench.here(*OURS, "--reports", "file/reports").refusal()
    assert ormbench.server_folders() == []


def test_pools_that_a_server_cannot_bear_are_refused(ormbench: Ormbench) -> None:
    """All applications together count: one of them alone would fit."""
    words = ("load", "--backend", "postgresql", "--sweep", "threads=10,20,40,80", "--pool-size", "65")
    assert "together may open 520 connections, the server allows" in ormbench.here(*words).refusal()
    assert ormbench.runs() == []
    assert ormbench.server_folders() == []


def test_a_taken_port_of_the_web_ui_is_refused(ormbench: Ormbench) -> None:
    """One line says which port, before a server is started."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        ended = ormbench.here("load", "--ui", "--backend", "sqlite", "--port", port)
    assert f"port {port} of 127.0.0.1 is taken" in ended.refusal()
    assert ended.out == ""
