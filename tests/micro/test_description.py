"""What run.json holds of a plan is what reports read."""

from pydantic import TypeAdapter

from bench.micro.description import scenario_data
from bench.report.reading.checks import ClaimUsed, DriverFasterCheck
from scenarios.computing import SCENARIO


def test_a_claim_is_written_down_with_what_was_expected_of_it() -> None:
    """A report that is rendered from the run alone explains a surprise; a run of before has no such words."""
    [data] = scenario_data(SCENARIO, {})["claims"]
    read = TypeAdapter(ClaimUsed).validate_python(data)
    assert isinstance(read.check, DriverFasterCheck)
    assert (read.expected, read.explained) == (SCENARIO.claims[0].expected, SCENARIO.claims[0].explained)
    assert read.explained
    before = {name: value for name, value in data.items() if name not in {"expected", "explained"}}
    assert TypeAdapter(ClaimUsed).validate_python(before).explained == ""
