"""Puts the builders of synthetic runs on the path: those of the report room, and what changes them here."""

import sys
from pathlib import Path

# In pytest's importlib mode a test folder is not on the path; the report's tests know how to write a run.
sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "report")]
