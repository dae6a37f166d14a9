"""Databases for a run: private servers, a given URL, and the data in them."""
