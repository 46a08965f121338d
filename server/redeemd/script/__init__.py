"""Scripts that set prices and permit calls: Lua 5.4 in an environment with hard limits."""
