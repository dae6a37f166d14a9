"""Files in a working folder that nobody names, and that tell when they were run."""

from __future__ import annotations

from pathlib import Path

MARK = "imported"
_TRAP = """
import pathlib
with pathlib.Path({mark!r}).open("a") as file:
    file.write(__name__ + "\\n")
raise RuntimeError("imported " + __name__)
"""
_MODULES = ("json", "psutil", "sqlalchemy", "pytest_benchmark", "conftest", "sitecustomize", "test_cases", "locustfile")
"""Modules that the processes of a run import, and files that its tools look for."""
_PACKAGES = ("bench", "scenarios", "target_app", "locust")


def set_traps(folder: Path) -> Path:
    """Fill a folder with traps, and return the file in which one that was run leaves its name."""
    mark = folder.resolve() / MARK
    trap = _TRAP.format(mark=str(mark))
    for name in _MODULES:
        (folder / f"{name}.py").write_text(trap, encoding="utf-8")
    for name in _PACKAGES:
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(trap, encoding="utf-8")
    return mark
