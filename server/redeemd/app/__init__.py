"""Creates the server from its parts, and starts and stops it."""
