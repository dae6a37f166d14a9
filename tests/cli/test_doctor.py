"""`ormbench doctor`: what is there is named, and what is missing comes with the line that mends it."""

from __future__ import annotations

import json

import pytest

from bench.core.drivers import DRIVERS
from bench.servers import mariadb
from bench.servers.fleet import KINDS
from tests.cli.command import Ormbench


def test_everything_a_run_may_need_is_examined(ormbench: Ormbench) -> None:
    """Python, the machine, each backend and each driver have a line; what is installed is told with its version."""
    ended = ormbench.here("doctor", "--json")
    assert (ended.code, ended.err) == (0, "")
    found = {each["subject"]: each for each in json.loads(ended.out)}
    assert found.keys() >= {"Python", "machine", *KINDS, *DRIVERS}
    installed = {name: driver.installed_version for name, driver in DRIVERS.items()}
    assert {name: found[name]["good"] for name in DRIVERS} == {name: bool(each) for name, each in installed.items()}
    assert {name: found[name]["detail"] for name in DRIVERS} == {
        name: each or "not installed" for name, each in installed.items()
    }
    assert all(each["remedy"] for each in found.values() if not each["good"])


def test_a_backend_that_is_missing_comes_with_its_remedy(ormbench: Ormbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """And it is no failure: the others can be measured."""
    monkeypatch.setattr(mariadb, "find_programs", lambda: None)
    monkeypatch.setattr(mariadb, "absence", lambda: ("no mariadbd on the PATH", mariadb.REMEDY))
    ended = ormbench.here("doctor")
    assert (ended.code, ended.err) == (0, "")
    assert f"-- mariadb no mariadbd on the PATH {mariadb.REMEDY}" in " ".join(ended.out.split())
    assert "ok sqlite library" in " ".join(ended.out.split())
