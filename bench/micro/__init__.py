"""The pytest-benchmark front end: a plugin and one parametrised test module."""
