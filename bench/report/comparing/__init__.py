"""Two runs beside each other: what became faster or slower, what differs around them, and what a gate makes of it."""
