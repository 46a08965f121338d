"""The JSON door: the documented REST and WebSocket APIs, over the same methods as gRPC."""
