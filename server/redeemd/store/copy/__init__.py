"""Copies a whole database from one engine to the other."""
