"""Measure the harness itself: what it costs, whether its intervals hold, and what slowdown it finds."""
