"""`ormbench doctor`: what this machine can measure, and the one line that adds what is missing."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from bench.cli.terminal import Terminal
from bench.core.doubts import core_doubts, machine_doubts
from bench.core.drivers import DRIVERS
from bench.core.environment import environment
from bench.core.vitals import Vitals
from bench.servers.fleet import availability


@dataclass(frozen=True)
class Finding:
    """One line of the doctor: something that is there or missing, and what mends it."""

    subject: str
    good: bool
    detail: str
    remedy: str = ""


def show_doctor(*, as_json: bool) -> None:
    """Show what is there and what is missing."""
    findings = examine()
    if as_json:
        json.dump([vars(finding) for finding in findings], sys.stdout, indent=1)
        sys.stdout.write("\n")
        return
    console = Terminal()
    table = Table(box=None, show_header=False, padding=(0, 1))
    for finding in findings:
        mark = Text("ok", style="green") if finding.good else Text("--", style="yellow")
        detail = Text(finding.detail)
        if finding.remedy and not finding.good:
            detail.append(f"\n{finding.remedy}", style="bold")
        table.add_row(mark, Text(finding.subject), detail)
    console.print(table)


def examine() -> list[Finding]:
    """Return the findings: Python and machine, backends, drivers, and doubts about the machine."""
    described = environment()
    machine = f"{described['cpu']}, {described['cores']} cores, {described['memory_gb']} GB"
    findings = [
        Finding("Python", good=True, detail=f"{described['implementation']} {described['python']}"),
        Finding("machine", good=True, detail=machine),
    ]
    findings += [Finding(each.kind, each.available, each.detail, each.remedy) for each in availability()]
    for driver in DRIVERS.values():
        installed = driver.installed_version
        findings.append(Finding(driver.name, installed is not None, installed or "not installed", driver.remedy))
    # Private servers are here.
    of_cores = core_doubts(described, server_here=True)
    for doubt in (*of_cores, *machine_doubts(described, Vitals.now().load[0])):
        findings.append(Finding(doubt.code, good=False, detail=doubt.text, remedy=doubt.remedy))
    return findings
