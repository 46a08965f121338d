"""Exchanges of what players own: immediate, after a wait, or at a rising price."""
