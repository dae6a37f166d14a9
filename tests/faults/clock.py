"""A wall clock that jumps for all processes of a call at a moment of the test's choice."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

FOLDER = Path(__file__).parent / "planted" / "clock"


class Clock:
    """The clock of the processes that are started with its variables; see `sitecustomize.py`."""

    def __init__(self, folder: Path) -> None:
        self._mark = folder / "set_back"
        places = [str(FOLDER), *filter(None, [os.environ.get("PYTHONPATH")])]
        self.variables = {"PYTHONPATH": os.pathsep.join(places), "ORMBENCH_TEST_CLOCK": str(self._mark)}

    def set_back(self, how: Literal["once", "always"]) -> None:
        """Set it back by an hour, once or whenever a process reads it from now on."""
        # Whole as soon as it is there.
        draft = self._mark.with_name("draft")
        draft.write_text(how, encoding="utf-8")
        draft.rename(self._mark)

    def readers(self) -> list[str]:
        """Return the command lines of the processes that have read it since."""
        return [file.read_text(encoding="utf-8") for file in self._mark.parent.glob(f"{self._mark.name}.*")]
