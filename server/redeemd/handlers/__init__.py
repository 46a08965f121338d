"""Actions that the game executes: deliveries after a transaction, and transactions that wait for a handler."""
