"""The target app of a run: how it is served, its process, its data, and what it says of itself."""
