"""XML as CI servers read it: with no character that XML has no place for, and none that a terminal would obey."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from bench.core.visible import visible

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no place for, not even as a reference."""


def document(root: ET.Element) -> str:
    """Return a whole document; the root is indented for people to read."""
    ET.indent(root, " ")
    body = visible(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", ET.tostring(root, encoding="unicode")))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'
