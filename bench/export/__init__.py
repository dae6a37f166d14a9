"""Hand a run to the tools that others use: one module a format, from the analysis of the report alone."""
