"""The Connect and gRPC-Web protocols, which web pages speak, over the same methods as gRPC.

Specifications: https://connectrpc.com/docs/protocol and https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md.
Methods that stream their request are not served: no browser can call them.
"""
