"""The load of one window: wrk keeps so many connections busy, each with its next request as soon as it is answered."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.core.errors import OrmbenchError, UsageError

LARGEST_ID = 1_000
"""Ids are drawn from 1 to this one; every size of the shop has more users."""
_SLACK_S = 30.0
"""What wrk may need on top of its window before it counts as hung."""

# `done` is called with numbers (https://github.com/wg/wrk/blob/master/SCRIPTING); the text that wrk prints rounds them.
_SCRIPT = r"""
local ids, largest

function init(args)
  ids, largest = tonumber(args[1]), tonumber(args[2])
  math.randomseed(tonumber(args[3]))
end

function request()
  local first = math.random(0, largest - 1)
  if ids == 1 then
    return wrk.format("GET", wrk.path .. "/users/" .. first + 1)
  end
  local query = {}
  for number = 1, ids do
    -- Far apart and all different: a session asks only once for an id that comes twice.
    query[number] = "ids=" .. (first + number * 47) % largest + 1
  end
  return wrk.format("GET", wrk.path .. "/users/one-by-one?" .. table.concat(query, "&"))
end

function done(summary, latency, requests)
  local failed = summary.errors
  io.write(string.format(
    '{"requests": %d, "errors": %d, "duration_us": %d, "p50_us": %.0f, "p99_us": %.0f}\n',
    summary.requests,
    failed.connect + failed.read + failed.write + failed.status + failed.timeout,
    summary.duration,
    latency:percentile(50),
    latency:percentile(99)
  ))
end
"""


@dataclass(frozen=True)
class Load:
    """What came of one window."""

    requests: int
    """Answered, also those that were answered with an error."""
    errors: int
    duration_us: int
    p50_us: float
    """Of the response times in a closed load: without what a stall keeps from being sent."""
    p99_us: float


@dataclass(frozen=True)
class Generator:
    """wrk, told once how many connections and how long."""

    program: str
    script: Path
    connections: int
    seconds: int

    def load(self, address: str, ids: int, seed: int) -> Load:
        """Load the users below an address for one window, each request with so many random ids.

        Raises:
            OrmbenchError: wrk failed or hung, or nothing was answered.
        """
        # One thread of it has time left when it loads one worker; a second one would take a core from the server.
        shape = ["--threads", "1", "--connections", str(self.connections), "--duration", f"{self.seconds}s"]
        values = [str(ids), str(LARGEST_ID), str(seed)]
        command = [self.program, *shape, "--script", str(self.script), address, "--", *values]
        limit_s = self.seconds + _SLACK_S
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=limit_s)
        except subprocess.TimeoutExpired:
            message = f"wrk did not end within {limit_s:g} s on {address}"
            raise OrmbenchError(message) from None
        if done.returncode != 0:
            told = (done.stderr or done.stdout).strip().splitlines() or ["without a word"]
            message = f"wrk ended with code {done.returncode} on {address}: {told[0]}"
            raise OrmbenchError(message)
        return read_load(done.stdout)


def find_wrk() -> str:
    """Return the path of wrk.

    Raises:
        UsageError: It is not on the PATH.
    """
    program = shutil.which("wrk")
    if program is None:
        message = "wrk, which makes the load, is not on the PATH; run: apt install wrk (or: brew install wrk)"
        raise UsageError(message)
    return program


def version_of(program: str) -> str:
    """Return how a program of wrk names itself, `wrk 4.1.0 [epoll]`."""
    # It prints its usage behind the version, and ends with 1.
    said = subprocess.run([program, "-v"], capture_output=True, text=True, check=False, timeout=_SLACK_S).stdout
    return said.partition(" Copyright")[0].strip()


def write_script(folder: Path) -> Path:
    """Write the script that draws random users into a folder, and return its path."""
    script = folder / "users.lua"
    script.write_text(_SCRIPT, encoding="utf-8")
    return script


def read_load(output: str) -> Load:
    """Return the numbers that the script wrote behind wrk's own text.

    Raises:
        OrmbenchError: There are none, or nothing was answered.
    """
    found = [line for line in output.splitlines() if line.startswith("{")]
    if not found:
        message = f"wrk did not say what came of a window; it said: {' '.join(output.split())[:200]}"
        raise OrmbenchError(message)
    load = Load(**json.loads(found[-1]))
    if load.requests == 0:
        message = f"nothing was answered in a window, with {load.errors} errors of wrk's connections"
        raise OrmbenchError(message)
    return load
