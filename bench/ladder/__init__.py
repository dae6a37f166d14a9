"""How fast the target app is beside minimal handlers that do the same work, rung by rung."""
