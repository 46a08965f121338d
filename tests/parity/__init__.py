"""Limits mean the same in every language: the server's answer, and protovalidate for Go and for TypeScript."""
