"""Measure what sync and async SQLAlchemy cost on your own machine and database."""
