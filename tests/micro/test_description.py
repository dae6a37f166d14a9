"""What run.json holds of a plan is what reports read."""

from pydantic import TypeAdapter

from bench.micro.description import scenario_data
from bench.report.reading.checks import ClaimUsed, DriverFasterCheck, FasterCheck
from scenarios import gathering
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


def test_a_claim_about_some_drivers_says_about_which() -> None:
    """What guides say of `asyncio.gather` no thread decides; a run of before is about all drivers."""
    [data] = [each for each in scenario_data(gathering.SCENARIO, {})["claims"] if each["id"] == "C8"]
    check = TypeAdapter(ClaimUsed).validate_python(data).check
    assert isinstance(check, FasterCheck)
    assert [check.is_about(driver) for driver in ("asyncpg", "aiosqlite", "psycopg")] == [True, True, False]
    assert FasterCheck("faster", "gather", "sequential", 1.0).is_about("psycopg")
