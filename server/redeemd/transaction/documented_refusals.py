"""Renders refusals as the vendor's documents do, in the results of signed parts."""

from redeemd.contract import documented_errors
from redeemd.errors import ServiceError


def http_status(refusal: ServiceError) -> int:
    """Return the HTTP status of a refusal."""
    return documented_errors.http_status(refusal.status.name, refusal.reason)


def to_text(refusal: ServiceError) -> str:
    """Return a refusal as JSON."""
    metadata = dict(refusal.metadata)
    error = {"component": metadata.get("component", ""), "message": str(refusal)}
    if "code" in metadata:
        error["code"] = metadata["code"]
    return documented_errors.to_text([error], metadata | {"reason": refusal.reason})
