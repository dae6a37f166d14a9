"""Fetch single answers beside the load, and prove that all rungs give the same ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from bench.core.errors import OrmbenchError
from bench.ladder.generator import LARGEST_ID
from bench.ladder.rung import Rung

PROVED = (f"/users/{LARGEST_ID}", "/users/1", f"/users/one-by-one?ids={LARGEST_ID}&ids=1&ids=7")
"""What every rung is asked before a pass; the ids are in no order on purpose."""
_LIMIT_S = 10.0


def answer_of(address: str, path: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return the JSON below an address. No proxy of the environment is asked: the address is on this machine.

    Raises:
        OrmbenchError: It is answered with another status than 200.
        OSError: Nobody listens, or the connection broke.
    """
    place = urlsplit(address)
    with closing(HTTPConnection(place.netloc, timeout=_LIMIT_S)) as connection:
        connection.request("GET", place.path + path)
        response = connection.getresponse()
        body = response.read()
    if response.status != HTTPStatus.OK:
        message = f"{address}{path} was answered with {response.status}: {body[:200].decode(errors='replace')}"
        raise OrmbenchError(message)
    return json.loads(body)


def prove_same_answers(addresses: Mapping[Rung, str]) -> None:
    """Ask every rung the same, and compare with the baseline; the null rung answers a constant and is left out.

    Raises:
        OrmbenchError: A rung answers something else, so that its time could not be compared.
    """
    for path in PROVED:
        expected = answer_of(addresses[Rung.ORM], path)
        for rung, address in addresses.items():
            if rung is Rung.NULL:
                continue
            answer = answer_of(address, path)
            if answer != expected:
                message = f"{rung} answers {path} with {answer}, the minimal handler with {expected}"
                raise OrmbenchError(message)
