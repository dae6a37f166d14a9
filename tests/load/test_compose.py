"""The containers of docker-compose.yml, as far as they can be read without a container engine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMPOSE = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
PUBLISHED = dict(re.findall(r'^    ports: \["127\.0\.0\.1:(\d+):(\d+)"\]$', COMPOSE, re.MULTILINE))
"""The ports of this machine, and those of the containers behind them."""


def test_ports_are_published_on_this_machine_alone() -> None:
    """The passwords are examples: nobody else may get to a database, nor to the app."""
    assert len(PUBLISHED) == len(re.findall(r"^ +ports:", COMPOSE, re.MULTILINE))
    assert {"5432", "3306"} <= set(PUBLISHED.values())


@pytest.mark.parametrize("file", ["docker-compose.yml", "docs/load.md"])
def test_a_url_that_is_named_reaches_its_database(file: str) -> None:
    """What the file and docs/load.md give for `--url` is a port that the database listens at."""
    text = (ROOT / file).read_text(encoding="utf-8")
    named = re.findall(r"(postgresql|mysql)://\w+:ormbench@127\.0\.0\.1:(\d+)/ormbench", text)
    assert {kind for kind, _ in named} == {"postgresql", "mysql"}
    assert all(PUBLISHED[port] == {"postgresql": "5432", "mysql": "3306"}[kind] for kind, port in named)
