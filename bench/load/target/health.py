"""What an application of ours says of itself once a second: what its pools hold, and how late its event loop wakes."""

from __future__ import annotations

import http.client
import json
import time
from contextlib import closing, suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

ASK_LIMIT_S = 0.5
_POOLS = "/health/database"
_LOOP = "/health/loop?since={:.6f}"


class Health:
    """Asks one application; with several workers the one of them answers that takes the connection."""

    def __init__(self, host: str) -> None:
        self.host = host
        """Base URL."""
        self._heard = time.time()
        """Of its wakes those are known that came before. Its clock is ours: it runs on this machine."""

    def pools(self) -> dict[str, Any] | None:
        """Return what its pools hold; None where it gives no answer in time."""
        return self._answer(_POOLS)

    def loop(self) -> dict[str, Any] | None:
        """Return every wake since the last answer, also of the time in which it gave none; None where it gives none."""
        answer = self._answer(_LOOP.format(self._heard))
        if answer is not None:
            self._heard = answer["until"] or self._heard
        return answer

    def _answer(self, path: str) -> dict[str, Any] | None:
        parts = urlsplit(self.host)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=ASK_LIMIT_S)
        with closing(connection), suppress(OSError, http.client.HTTPException, ValueError):
            connection.request("GET", path)
            response = connection.getresponse()
            answer: dict[str, Any] = json.loads(response.read())
            return answer if response.status == HTTPStatus.OK else None
        return None
