"""Locust from outside: its process, how that ends with ours, and which user classes it has."""
