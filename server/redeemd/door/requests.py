"""Fills the request of a method from the parts of an HTTP request, or from a message of a WebSocket."""

from collections.abc import Mapping

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from redeemd.contract.documented_json import Reader
from redeemd.contract.json_text import JsonObject
from redeemd.errors import ValidationFailed

ABSENT = "null"  # in a query; in JSON it is null

# Headers that are fields of requests. The access token is metadata: it identifies the caller before the body is read.
FIELD_HEADERS = {
    "x-gs2-duplication-avoider": "duplication_avoider",
    "x-gs2-time-offset-token": "time_offset_token",
}


def build(method: MethodDescriptor, body: JsonObject, texts: Mapping[str, str]) -> bytes:
    """Return a serialized request with the members of a JSON object, and fields given as text, which precede these.

    Unknown members are ignored; null is absence. Raises ValidationFailed for values of a wrong type.
    """
    request: Message = GetMessageClass(method.input_type)()
    reader = Reader()
    reader.read(_named(method, body), request, "")
    typed = Reader(strict=True, problems=reader.problems)
    for name, text in texts.items():
        field = method.input_type.fields_by_name.get(name)
        if field is not None and not field.is_repeated and field.message_type is None:
            typed.fill(field, text, request, field.json_name)
    if reader.problems:
        raise ValidationFailed(violations=reader.problems)
    return request.SerializeToString()


def _named(method: MethodDescriptor, body: JsonObject) -> JsonObject:
    """Return an object with the documented names of members: a log-in has those of OAuth 2.0 (RFC 6749), client_id."""
    original = {field.name: field.json_name for field in method.input_type.fields if field.name != field.json_name}
    if original.keys().isdisjoint(body):
        return body
    return {original.get(name, name): value for name, value in body.items()}


def of_query(method: MethodDescriptor, query: Mapping[str, str]) -> dict[str, str]:
    """Return the fields in a query by their proto names; unknown and absent ones are left out."""
    fields = {field.json_name: field.name for field in method.input_type.fields}
    return {fields[name]: text for name, text in query.items() if name in fields and text not in {"", ABSENT}}
