"""Renders counters for clients."""

from typing import Any

from redeemd.limit.counters import Counter
from redeemd.resources.resource import Grns


# Any: of the types of the fields, which the message checks.
def counter(grns: Grns, namespace_name: str, item: Counter) -> dict[str, Any]:
    """Return the fields of a documented Counter, from which a reply builds the message in place, without a copy."""
    path = f"user:{item.user_id}:limit:{item.limit_name}:counter:{item.name}"
    return {"counter_id": grns.of(namespace_name, path), **item._asdict()}
