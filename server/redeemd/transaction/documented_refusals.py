"""Renders refusals as the vendor's documents do, in the results of signed parts (semantics 7.1, 7.2)."""

from redeemd.contract import json_text
from redeemd.errors import ServiceError

# gRPC status -> HTTP status; any other status is 400.
_HTTP = {"NOT_FOUND": 404, "ABORTED": 409, "RESOURCE_EXHAUSTED": 402, "PERMISSION_DENIED": 401, "UNAUTHENTICATED": 401}


def http_status(refusal: ServiceError) -> int:
    """Return the HTTP status of a refusal."""
    return _HTTP.get(refusal.status.name, 400)


def to_text(refusal: ServiceError) -> str:
    """Return a refusal as JSON."""
    metadata = dict(refusal.metadata)
    error = {"component": metadata.get("component", ""), "message": str(refusal)}
    if "code" in metadata:
        error["code"] = metadata["code"]
    return json_text.write({"message": json_text.write([error]), "metadata": metadata | {"reason": refusal.reason}})
