"""Limits of campaigns: uses per player, per key and in total, and groups of which a player uses one campaign."""
