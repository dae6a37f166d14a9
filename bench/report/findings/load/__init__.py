"""What the stages of load come to, as people ask for it, with every doubt about it."""
