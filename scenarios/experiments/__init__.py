"""The laboratory: one file for each theme of experiments, the catalogue of claims, and the stall they share."""
