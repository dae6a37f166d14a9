"""What the stages of load came to: raw files, windows, and the cells they add up to."""
