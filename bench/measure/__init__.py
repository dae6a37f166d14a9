"""The proofs, the two timed loops, calibration and interleaving."""
