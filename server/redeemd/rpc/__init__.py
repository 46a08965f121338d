"""The pipeline of calls: admission, rules around bodies, streams, and the gRPC server."""
