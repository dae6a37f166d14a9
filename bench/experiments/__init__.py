"""The claims laboratory: perform experiments on every driver and keep what came out."""
