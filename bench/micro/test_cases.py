"""The one parametrised test: every case of the unit, replayed into pytest-benchmark."""

from __future__ import annotations

import pytest

from bench.micro.measurement import Measurement
from bench.micro.replay import CLOCK, replay


@pytest.mark.benchmark(timer=CLOCK.read_s)
def test_case(case_id: str, measurement: Measurement, request: pytest.FixtureRequest) -> None:
    """Measure the case's group on first use, then replay this case's samples."""
    if request.config.getoption("benchmark_disable"):
        measurement.perform(case_id)
        return
    samples = measurement.samples(case_id)
    if samples.failure is not None:
        pytest.fail(samples.failure, pytrace=False)
    benchmark = request.getfixturevalue("benchmark")
    case, inner = samples.case, samples.calibration.inner
    benchmark.group = case.group
    benchmark.name = benchmark.fullname = case.id
    benchmark.extra_info.update(
        case=case.as_data(),
        inner=inner,
        elapsed_ns=[block.elapsed_ns for block in samples.blocks],
        cpu_ns=[block.cpu_ns for block in samples.blocks],
        position=samples.positions,
        warm_up_ns=list(samples.calibration.warm_up_ns),
        server_ns=measurement.observation(case_id).server_ns,
    )
    replay(benchmark, [block.elapsed_ns / inner / 1e9 for block in samples.blocks])
