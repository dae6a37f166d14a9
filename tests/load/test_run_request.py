"""What a call of `ormbench load` asks for: written down, read back, and repeated by its own command line."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
import typer

from bench.cli import app as cli
from bench.core.errors import UsageError
from bench.core.load_plan import Arrivals, Model
from bench.load.option_values import parse_factors
from bench.load.refusals import refuse_impossible
from bench.load.request import LoadRequest
from bench.load.target.factors import parse_factor, settings_of
from bench.load.target.options import TargetOptions

EVERYTHING = LoadRequest(
    pairs=("Shopper", "UserById"),
    own_pairs={"Mine": ("A", "B")},
    model=Model.CLOSED,
    users=(1, 4),
    rates_per_s=(10.0, 20.5),
    arrivals=Arrivals.CONSTANT,
    slo="p99<200ms",
    thresholds=("async: p99<50ms", "errors<1%"),
    factors={"pool-size": (5.0, 20.0), "drivers": ("psycopg+psycopg_async", "psycopg2+asyncpg")},
    rounds=3,
    window_s=2.5,
    workers=2,
    seed=7,
    backend="postgresql",
    target=TargetOptions(drivers=("psycopg",), pool_size=5, max_overflow=1, thread_tokens=4, workers=2, size="medium"),
    delay_ms=1.5,
    locustfile=Path("/mine.py"),
)


def test_a_request_is_read_back() -> None:
    """Through JSON, as `--resume` finds it in load.json."""
    data = json.loads(json.dumps(EVERYTHING.as_data()))
    assert LoadRequest.from_data(data, None) == EVERYTHING


def test_a_password_is_not_kept() -> None:
    """It is asked for again, and taken if it is of the same server."""
    url = "postgresql://me:secret@127.0.0.1/db"
    request = replace(EVERYTHING, backend=None, database=url)
    data = request.as_data()
    assert "secret" not in json.dumps(data) + request.command
    with pytest.raises(UsageError, match="give the URL again: --database postgresql://me:"):
        LoadRequest.from_data(data, None)
    with pytest.raises(UsageError, match="this run measured on postgresql"):
        LoadRequest.from_data(data, url.replace("127", "126"))
    assert LoadRequest.from_data(data, url) == request


def test_the_command_asks_for_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a report shows can be typed."""
    asked: list[LoadRequest] = []
    monkeypatch.setattr("bench.cli.load.start_load", lambda request, *_, **__: asked.append(request))
    _, *words = shlex.split(EVERYTHING.command)
    cli.app(words, standalone_mode=False)
    assert asked == [EVERYTHING]


def test_a_request_is_short_where_nothing_was_asked_for() -> None:
    """Options that were left out are left out."""
    assert LoadRequest().command == "ormbench load --seed 1"


def test_factors_are_crossed() -> None:
    """Each combination is an application of its own, in the order given: the first one is the reference."""
    factors = parse_factors(["pool-size=5,20", "threads=5,40", "delay=0,1"])
    found = settings_of(TargetOptions(), 0.0, factors)
    assert [(each.options.pool_size, each.options.thread_tokens, each.delay_ms) for each in found] == [
        (5, 5, 0), (5, 5, 1), (5, 40, 0), (5, 40, 1), (20, 5, 0), (20, 5, 1), (20, 40, 0), (20, 40, 1),
    ]  # fmt: skip
    assert found[1].levels == {"pool size": 5, "threads": 5, "delay ms": 1}
    assert len({each.label for each in found}) == len(found)


def test_too_many_settings_are_refused() -> None:
    """They would take turns too rarely."""
    with pytest.raises(UsageError, match="asks for 9 applications at once; 8 are the most"):
        settings_of(TargetOptions(), 0.0, parse_factors(["pool-size=1,2,3", "threads=1,2,3"]))


WRONG_FACTORS = {
    "pool=1,2": "names no factor; did you mean 'pool-size'?",
    "pool-size=1": "needs two different values",
    "pool-size=1,1": "needs two different values",
    "pool-size=0,1": "'0'; give a whole number from 1",
    "pool-size=1.5,2": "give a whole number from 1",
    "threads=inf,1": "give a whole number from 1",
    "app-workers=x,1": "give a whole number from 1",
    "delay=0,-1": "delay '-1' ms makes no sense",
    "delay=nan,1": "makes no sense",
    "delay=a,1": "give a number",
    "drivers=psycopg,asyncpg": "give a sync and an async driver",
    "drivers=psycopg+asyncgp,psycopg2+asyncpg": "did you mean 'asyncpg'?",
}


