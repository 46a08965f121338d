"""Puts the document together."""

import json
from pathlib import Path

import redeemd
from google.protobuf.descriptor import ServiceDescriptor
from redeemd.contract import paths
from reference.markdown import first_sentence
from reference.source import METHODS, Source

from openapi import errors
from openapi.operations import Operations
from openapi.rules import Schema
from openapi.schemas import Schemas

_EXAMPLES = Path(__file__).with_name("examples.json")
_DESCRIPTION = """The documented REST API of serial keys, exchanges and limits, of log-ins and of transactions, as
redeemd serves it over HTTP. WebSockets at `/` and gRPC offer the same methods.

* **Absent** is a missing member, `null`, the text `null` in a query, or an empty or `null` segment of a path. Unknown
  members are ignored. No text may contain U+0000.
* **Responses** are JSON objects. Success is 200. Lists are always there, optional members may be absent.
* **Refusals** have the body `Error`, whose `message` is the JSON text of a list.
* Bodies may be compressed, with `Content-Encoding: gzip` or `deflate`.
* The headers `traceparent` and `tracestate` are passed on: https://www.w3.org/TR/trace-context/."""

# Names and descriptions of headers. The schemas of those that are fields come from their rules.
_HEADERS = {
    "requestId": ("X-GS2-REQUEST-ID", "Comes back in `metadata.requestId` of the response."),
    "duplicationAvoider": (
        "X-GS2-DUPLICATION-AVOIDER",
        "Idempotency key: a call that is repeated with it within 24 hours receives the first response.",
    ),
    "timeOffsetToken": ("X-GS2-TIME-OFFSET-TOKEN", "Shifts the clock of the player, for tests."),
    "dryRun": ("X-GS2-DRY-RUN", "`true`: respond or refuse, and change nothing."),
}
_HEADER_SCHEMAS: dict[str, Schema] = {
    "requestId": {"type": "string"},
    "dryRun": {"type": "string", "enum": ["true", "false"]},
}
_SECURITY: dict[str, Schema] = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key, or a project token that `identifier_loginProject` returns for its two halves.",
    },
    "accessToken": {
        "type": "apiKey",
        "in": "header",
        "name": "X-GS2-ACCESS-TOKEN",
        "description": "The access token of a player, which `auth_login` returns.",
    },
}
_RESPONSE_METADATA: Schema = {
    "type": "object",
    "description": "There if the request has the header X-GS2-REQUEST-ID.",
    "properties": {"requestId": {"type": "string"}},
    "required": ["requestId"],
}


def document(source: Source) -> Schema:
    """Return the document."""
    examples = json.loads(_EXAMPLES.read_text(encoding="utf-8"))
    schemas = Schemas(source)
    operations = Operations(source, schemas, examples["operations"])
    found: dict[str, dict[str, Schema]] = {}
    tags: dict[str, ServiceDescriptor] = {}
    for method in METHODS:
        for number in range(len(paths.of(method))):
            path, verb, operation = operations.of(method, number)
            assert verb not in found.setdefault(path, {}), f"{verb} {path} is there twice"
            found[path][verb] = operation
            tags.setdefault(operation["tags"][0], method.containing_service)
    return {
        "openapi": "3.1.1",
        "info": _info(),
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": first_sentence(source.comment(each))} for name, each in tags.items()],
        "paths": dict(sorted(found.items())),
        "components": {
            "schemas": _schemas(schemas),
            "parameters": _headers(_HEADER_SCHEMAS | operations.headers),
            "responses": errors.responses(examples["errors"]),
            "securitySchemes": _SECURITY,
        },
    }


def _info() -> Schema:
    return {
        "title": "redeemd: the JSON door",
        "version": redeemd.__version__,
        "description": _DESCRIPTION,
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    }


def _schemas(schemas: Schemas) -> dict[str, Schema]:
    made = {"Error": errors.ERROR, "ResponseMetadata": _RESPONSE_METADATA}
    return made | dict(sorted(schemas.components.items()))


def _headers(schemas: dict[str, Schema]) -> dict[str, Schema]:
    return {
        name: {"name": header, "in": "header", "description": description, "schema": schemas[name]}
        for name, (header, description) in _HEADERS.items()
    }
