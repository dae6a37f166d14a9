"""What this machine and this Python are: the part of a result without which it means nothing."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

PACKAGES = (
    "ormbench", "SQLAlchemy", "greenlet", "uvloop", "psycopg", "psycopg-binary", "psycopg2-binary", "asyncpg",
    "aiosqlite", "PyMySQL", "aiomysql", "asyncmy", "mysqlclient", "fastapi", "starlette", "pydantic", "pytest",
    "pytest-benchmark", "numpy", "scipy",
)  # fmt: skip
"""Distributions whose version can change a result."""

_GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
_CGROUP_QUOTA = Path("/sys/fs/cgroup/cpu.max")
_CPU_INFO = Path("/proc/cpuinfo")


def environment() -> dict[str, Any]:
    """Return the machine, the Python and the versions that a run depends on; it only reads."""
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "build": " ".join(platform.python_build()),
        "free_threaded": not getattr(sys, "_is_gil_enabled", lambda: True)(),
        "platform": platform.platform(terse=True),
        "kernel": platform.release(),
        "cpu": cpu_model(),
        "cores": usable_cores(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "governor": _read(_GOVERNOR),
        "cgroup_cpu_quota": cgroup_quota(_read(_CGROUP_QUOTA)),
        "packages": {name: installed for name in PACKAGES if (installed := _version(name)) is not None},
        "git": git_revision(),
    }


def comparable_part(description: dict[str, Any]) -> dict[str, Any]:
    """Return what must be equal in two environments before their times may be put together."""
    return {key: description.get(key) for key in ("python", "implementation", "cpu", "cores", "kernel", "packages")}


def usable_cores() -> int | None:
    """Return the number of cores that this process may run on, which `taskset` and containers make fewer."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def cpu_model() -> str:
    """Return the model name of the first processor."""
    for line in (_read(_CPU_INFO) or "").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.processor() or platform.machine()


def cgroup_quota(cpu_max: str | None) -> float | None:
    """Return the number of cores that a control group allows, from the text of `cpu.max`; None where unlimited."""
    quota, _, period = (cpu_max or "max").partition(" ")
    return None if quota == "max" else round(int(quota) / int(period), 2)


def git_revision() -> str | None:
    """Return the short revision of the checkout, with a plus sign where files were changed; None outside of one."""
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return None
    try:
        revision = _git(root, "rev-parse", "--short", "HEAD")
        return revision + ("+" if _git(root, "status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.SubprocessError):
        return None


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", str(root), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return None
