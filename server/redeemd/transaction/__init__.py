"""Runs several actions as one atomic transaction, at most once."""
