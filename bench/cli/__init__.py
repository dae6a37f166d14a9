"""Words in, words out: the `ormbench` command."""

from bench.cli.main import main

__all__ = ["main"]
