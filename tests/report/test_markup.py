"""Text as Markdown."""

from bench.report.markup import escaped


def test_text_is_shown_as_it_is_written() -> None:
    """Neither markup, HTML, its entities nor a line break is read as such."""
    assert escaped("a *b* <i>\n| [x](y) &lt;") == r"a \*b\* \<i\> \| \[x\](y) \&lt;"
