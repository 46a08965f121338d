"""Fills the request of a method from the parts of an HTTP request, or from a message of a WebSocket."""

from collections.abc import Mapping

from redeemd.contract.documented_json import Reader
from redeemd.contract.json_text import JsonObject
from redeemd.door.target import ABSENT, Target
from redeemd.errors import ValidationFailed

# Headers that are fields of requests. The access token is metadata: it identifies the caller before the body is read.
FIELD_HEADERS = {
    "x-gs2-duplication-avoider": "duplication_avoider",
    "x-gs2-time-offset-token": "time_offset_token",
}


def build(target: Target, body: JsonObject, texts: Mapping[str, object]) -> bytes:
    """Return a serialized request with the members of a JSON object, and fields given as `texts`, which precede these.

    Unknown members are ignored; null is absence. The SDK for C# writes numbers and booleans of a body as text, too.
    Raises ValidationFailed for values of a wrong type.
    """
    request = target.request_type()
    reader = Reader(texts=True)
    reader.read(_named(target, body), request, "")
    for name, text in texts.items():
        field = target.texts.get(name)
        if field is not None:
            reader.fill(field, text, request, field.json_name)
    if reader.problems:
        raise ValidationFailed(violations=reader.problems)
    return request.SerializeToString()


def _named(target: Target, body: JsonObject) -> JsonObject:
    """Return an object with the documented names of members: a log-in has those of OAuth 2.0 (RFC 6749), client_id."""
    documented = target.documented
    if documented.keys().isdisjoint(body):
        return body
    return {documented.get(name, name): value for name, value in body.items()}


def of_query(target: Target, query: Mapping[str, str]) -> dict[str, str]:
    """Return the fields in a query by their names in the proto; unknown and absent ones are left out."""
    names = target.names
    return {names[name]: text for name, text in query.items() if name in names and text not in ABSENT}
