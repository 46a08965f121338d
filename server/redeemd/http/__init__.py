"""The HTTP side: health, metrics, signed down- and uploads; and the client for GitHub."""
