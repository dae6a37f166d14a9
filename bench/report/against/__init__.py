"""This against that: what a run with a second side (`--against`) says about the two."""
