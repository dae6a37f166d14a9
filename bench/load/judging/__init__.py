"""What cells of load say: who is faster, which limits are kept, where a knee lies, how far more users help."""
