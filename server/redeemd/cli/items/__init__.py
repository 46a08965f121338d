"""Counters and awaits of another system, from a file to a running server."""
