"""The OpenAPI document of the JSON door: `python -m openapi SOURCES FILE` writes it.

Paths come from the google.api.http options of the protos, schemas from their messages and rules, descriptions from
their comments, and examples from responses of a server (tests/door/test_openapi_examples.py records them).
"""
