"""Load over HTTP: the target app as a process, and the crowd that asks it."""
