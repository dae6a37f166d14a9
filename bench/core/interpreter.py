"""How a Python process of ours is started: without the working folder among the places that it imports from."""

from __future__ import annotations

import sys


def module_command(module: str, *arguments: str, python: str | None = None) -> list[str]:
    """Return the command that runs a module of what is installed, by this Python unless another one is named.

    `python -m` alone looks into the working folder first (https://docs.python.org/3/using/cmdline.html#cmdoption-P): a
    file that lies there, `scenarios.py` or `psutil.py`, would be run although nobody named it.
    """
    return [python or sys.executable, "-P", "-m", module, *arguments]
