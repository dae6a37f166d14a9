"""How a Python process of ours is started: without the working folder among the places that it imports from."""

from __future__ import annotations

import sys


def module_command(module: str, *arguments: str, python: str = sys.executable) -> list[str]:
    """Return the command that runs a module of what is installed.

    `python -m` alone looks into the working folder first (https://docs.python.org/3/using/cmdline.html#cmdoption-P): a
    file that lies there, `scenarios.py` or `psutil.py`, would be run although nobody named it.
    """
    return [python, "-P", "-m", module, *arguments]
