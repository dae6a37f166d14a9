"""Thresholds as XML, whatever the names of endpoints and users hold."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from bench.load.judging.junit import junit_xml
from bench.load.judging.thresholds import judge_thresholds, parse_threshold


def test_a_name_that_xml_cannot_hold_is_shown_with_a_replacement() -> None:
    """A path with a control character leaves a file that CI servers can read."""
    text = junit_xml(judge_thresholds([parse_threshold("GET /a\x08\ud800b: p50<5ms")], ()))
    (case,) = ET.fromstring(text.encode()).iter("testcase")  # noqa: S314 - written a line above
    assert case.get("name") == "GET /a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}b: p50<5ms"
