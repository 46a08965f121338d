"""Exchanging what players own: at once, after a wait, or at a price that rises."""
