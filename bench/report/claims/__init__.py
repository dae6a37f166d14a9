"""What people say, and what became of it."""
