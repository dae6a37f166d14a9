"""The questions: one file for each scenario, and the shop whose rows they share."""
