"""The machine and the servers of a synthetic run."""

from typing import Any

import scripted


def environment() -> dict[str, Any]:
    """Return the machine that the synthetic run claims."""
    return {
        "python": "3.11.7",
        "implementation": "CPython",
        "platform": "Linux-6.1-x86_64",
        "cpu": "Example CPU @ 2.80GHz",
        "cores": 2,
        "memory_gb": 23.4,
        "governor": None,
        "kernel": "6.1.0",
        "cgroup_cpu_quota": None,
        "loop": "uvloop 0.22.1",
        "packages": {"SQLAlchemy": "2.1.9", "uvloop": "0.22.1"},
        "git": "abc1234",
    }


def backend_used(label: str) -> dict[str, Any]:
    """Return a backend as a run writes it down."""
    return {
        "label": label,
        "kind": label,
        "version": scripted.VERSIONS[label],
        "origin": "private",
        "settings": {"fsync": "on", "shared_buffers": "128MB"},
        "drivers": [
            {"name": name, "mode": mode, "library": library, "version": version}
            for name, mode, library, version in scripted.DRIVERS[label]
        ],
        "datasets": [{"name": "shop", "size": "small", "rows": 10123, "elapsed_s": 0.4, "rows_per_s": 25000.0}],
    }
