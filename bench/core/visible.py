"""Text of somebody else, made harmless for a terminal."""

from __future__ import annotations

import re

_COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What a terminal obeys and does not show: the control characters of ISO 6429 but for tab and line feed, and those by
which Unicode turns the direction of writing (https://www.unicode.org/reports/tr9/)."""


def visible(text: str) -> str:
    """Return the text with a replacement character for each character that a terminal would obey."""
    return _COMMANDS.sub("\N{REPLACEMENT CHARACTER}", text)
