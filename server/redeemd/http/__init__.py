"""The HTTP server: health checks, metrics, signed downloads and uploads."""
