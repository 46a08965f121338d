"""Transactions on a database; knows nothing of what is stored."""
