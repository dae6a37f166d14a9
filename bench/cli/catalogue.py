"""The catalogue as a page of Markdown, made from the scenario files themselves: docs/scenarios.md."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench.core.claims import Claim, DriverFaster, Faster, Raises, Statements, Value
from bench.core.contract import FULL_ANSWER, Scenario, Variant
from bench.core.discovery import discover

_HEAD = """# The catalogue

Made from the scenario files by `make docs`; a test keeps it current. Every scenario runs on every driver that can;
where one cannot, `ormbench check` and every report give the reason.

| scenario | question | parameters | in quick | claims |
|---|---|---|---|---|
"""


def show_catalogue(files: Sequence[Path]) -> None:
    """Write the page of the catalogue, or of the scenario files given, to standard output."""
    sys.stdout.write(catalogue(discover(files)))


def catalogue(scenarios: Sequence[Scenario]) -> str:
    """Return the page: an overview, then one section for each scenario."""
    rows = [_overview(scenario) for scenario in scenarios]
    return _HEAD + "\n".join(rows) + "\n" + "".join("\n" + "\n".join(_section(each)) + "\n" for each in scenarios)


def _overview(scenario: Scenario) -> str:
    claims = ", ".join(dict.fromkeys(claim.id for claim in scenario.claims)) or "none"
    quick = "no" if scenario.quick is None else "yes"
    link = f"[{scenario.name}](#{scenario.name})"
    return f"| {link} | {_cell(scenario.question)} | {_axes(scenario.parameters)} | {quick} | {claims} |"


def _section(scenario: Scenario) -> Iterator[str]:
    yield f"## {scenario.name}"
    yield ""
    yield f"**{scenario.question}**"
    yield ""
    yield scenario.documentation.partition("\n")[2].strip()
    if scenario.parameters:
        yield ""
        yield f"Parameters: {_axes(scenario.parameters)}."
    for profile, chosen in (("smoke", scenario.smoke), ("quick", scenario.quick), ("full", scenario.full)):
        if chosen is None:
            yield f"Not timed by the profile {profile}."
        elif chosen:
            yield f"The profile {profile} times {_axes(chosen)}."
    yield ""
    yield "| variant | what it does | remarks |"
    yield "|---|---|---|"
    for variant in scenario.variants:
        yield f"| `{variant.name}` | {_cell(variant.label)} | {_cell(_remarks(scenario, variant))} |"
    if scenario.claims:
        yield ""
        yield "| claim | what people say | how it is tested |"
        yield "|---|---|---|"
        for claim in scenario.claims:
            yield f"| {claim.id} | {_cell(claim.text)} | {_cell(_test(claim))} |"


def _axes(parameters: Mapping[str, Sequence[Value]]) -> str:
    return "; ".join(f"{name} {', '.join(map(str, values))}" for name, values in parameters.items()) or "none"


def _remarks(scenario: Scenario, variant: Variant) -> str:
    parts = ["baseline"] if variant.name == scenario.baseline else []
    if variant.answers != FULL_ANSWER:
        parts.append(f"answers {variant.answers}; for scale only")
    if variant.divergence is not None:
        parts.append(f"the twins differ: {variant.divergence.reason}")
    parts += [f"{driver} sends other statements: {reason}" for driver, reason in variant.other_sql.items()]
    return "; ".join(parts)


def _test(claim: Claim) -> str:
    match claim.check:
        case Statements(variant=variant, expected=int(number)):
            return f"`{variant}` sends exactly {number} per operation"
        case Statements(variant=variant):
            return f"`{variant}` sends exactly as many per operation as the saying predicts"
        case Faster():
            return _faster_test(claim.check)
        case DriverFaster():
            return _driver_test(claim.check)
        case Raises(exception=exception):
            return f"the operation ends in {exception}"


def _faster_test(check: Faster) -> str:
    drivers = f", on {', '.join(check.drivers)}" if check.drivers else ""
    if check.times < 1:
        return f"`{check.variant}` takes at most {1 / check.times:g}x the time of `{check.than}`{drivers}"
    number = f", {check.times:g} times" if check.times > 1 else ""
    return f"`{check.variant}` is faster than `{check.than}`{number}{drivers}"


def _driver_test(check: DriverFaster) -> str:
    if check.times < 1:
        drivers = ", ".join(f"on {driver} of what it takes on {than}" for driver, than in check.pairs.items())
        return f"`{check.variant}` takes at most {1 / check.times:g}x {drivers}"
    drivers = ", ".join(f"{driver} than {than}" for driver, than in check.pairs.items())
    return f"`{check.variant}` is faster on {drivers}" + (f", {check.times:g} times" if check.times > 1 else "")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
