"""The documented refusals: a response for each status, and the statuses of each method."""

from collections.abc import Iterable

from google.protobuf.descriptor import MethodDescriptor
from redeem.options.v1 import options_pb2
from redeemd.contract import documented_errors
from redeemd.contract.options import policy
from reference.errors import status_of
from reference.methods import reasons_of
from reference.source import REASONS, Source, package_of

from openapi.rules import Schema

_RESPONSES = {
    400: ("BadRequest", "The request is invalid, or the state of the entity does not allow it."),
    401: ("Unauthorized", "The credential is missing or invalid, or it does not allow this call."),
    402: ("TooManyGuesses", "The player tried too many wrong codes."),
    404: ("NotFound", "The entity does not exist, or no method has this path."),
    409: ("Conflict", "Another call came in between. Nothing was changed: repeat the call."),
    500: ("Unexpected", "An unexpected error. The log has it under the `requestId`."),
    503: ("Unavailable", "The server or its database is overloaded or not available. Repeat the call later."),
    504: ("OutcomeUnknown", "The request came too slowly, or whether it was committed is unknown."),
}
_ALWAYS = (400, 500, 503, 504)
# Their actions may refuse with the reasons of other methods.
_RUN_ACTIONS = {"exchange", "transaction"}
_FOR_PLAYERS = {options_pb2.ACCESS_PLAYER, options_pb2.ACCESS_ACT_AS, options_pb2.ACCESS_SIGNED}

_ELEMENT = {
    "type": "object",
    "properties": {
        "component": {"type": "string", "description": "What refused: the documented name of an entity."},
        "message": {
            "type": "string",
            "description": "For people. If a field breaks a rule: service, component and path of the field first.",
        },
        "code": {"type": "string", "description": "The documented code, or the reason."},
    },
    "required": ["component", "message", "code"],
}
_METADATA = {
    "type": "object",
    "properties": {
        "reason": {"type": "string", "description": "Branch on it. A later version may have more reasons."},
        "requestId": {"type": "string", "description": "The id of the request, which is also in the log."},
    },
    "required": ["reason"],
    "additionalProperties": {"type": "string"},
}
ERROR: Schema = {
    "type": "object",
    "description": "Why a request was refused.",
    "properties": {
        "message": {
            "type": "string",
            "description": "JSON text of a list; it has an element for each field that breaks a rule.",
            "contentMediaType": "application/json",
            "contentSchema": {"type": "array", "items": _ELEMENT, "minItems": 1},
        },
        "metadata": _METADATA,
    },
    "required": ["message", "metadata"],
}


def responses(examples: dict[str, Schema]) -> dict[str, Schema]:
    """Return the responses by name. `examples` are bodies by the text of their status."""
    return {name: _response(text, examples.get(str(status))) for status, (name, text) in _RESPONSES.items()}


def _response(text: str, example: Schema | None) -> Schema:
    content: Schema = {"schema": {"$ref": "#/components/schemas/Error"}}
    if example is not None:
        content["example"] = example
    return {"description": text, "content": {"application/json": content}}


def of_method(source: Source, method: MethodDescriptor, *, variable_path: bool) -> dict[str, Schema]:
    """Return references to the refusals of a method by status."""
    found = set(_ALWAYS) | set(_by_policy(method)) | {_status(source, each) for each in reasons_of(source, method)}
    if variable_path:
        found.add(404)
    return {str(status): {"$ref": f"#/components/responses/{_RESPONSES[status][0]}"} for status in sorted(found)}


def _by_policy(method: MethodDescriptor) -> Iterable[int]:
    rule = policy(method)
    if rule.access != options_pb2.ACCESS_PUBLIC:
        yield 401
    if rule.writes:
        yield 409
    if rule.access in _FOR_PLAYERS and package_of(method.containing_service.file) in _RUN_ACTIONS:
        yield from (402, 404, 409)


def _status(source: Source, reason: str) -> int:
    return documented_errors.http_status(status_of(source, REASONS[reason]), reason)
