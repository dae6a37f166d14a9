"""`--against`: a second environment or revision, and what both sides of a run have in common."""
