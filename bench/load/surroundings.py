"""What every generator of a run is told beside its stage: the user's file, the pairs, the size of the data."""

from __future__ import annotations

import http.client
from contextlib import closing
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from bench.core.errors import OrmbenchError
from bench.core.load_pairs import OPENAPI, OWN, PAIRS, SCENARIO, SIZE
from bench.load.generator_process.process import Surroundings
from bench.load.request import LoadRequest

DOCUMENT = "openapi.json"
_LIMIT_S = 30.0
"""The app describes itself when it is first asked, and with all scenarios that takes a second."""


def needs_scenarios(request: LoadRequest) -> bool:
    """Say whether our app has to serve scenarios: each of their datasets has pools of its own."""
    return request.app_url is None and any(name.startswith(SCENARIO) for name in request.pairs)


def bare_surroundings(request: LoadRequest) -> Surroundings:
    """Return what decides which user classes there are, but for those of scenarios: nothing need run for them."""
    variables = {}
    if request.own_pairs:
        variables[PAIRS] = ";".join(f"{name}={','.join(classes)}" for name, classes in request.own_pairs.items())
    if request.app_url is not None:
        variables[OWN] = "1"
    return Surroundings(request.locustfile, variables)


def surroundings_of(request: LoadRequest, host: str, folder: Path, *, scenarios: bool) -> Surroundings:
    """Return what the generators are told; the description of the app, which names its scenarios, goes into the folder.

    Raises:
        OrmbenchError: The app did not describe itself.
    """
    variables = {SIZE: request.target.size}
    if scenarios:
        document = folder.resolve() / DOCUMENT
        document.write_bytes(_description(host))
        variables[OPENAPI] = str(document)
    bare = bare_surroundings(request)
    return replace(bare, variables={**bare.variables, **variables})


def _description(host: str) -> bytes:
    parts = urlsplit(host)
    try:
        with closing(http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_LIMIT_S)) as connection:
            connection.request("GET", f"/{DOCUMENT}")
            answer = connection.getresponse()
            if answer.status == HTTPStatus.OK:
                return answer.read()
            reason = f"it answers {answer.status}"
    except (OSError, http.client.HTTPException) as error:
        reason = str(error) or type(error).__name__
    message = f"the target app does not describe itself at {host}/{DOCUMENT}: {reason}"
    raise OrmbenchError(message)