@pytest.mark.parametrize("text", WRONG_FACTORS)
def test_a_wrong_factor_is_refused(text: str) -> None:
    """The message names the value and shows a good one."""
    with pytest.raises(UsageError) as caught:
        parse_factor(text)
    assert WRONG_FACTORS[text] in str(caught.value)


WRONG_WORDS = {
    "unknown backend": ("--backend postgres", "did you mean 'postgresql'?"),
    "unknown driver": ("--driver asyncgp", "did you mean 'asyncpg'?"),
    "two drivers of one mode": (
        "--backend postgresql --driver asyncpg --driver psycopg_async",
        "are both async drivers",
    ),
    "driver of another backend": ("--backend sqlite --driver asyncpg", "there are pysqlite, aiosqlite"),
    "two servers": ("--backend sqlite --database postgresql://127.0.0.1/db", "name a server each"),
    "malformed database": ("--database nonsense", "must look like postgresql"),
    "unknown model": ("--model half", "--model"),
    "unknown arrivals": ("--arrivals normal", "--arrivals"),
    "users of no number": ("--users 1,x", "--users '1,x' makes no sense"),
    "no user": ("--users 0", "whole numbers from 1"),
    "users twice": ("--users 4,4", "names a value twice"),
    "rate of no number": ("--rate fast", "requests per second above 0"),
    "endless rate": ("--rate inf", "requests per second above 0"),
    "open without a rate": ("--model open", "--model open needs --rate"),
    "rate of a closed model": ("--model closed --rate 5", "--rate is of open load"),
    "users of an open model": ("--model open --rate 5 --users 5", "--users is of closed load"),
    "SLO of a closed model": ("--model closed --slo p99<5ms", "--slo looks for the highest rate of open load"),
    "malformed SLO": ("--slo fast", "fast"),
    "malformed threshold": ("--threshold async:slow", "slow"),
    "unknown factor": ("--sweep pool=1,2", "did you mean 'pool-size'?"),
    "a factor twice": ("--sweep pool-size=1,2 --sweep pool-size=3,4", "is given twice"),
    "SLO with a factor": ("--sweep pool-size=1,2 --slo p99<5ms", "leave out --sweep or --slo"),
    "delay of a file": ("--backend sqlite --delay 1", "SQLite has no network"),
    "delay of no sense": ("--backend postgresql --delay -1", "makes no sense"),
    "one round": ("--rounds 1", "--rounds"),
    "short window": ("--window 0.1", "--window"),
    "no worker": ("--workers 0", "--workers"),
    "own app without a file": ("--url http://127.0.0.1:8000", "say by --locustfile FILE"),
    "own app with a backend": ("--url http://127.0.0.1:1 --locustfile mine.py --backend sqlite", "leave out --backend"),
    "own app with a pool": ("--url http://127.0.0.1:1 --locustfile mine.py --pool-size 3", "leave out --driver"),
    "own app with a path": ("--url http://127.0.0.1:1/api --locustfile mine.py", "behind the host"),
    "own app with a password": ("--url http://me:secret@127.0.0.1:1 --locustfile mine.py", "a name or a password"),
    "own app without a scheme": ("--url 127.0.0.1:8000 --locustfile mine.py", "must look like http://"),
    "no locustfile": ("--locustfile nowhere.py", "there is no locustfile nowhere.py"),
    "pair without a file": ("--pair A=B,C", "give it by --locustfile"),
    "malformed pair": ("--locustfile mine.py --pair A=B", "must look like"),
    "UI with users": ("--ui --users 4", "--ui leaves it to the browser"),
    "UI with rounds": ("--ui --rounds 3", "--ui leaves it to the browser"),
    "UI with a run": ("--ui --resume latest", "leave out one of them"),
    "port without a UI": ("--port 8089", "add --ui"),
    "UI with a factor": ("--ui --sweep pool-size=1,2", "--ui has one application"),
}


@pytest.mark.parametrize("case", WRONG_WORDS)
def test_wrong_words_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, case: str) -> None:
    """The message says which option is wrong and what to do, before anything is started."""
    words, told = WRONG_WORDS[case]
    (tmp_path / "mine.py").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bench.cli.load.start_load", lambda request, *_, **__: refuse_impossible(request))
    with pytest.raises((UsageError, typer.TyperException)) as caught:
        cli.app(["load", *words.split(" ")], standalone_mode=False)
    told_us = caught.value.format_message() if isinstance(caught.value, typer.TyperException) else str(caught.value)
    assert told in told_us
    assert caught.value.exit_code == 2


def test_a_resumed_run_takes_no_other_plan() -> None:
    """What it would have to ignore is refused."""
    with pytest.raises(UsageError, match="--resume keeps to the plan of its run"):
        cli.app(["load", "--resume", "latest", "--users", "4"], standalone_mode=False)
