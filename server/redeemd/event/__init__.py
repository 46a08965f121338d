"""Events: written in the transactions that cause them, and streamed to watchers."""
