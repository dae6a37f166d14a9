"""Verdicts, tables, figures and pages, rendered from results alone."""
