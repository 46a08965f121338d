"""Errors in the documented form (semantics 7.1, 7.2): an HTTP status, and JSON whose `message` is itself JSON text."""

from collections.abc import Mapping, Sequence

from redeemd.contract import json_text

# By the name of the gRPC status; any other status is 400. The vendor's SDKs know no 403 and no 429, and repeat a 409.
_HTTP = {
    "NOT_FOUND": 404,
    "ABORTED": 409,
    "RESOURCE_EXHAUSTED": 402,
    "PERMISSION_DENIED": 401,
    "UNAUTHENTICATED": 401,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
    "UNKNOWN": 504,
    "INTERNAL": 500,
}
# Of reasons whose status is that of other refusals, too.
_HTTP_BY_REASON = {"OVERLOADED": 503, "CONTENTION": 409, "OUTCOME_UNKNOWN": 504, "NOT_COMMITTED": 409}


def http_status(code: str, reason: str) -> int:
    """Return the HTTP status of a refusal by the name of its gRPC status and its reason."""
    return _HTTP_BY_REASON.get(reason) or _HTTP.get(code, 400)


def to_text(errors: Sequence[Mapping[str, str]], metadata: Mapping[str, str]) -> str:
    """Return the body of an error; each of `errors` has component, message and, if it is documented, code."""
    return json_text.write({"message": json_text.write([dict(error) for error in errors]), "metadata": dict(metadata)})
