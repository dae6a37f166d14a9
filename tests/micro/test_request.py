"""A request is written into its run and found again by `--resume`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.core.errors import UsageError
from bench.core.profiles import PROFILES
from bench.micro.request import Request

URL = "postgresql+asyncpg://me:secret@localhost/db"


def round_trip(request: Request, *urls: str) -> Request:
    """Return the request that a resumed run finds."""
    return Request.from_data(json.loads(json.dumps(request.as_data())), urls)


def test_request_survives_its_run() -> None:
    """A resumed run asks for the same again."""
    request = Request(
        patterns=("loading",),
        profile=PROFILES["smoke"],
        delays_ms=(0.5, 5),
        against=("main",),
        passes=3,
        seed=9,
        experiments=False,
        load=False,
    )
    assert round_trip(request) == request


def test_password_is_not_stored() -> None:
    """What run.json holds shows stars in place of the password, and the command line too."""
    request = Request(urls=(URL,))
    assert "secret" not in json.dumps(request.as_data())
    assert "secret" not in request.command
    assert "secret" not in repr(request)


def test_resume_asks_for_a_password_again() -> None:
    """A URL whose password was not stored must be given again, and the message shows it masked."""
    with pytest.raises(UsageError, match=r"give the URL again: --url postgresql\+asyncpg://me:\*\*\*@localhost/db"):
        round_trip(Request(urls=(URL,)))


def test_resume_takes_the_same_url_only() -> None:
    """A resumed run measures the server it began with."""
    assert round_trip(Request(urls=(URL,)), URL).urls == (URL,)
    with pytest.raises(UsageError, match="measured other servers"):
        round_trip(Request(urls=(URL,)), "postgresql://me:secret@elsewhere/db")


def test_url_without_password_is_found_again() -> None:
    """Nothing has to be repeated where nothing was hidden."""
    request = Request(urls=("mysql+pymysql://root@127.0.0.1/test",))
    assert round_trip(request).urls == request.urls


def test_command_asks_for_the_same() -> None:
    """The command in the report can be typed as it stands."""
    request = Request(
        patterns=("loading/*[joined]@*",),
        drivers=("asyncpg",),
        files=(Path("it's mine.py"),),
        delays_ms=(0.5, 5),
        against=("sqlalchemy==2.0.*", "greenlet<3.5"),
        passes=3,
        seed=2,
        experiments=False,
        load=False,
    )
    expected = (
        "ormbench run 'loading/*[joined]@*' --profile quick --driver asyncpg --scenario 'it'\"'\"'s mine.py' "
        "--delay 0.5 --delay 5 --against 'sqlalchemy==2.0.*' --against 'greenlet<3.5' --passes 3 --no-experiments "
        "--no-load --seed 2"
    )
    assert request.command == expected


def test_a_run_of_an_earlier_version_can_be_resumed() -> None:
    """Its request does not say that it has no second side, nor that it is to have experiments and load."""
    data = Request().as_data()
    for later in ("against", "experiments", "load"):
        del data[later]
    found = Request.from_data(data, ())
    assert (found.against, found.experiments, found.load) == ((), True, True)
