"""What happened: written where it happens, and streamed to watchers."""
