"""Limits mean the same in every language: the server's response, and protovalidate for Go and for TypeScript."""
