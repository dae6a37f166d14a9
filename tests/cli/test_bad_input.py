"""Bad input ends with one line, exit code 2, and nothing left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL

from bench.core.drivers import DRIVERS
from bench.core.store import FORMAT
from tests.cli.command import Ormbench, planted, shown

SOUND = planted("sound")
HIDDEN = "not-my-secret"
CLOSED = "127.0.0.1:1"

WRONG_WORDS = {
    "claims in two forms": ("claims --faults --markdown", "with --markdown give no other"),
    "no command": ("servers", "Missing command"),
    "unknown command": ("rnu", "No such command 'rnu'"),
    "unknown option": ("run --pases 3", "No such option: --pases"),
    "unknown scenario": ("run loadnig", "'loadnig' matches no case; did you mean 'loading'?"),
    "unknown scenario to check": ("check loadnig", "did you mean 'loading'?"),
    "unknown scenario to list": ("list loadnig", "did you mean 'loading'?"),
    "glob without match": ("run loading/*[jonied]@*", "matches no case; `ormbench list SCENARIO` shows its cases"),
    "case without match": (
        "run loading/relation=one-to-many-1,parents=20[jonied]@sqlite+pysqlite",
        "did you mean 'loading/relation=one-to-many-1,parents=20[joined]@sqlite+pysqlite'?",
    ),
    "unknown driver": ("run --driver asyncgp", "unknown driver 'asyncgp'; did you mean 'asyncpg'?"),
    "unknown backend": ("run --backend postgres", "unknown backend 'postgres'; did you mean 'postgresql'?"),
    "unknown backend to check": ("check --backend postgres", "did you mean 'postgresql'?"),
    "unknown profile": ("run --profile quik", "unknown profile 'quik'; did you mean 'quick'?"),
    "no pass": ("run --passes 0", "--passes"),
    "no number": ("run --seed x", "--seed"),
    "driver without backend": ("run --backend sqlite --driver asyncpg", "add postgresql by --backend or --url"),
    "malformed URL": ("run --url nonsense", "must look like postgresql+asyncpg://user:password@host:5432/database"),
    "port that is no number": ("run --url postgresql://root@127.0.0.1:x/db", "must look like"),
    "malformed URL to check": ("check --url nonsense", "must look like"),
    "unknown dialect": ("run --url postgers://127.0.0.1/db", "did you mean 'postgresql'?"),
    "unknown driver in URL": ("run --url postgresql+asyncgp://127.0.0.1/db", "did you mean 'asyncpg'?"),
    "SQLite in memory": ("run --url sqlite://", "needs a file"),
    "SQLite without folder": ("run --url sqlite:////nowhere/at/all.db", "there is no folder /nowhere/at"),
    "closed port": (f"run --url postgresql://me:secret@{CLOSED}/db", "Connection refused"),
    "closed port, MySQL": (f"run --url mysql://me:secret@{CLOSED}/db", "Can't connect to MySQL server"),
    "no scenario file": ("run --scenario nowhere.py", "there is no scenario file nowhere.py"),
    "resume with a plan": ("run loading --resume latest", "--resume keeps to the plan of its run; leave out SELECT"),
    "page of chosen cases": ("list loading --markdown", "--markdown describes whole scenarios; leave out SELECT and"),
    "page as JSON": ("list --json --markdown", "--markdown describes whole scenarios; leave out SELECT and --json"),
    "database as the address of an app": (
        "load --url postgresql://me:secret@localhost/db",
        "--url is the http address of an application of your own; a database is given by --database",
    ),
    "no run at all": ("run --resume latest", "there is none yet; `ormbench run` makes one"),
    "unknown run": ("report 20260101-000000-smoke-0000", "no run '20260101-000000-smoke-0000' in results"),
    "server that cannot be kept": ("servers up --backend sqlite", "there is no server to keep for 'sqlite'"),
}

BODIES = '''"""A file of a user."""
from sqlalchemy import MetaData
from bench.core.contract import Scenario, Variant
from bench.core.dataset import Dataset

def body(db, key):
    return [key]

async def body_async(db, key):
    return [key]
'''
SCENARIO = """
SCENARIO = Scenario(
    name="mine",
    variants=[Variant("plain", {twins})],
    baseline="{baseline}",
    dataset=Dataset("mine", MetaData(), {{"small": 1}}, lambda size, seed: iter(())),
    key=lambda parameters, size, random: 1,
)
"""
WRONG_FILES = {
    "syntax error": ("x = 1\ndef broken(:\n", "mine.py, line 2: invalid syntax"),
    "no SCENARIO": (BODIES, "mine.py defines no SCENARIO = Scenario(...)"),
    "raises at import": ("1 / 0\n", "mine.py cannot be imported: ZeroDivisionError: division by zero"),
    "twin missing": (BODIES + SCENARIO.format(twins="body, body", baseline="plain"), "the async twin is missing"),
    "unknown baseline": (
        BODIES + SCENARIO.format(twins="body, body_async", baseline="plian"),
        "baseline 'plian' is no variant; did you mean 'plain'?",
    ),
}

WRONG_RECORDS = {
    "cut off": (f'{{"format": {FORMAT}, "id": ', "run.json is damaged"),
    "of another format": ('{"format": 99}', f"has format 99, this version reads {FORMAT}"),
    "with nothing in it": (f'{{"format": {FORMAT}}}', "run.json is damaged"),
    "no object": ("[]", "has format None"),
}


@pytest.fixture(autouse=True)
def _nothing_is_left(ormbench: Ormbench) -> Iterator[None]:
    yield
    assert ormbench.runs() == []
    assert ormbench.server_folders() == []


@pytest.mark.parametrize("case", WRONG_WORDS)
def test_wrong_words_are_refused(ormbench: Ormbench, case: str) -> None:
    """Every wrong name, option or address is named in one line that says what to do."""
    words, told = WRONG_WORDS[case]
    line = ormbench.here(*words.split(" ")).refusal()
    assert told in line
    assert "secret" not in line


@pytest.mark.parametrize("words", ["loadnig", "--driver asyncgp", "--backend postgres", "--profile quik", "--delay -1"])
def test_a_wrong_name_begins_nothing(ormbench: Ormbench, words: str) -> None:
    """It is refused before the first server starts, and before there is a folder of results."""
    refused = ormbench.here("run", *words.split(" "))
    assert (refused.code, refused.out) == (2, "")
    assert not (ormbench.folder / "results").exists()


@pytest.mark.parametrize("case", WRONG_FILES)
def test_a_scenario_file_that_is_none_is_refused(ormbench: Ormbench, case: str) -> None:
    """The author of a scenario file is told what is wrong with it, and where."""
    text, told = WRONG_FILES[case]
    (ormbench.folder / "mine.py").write_text(text, encoding="utf-8")
    assert told in ormbench.here("run", "--scenario", "mine.py").refusal()


@pytest.mark.skipif(DRIVERS["mysqlclient"].installed_version is not None, reason="mysqlclient is installed")
@pytest.mark.parametrize("words", [("--driver", "mysqlclient"), ("--url", "mysql+mysqldb://root@127.0.0.1/db")])
def test_a_driver_that_is_not_installed_names_its_extra(ormbench: Ormbench, words: tuple[str, str]) -> None:
    """What is known and missing comes with the command that installs it."""
    assert "run: make extra NAME=mysqlclient" in ormbench.here("run", *words).refusal()


@pytest.mark.parametrize("command", ["run --resume latest", "report latest"])
@pytest.mark.parametrize("case", WRONG_RECORDS)
@pytest.mark.usefixtures("_a_run_is_there")
def test_a_damaged_run_is_refused(ormbench: Ormbench, case: str, command: str) -> None:
    """A run.json that cannot be used is named, and stays as it is."""
    text, told = WRONG_RECORDS[case]
    [folder] = ormbench.runs()
    (folder / "run.json").write_text(text, encoding="utf-8")
    assert told in ormbench.here(*command.split(" ")).refusal()
    assert (folder / "run.json").read_text(encoding="utf-8") == text
    (folder / "run.json").unlink()
    folder.rmdir()


@pytest.fixture
def _a_run_is_there(ormbench: Ormbench) -> None:
    (ormbench.results / "20260101-000000-smoke-0000").mkdir(parents=True)


@pytest.mark.parametrize("option", ["--out", "--reports"])
def test_a_folder_that_cannot_be_written_is_refused_at_once(ormbench: Ormbench, option: str) -> None:
    """Where a file stands in the way of a folder, the option that chooses another is named before anything runs."""
    (ormbench.folder / "taken").touch()
    ended = ormbench.here("run", "--scenario", SOUND, "--backend", "sqlite", "--profile", "smoke", option, "taken/here")
    assert f"cannot write to taken/here: Not a directory; choose another folder with {option}" in ended.refusal()
    assert ended.out == ""


@pytest.fixture
def guest(server_url: Callable[[str], URL]) -> Iterator[URL]:
    """Return the URL of a role that may log in and nothing more."""
    url = server_url("postgresql")
    with psycopg.connect(shown(url), autocommit=True) as owner:
        owner.execute(f"CREATE ROLE guest LOGIN PASSWORD '{HIDDEN}'".encode())
        yield url.set(username="guest", password=HIDDEN)
        owner.execute("DROP ROLE guest")


def test_a_role_that_may_not_create_is_told_the_grant(ormbench: Ormbench, guest: URL) -> None:
    """The line ends with the statement that the owner of the database has to run."""
    line = ormbench.here("run", "--scenario", SOUND, "--profile", "smoke", "--url", shown(guest)).refusal()
    assert "permission denied for database ormbench" in line
    assert line.endswith("run: GRANT CREATE ON DATABASE ormbench TO guest")


def test_a_schema_of_somebody_else_is_not_touched(ormbench: Ormbench, server_url: Callable[[str], URL]) -> None:
    """A schema of our name without our mark makes the run refuse, and is as it was afterwards."""
    url = server_url("postgresql")
    with psycopg.connect(shown(url), autocommit=True) as owner:
        owner.execute("CREATE SCHEMA ormbench_shelf CREATE TABLE precious (id int)")
        line = ormbench.here("run", "--scenario", SOUND, "--profile", "smoke", "--url", shown(url)).refusal()
        assert "schema ormbench_shelf on postgresql exists and was not made by ormbench; nothing was changed" in line
        assert owner.execute("SELECT * FROM ormbench_shelf.precious").fetchall() == []
        owner.execute("DROP SCHEMA ormbench_shelf CASCADE")


def test_a_folder_in_place_of_a_scenario_file_is_refused(ormbench: Ormbench, tmp_path: Path) -> None:
    """Like a missing file."""
    assert "there is no scenario file" in ormbench.here("check", "--scenario", tmp_path).refusal()
