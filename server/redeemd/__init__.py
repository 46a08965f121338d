"""redeemd: serial codes, exchanges and limits as one transactional gRPC service."""

__version__ = "0.1.0"
