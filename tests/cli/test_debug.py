"""`--debug` shows where an error comes from; without it there is one line."""

from __future__ import annotations

import pytest

from tests.cli.command import Ormbench


@pytest.mark.parametrize("words", [("--debug", "list", "loadnig"), ("list", "loadnig", "--debug")])
def test_a_traceback_is_shown_on_demand(ormbench: Ormbench, words: tuple[str, ...]) -> None:
    """Wherever the word stands in the call; the message is the same, and the call still fails."""
    message = ormbench.here(*(word for word in words if word != "--debug")).refusal().removeprefix("ormbench: ")
    ended = ormbench(*words)
    assert ended.code != 0
    assert ended.err.startswith("Traceback (most recent call last):")
    assert ended.err.splitlines()[-1].endswith(f"UsageError: {message}")
