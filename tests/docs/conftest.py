"""The command in an empty folder, as the tests of the command line have it."""

from tests.cli.conftest import ormbench, scratch_root

__all__ = ["ormbench", "scratch_root"]
