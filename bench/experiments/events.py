"""What a worker and the run that started it say to each other beside the job."""

from __future__ import annotations

SETTING_UP = "setting up"
"""The event of an experiment whose servers and rows are made ready."""
RUNNING = "running"
"""The event of every repetition of an experiment: its time limit begins anew."""
DONE = "done"
"""The event of an experiment that came to an outcome or an error."""
SPOILT = 3
"""The exit code of a worker in which an experiment failed or left connections."""
