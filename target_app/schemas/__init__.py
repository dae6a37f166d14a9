"""What goes over the wire: one pydantic model for each thing that is sent or answered."""
