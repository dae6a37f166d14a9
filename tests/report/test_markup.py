"""Text as Markdown."""

import pytest

from bench.report.markup import escaped, with_code


def test_text_is_shown_as_it_is_written() -> None:
    """Neither markup, HTML, its entities nor a line break is read as such."""
    assert escaped("a *b* <i>\n| [x](y) &lt;") == r"a \*b\* \<i\> \| \[x\](y) \&lt;"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "loading/n=1[joined]@postgresql+asyncpg is 5 % slower",
            "`loading/n=1[joined]@postgresql+asyncpg` is 5 % slower",
        ),
        ("@mariadb, and (@sqlite+pysqlite).", "`@mariadb`, and (`@sqlite+pysqlite`)."),
        ("see #12, sqlalchemy#9973 and gh-7!", "see `#12`, `sqlalchemy#9973` and `gh-7`\\!"),
        ("a|b[x]@c`d", r"`a`\|`b[x]@c`\``d`"),
        ("me@example.org, work=get@mariadb, C#, @ and #", r"me@example.org, work=get@mariadb, C\#, @ and \#"),
    ],
)
def test_nobody_is_called_and_no_issue_is_linked(text: str, expected: str) -> None:
    """GitHub reads mentions and issues in any text but code, escaped or not; what it reads as neither stays text."""
    assert escaped(text) == expected


def test_what_stands_in_backticks_stays_code() -> None:
    """All else is shown as it is written, and the words keep their spaces."""
    assert with_code("`a_b` with `c*d`: 2 * 3 of `e`.") == r"`a_b` with `c*d`: 2 \* 3 of `e`."
    assert with_code("an odd ` is text") == r"an odd \` is text"
