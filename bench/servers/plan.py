"""What a guardian is asked to do: prepare a folder, start one server, and how to end it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Self

PORT = "{port}"
"""Stands in a server's command line for the port that the guardian picks."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A command that prepares the data folder and ends; `text` is its standard input.

    A password travels in `text`: through a pipe, so that neither a process list nor a disk sees it.
    """

    argv: list[str]
    text: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The life of one server in one folder.

    `ready` and `port_taken` are what the server's log says when it accepts connections, and when another process
    was quicker to bind the port. `operator_signal` ends the server as an operator does who does not wait for its
    clients. `orphan_signal` is what the kernel sends to the server when the guardian itself is killed (Linux only).
    """

    folder: str
    account: str | None
    """The unprivileged account that owns the data and runs the commands; None: the caller's own."""
    steps: list[Step] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    """The server; empty for a backend without a process, of which only the folder is guarded."""
    ready: str = ""
    port_taken: str = ""
    stop_signal: int = 15
    operator_signal: int = 15
    orphan_signal: int = 9
    start_limit_s: float = 60.0
    stop_limit_s: float = 10.0

    def to_json(self) -> str:
        """Return the plan as one line; it may hold a password and belongs into a pipe only."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the plan that `to_json` wrote."""
        fields = json.loads(text)
        return cls(**{**fields, "steps": [Step(**step) for step in fields["steps"]]})
