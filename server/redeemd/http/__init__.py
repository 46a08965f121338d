"""HTTP: the server for health checks, metrics, signed downloads and uploads; and the client for GitHub."""
