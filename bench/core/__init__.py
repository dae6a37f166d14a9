"""Nouns and arithmetic that every other room builds on."""
