"""What the blocks of a run come to: verdicts, maps, layers, courses and the delays at which ratios cross 1."""
