"""Docstrings on the page."""

from bench.report.prose import inline, paragraphs, pieces


def test_lines_flow_and_blank_lines_part() -> None:
    """The line breaks of a source file are not those of a page."""
    assert paragraphs("One\ntwo.\n\nThree.") == ["One two.", "Three."]


def test_backticks_are_code() -> None:
    """What stands in backticks is set as code."""
    assert inline("Use `selectinload` here.") == "Use <code>selectinload</code> here."


def test_the_pieces_of_a_text_say_which_of_them_are_code() -> None:
    """A backtick without its partner is text."""
    assert list(pieces("`a` with `b`, 'c`")) == [("a", True), (" with ", False), ("b", True), (", 'c`", False)]


def test_markup_is_text() -> None:
    """Whatever a docstring holds is shown, in and outside of backticks."""
    assert inline("<script> `<b>`") == "&lt;script&gt; <code>&lt;b&gt;</code>"
