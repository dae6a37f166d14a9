"""The pytest plugin: gives every case of a unit to the one test, and describes the process in the JSON."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from bench.core.discovery import discover
from bench.core.errors import OrmbenchError
from bench.core.histograms import write_log
from bench.micro.channel import Channel
from bench.micro.measurement import Measurement
from bench.micro.unit import Unit

UNIT = pytest.StashKey[Unit]()
MEASUREMENT = pytest.StashKey[Measurement]()
STACK = pytest.StashKey[ExitStack]()
CHANNEL = pytest.StashKey[Channel]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options for a run of this folder alone; `ormbench run` hands over its unit in a pipe."""
    group = parser.getgroup("ormbench", "what to measure when pytest is started by hand")
    group.addoption("--ormbench-select", action="append", default=[], metavar="SELECT", help="scenario or case glob")
    group.addoption("--ormbench-backend", default="sqlite", metavar="KIND", help="sqlite, postgresql or mariadb")
    group.addoption("--ormbench-profile", default="quick", help="smoke, quick or full")
    group.addoption("--ormbench-seed", type=int, default=1, help="seed of data, keys and orders")


def pytest_configure(config: pytest.Config) -> None:
    """Take the unit from the parent process, or make one from the options."""
    stack = config.stash[STACK] = ExitStack()
    channel = config.stash[CHANNEL] = Channel.from_environment()
    try:
        config.stash[UNIT] = channel.receive_unit() if channel.connected else _unit_by_hand(config, stack)
    except OrmbenchError as error:
        raise pytest.UsageError(str(error)) from None


def pytest_unconfigure(config: pytest.Config) -> None:
    """Close what the unit opened."""
    config.stash[STACK].close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give every case of the unit to the test that asks for one."""
    if "case_id" in metafunc.fixturenames:
        cases = [case for *_, cases in metafunc.config.stash[UNIT].groups for case in cases]
        metafunc.parametrize("case_id", [case.id for case in cases])


@pytest.fixture(scope="session")
def measurement(pytestconfig: pytest.Config) -> Iterator[Measurement]:
    """Measure the unit's groups, in this process and its one event loop."""
    unit = pytestconfig.stash[UNIT]
    scenarios = discover([Path(file) for file in unit.files], {name for name, *_ in unit.groups})
    with Measurement(unit, scenarios, pytestconfig.stash[CHANNEL].report) as measuring:
        pytestconfig.stash[MEASUREMENT] = measuring
        yield measuring
        histograms = measuring.histograms()
        if unit.histograms and histograms:
            write_log(Path(unit.histograms), histograms)


@pytest.hookimpl(tryfirst=True)
def pytest_benchmark_generate_machine_info(config: pytest.Config) -> dict[str, Any]:
    """Describe this process in place of the machine, which run.json describes once."""
    measuring = config.stash.get(MEASUREMENT, None)
    return measuring.machine_info() if measuring is not None else {}


@pytest.hookimpl(tryfirst=True)
def pytest_benchmark_generate_commit_info() -> dict[str, Any]:
    """Leave the commit to run.json: asking git in every process would cost more than a group."""
    return {"id": "see run.json"}


def _unit_by_hand(config: pytest.Config, stack: ExitStack) -> Unit:
    from bench.micro.alone import open_unit  # noqa: PLC0415 - servers are only needed without a parent

    return stack.enter_context(
        open_unit(
            patterns=config.getoption("ormbench_select"),
            kind=config.getoption("ormbench_backend"),
            profile_name=config.getoption("ormbench_profile"),
            seed=config.getoption("ormbench_seed"),
        )
    )
