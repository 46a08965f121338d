"""Describes administrative changes: of keys, namespaces, master data and player data."""

from google.protobuf.message import Message
from redeem.event.v1.resources_pb2 import Administration, Event

from redeemd.rpc.call import Call

# The fields in which requests name what they change, besides the namespace and the player.
_NAMES = (
    "issue_job_name",
    "campaign_model_name",
    "rate_name",
    "limit_name",
    "key_id",
    "delivery_id",
    "webhook_name",
    "transaction_id",
    "name",
)


def describe(call: Call[Message], reply: Message, *, service: str, method: str) -> Event:
    """Return the event of a change; `service` and `method` are as in Event."""
    request = call.request
    about_namespace = method.endswith("Namespace")
    namespace = getattr(request, "namespace_name", None) or (
        getattr(request, "name", None) if about_namespace else None
    )
    name = None if about_namespace else _named(request) or getattr(getattr(reply, "item", None), "key_id", None)
    return Event(
        service=service,
        namespace_name=namespace or None,
        user_id=getattr(request, "user_id", None) or None,
        method=method,
        actor=call.origin.caller.actor,
        administration=Administration(resource_name=name or None),
    )


def _named(request: Message) -> str | None:
    return next((name for field in _NAMES if (name := getattr(request, field, None))), None)
