"""No password is in anything that ormbench writes, says or calls its processes by, in whatever form."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import URL
from sqlalchemy.exc import OperationalError

from bench.cli.app import app
from bench.core.cases import Case
from bench.core.connections import Routes, connect_to
from bench.core.errors import OrmbenchError
from bench.core.redaction import forms_of
from bench.core.store import create_run
from bench.micro.process import measure_in_process
from bench.micro.unit import Unit
from bench.servers.given import reason
from tests.cli.command import Ormbench, planted, shown
from tests.security.foreign import Foreign
from tests.security.given import VARIABLES, carried_out_load
from tests.security.secrets import FORMS, PASSWORD, found_below, found_in

CLOSED = URL.create("postgresql", "visitor", PASSWORD, "127.0.0.1", 1, "shop")
SOUND = str(planted("sound"))
REFUSED = {
    "run": ("run", "--scenario", SOUND, "--profile", "smoke", "--url"),
    "check": ("check", "--scenario", SOUND, "--url"),
    "serve": ("serve", "--port", "0", "--url"),
    "load": ("load", "--database"),
}
OWN_APPS = [
    f"http://me:{PASSWORD}@127.0.0.1:1",
    f"htp://me:{PASSWORD}@127.0.0.1:1",
    f"http://{PASSWORD}@127.0.0.1:port",
    f"http://127.0.0.1:1/?token={PASSWORD}",
]


@pytest.fixture
def _planted_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)


def test_the_search_finds_what_it_looks_for() -> None:
    """Every form of the password that an output may hold would be found; other text holds none."""
    for form in forms_of(PASSWORD):
        for before in ("", "x", "xy"):
            assert found_in(f"{before}{form} is in here".encode())
    assert found_in(b"visitor, ***") == []
    assert all(len(form) > 6 for form in FORMS)


@pytest.mark.usefixtures("_planted_around")
@pytest.mark.parametrize("command", REFUSED)
def test_a_wrong_password_is_in_no_refusal(
    foreign: Foreign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], command: str
) -> None:
    """The server's own words are passed on without it, and no file holds it."""
    monkeypatch.chdir(tmp_path)
    url = foreign.url.set(password=f"{PASSWORD}!")
    with pytest.raises(OrmbenchError, match=r"authentication failed|Access denied") as caught:
        app([*REFUSED[command], shown(url)], standalone_mode=False)
    out, err = capfd.readouterr()
    assert found_in(f"{out}{err}{caught.value}".encode()) == []
    assert found_below(tmp_path) == {}


@pytest.mark.parametrize("url", OWN_APPS)
def test_the_address_of_an_own_application_keeps_its_password(tmp_path: Path, url: str) -> None:
    """It is refused, for the report would show it, and the refusal does not."""
    file = tmp_path / "mine.py"
    file.touch()
    with pytest.raises(OrmbenchError) as caught:
        app(["load", "--url", url, "--locustfile", str(file)], standalone_mode=False)
    assert found_in(str(caught.value).encode()) == []


@pytest.mark.parametrize("form", sorted(forms_of(PASSWORD)))
def test_a_password_that_a_driver_quotes_is_taken_out(form: str) -> None:
    """As it is, as a literal, percent-encoded or in base64."""
    error = OperationalError("CONNECT", None, Exception(f"cannot use {form!s}\nas password"))
    assert reason(error, CLOSED) == "cannot use *** as password"


def test_the_log_of_a_process_that_cannot_connect_holds_no_password(tmp_path: Path) -> None:
    """A traceback names functions and lines, not the arguments that a driver was called with."""
    folder = create_run(tmp_path, "smoke")
    way = connect_to(CLOSED, "postgresql", "psycopg", "ormbench_shelf")
    unit = Unit(
        pass_number=1,
        backend="postgresql",
        seed=1,
        budget_s=1.0,
        rounds=(2, 2),
        block_ms=1.0,
        size="small",
        files=[SOUND],
        groups=[("sound", {}, None, [Case("sound", "", "get", "postgresql", "psycopg")])],
        routes={"shelf": Routes(way, (way,))},
    )
    with pytest.raises(OrmbenchError) as caught:
        measure_in_process(unit, folder, lambda _: None)
    [log] = folder.logs.glob("*.log")
    assert "Connection refused" in log.read_text(encoding="utf-8")
    assert found_below(tmp_path) == {}
    assert found_in(str(caught.value).encode()) == []


@pytest.mark.slow
def test_a_run_of_load_writes_and_shows_no_password(foreign: Foreign, ormbench: Ormbench) -> None:
    """The app gets the address in its environment; files, outputs and command lines are searched as those of a run."""
    load = carried_out_load(ormbench, foreign)
    assert load.ended.code == 0, load.ended.err
    assert found_below(load.folder) == {}
    assert found_in(f"{load.ended.out}{load.ended.err}".encode()) == []
    seen = "\n".join(load.seen.command_lines)
    assert "bench.load.target.lifeline" in seen
    assert "locust" in seen
    assert found_in(seen.encode()) == []
    assert load.seen.listening == {"127.0.0.1"}
    assert load.after == load.before
