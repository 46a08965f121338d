"""The console: pages for people, over the same methods as gRPC. See ARCHITECTURE.md."""
