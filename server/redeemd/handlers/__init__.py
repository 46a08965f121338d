"""Actions executed by the game's handlers: deliveries after a transaction, and calls before one commits."""
