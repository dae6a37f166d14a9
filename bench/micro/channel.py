"""The two pipes between a run and its measuring process: the unit goes down, events come up.

The pipe that brought the unit stays open as a lifeline: when it closes, whatever ended the parent, the process
ends too. The unit holds passwords, which is why it travels in a pipe and not in a file or in the environment.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Self

from bench.micro.unit import Unit

VARIABLE = "ORMBENCH_CHANNEL"
"""Names the two file descriptors of the child, `read,write`."""


@dataclass(frozen=True)
class Channel:
    """The child's end; not connected where pytest was started by hand."""

    lifeline: BinaryIO | None = None
    events: BinaryIO | None = None

    @classmethod
    def from_environment(cls) -> Self:
        """Return the channel that the parent opened, if there is one."""
        descriptors = os.environ.pop(VARIABLE, None)
        if descriptors is None:
            return cls()
        reading, writing = (int(part) for part in descriptors.split(","))
        return cls(os.fdopen(reading, "rb"), os.fdopen(writing, "wb", buffering=0))

    @property
    def connected(self) -> bool:
        """Say whether a run started this process."""
        return self.lifeline is not None

    def receive_unit(self) -> Unit:
        """Read the unit and hang on to the lifeline from then on."""
        return Unit.from_data(self.receive())

    def receive(self) -> Any:  # noqa: ANN401 - whatever JSON can hold
        """Read what the process is to do and hang on to the lifeline from then on."""
        if self.lifeline is None:
            message = "no run started this process"
            raise RuntimeError(message)
        found = json.loads(self.lifeline.readline())
        threading.Thread(target=self._end_with_parent, daemon=True).start()
        return found

    def report(self, event: Mapping[str, Any]) -> None:
        """Send an event to the run."""
        if self.events is not None:
            self.events.write(json.dumps(dict(event)).encode() + b"\n")

    def _end_with_parent(self) -> None:
        # The read blocks without the interpreter lock, so this thread does not disturb the timing.
        if self.lifeline is not None:
            self.lifeline.read()
            os._exit(1)
