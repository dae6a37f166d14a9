"""What the pages about claims and faults rest on: versions of Python, libraries, databases and drivers, in a line."""

from __future__ import annotations

from collections.abc import Sequence

from bench.report import labels
from bench.report.reading.records import Manifest

_LIBRARIES = {"SQLAlchemy": "SQLAlchemy", "uvloop": "uvloop", "fastapi": "FastAPI", "pydantic": "pydantic"}
"""Libraries beside the drivers that a behaviour can come from, by distribution, with the names that people use."""


def versions(manifests: Sequence[Manifest]) -> str:
    """Return the versions that the runs recorded; of what several name, that of the first."""
    python = f"{manifests[0].environment.implementation} {manifests[0].environment.python}"
    packages = {name: each for run in reversed(manifests) for name, each in run.environment.packages.items()}
    libraries = [f"{title} {packages[name]}" for name, title in _LIBRARIES.items() if name in packages]
    used = {
        labels.backend(backend): [f"{driver.name} {driver.version}" for driver in backend.drivers]
        for run in manifests
        for backend in run.backends
    }
    backends = [f"{backend}: {', '.join(drivers)}" for backend, drivers in used.items()]
    return f"Versions: {'; '.join([', '.join([python, *libraries]), *backends])}."
