"""The rules of a method in the contract: whether it writes and takes an idempotency key, and its deadline."""

import functools
import uuid
from dataclasses import dataclass

from google.protobuf import descriptor_pb2, message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message

from redeemd_client.channels import published

_NO_SIDE_EFFECTS = descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS


def new_key() -> str:
    """Return an idempotency key that nobody has used.

    It is for one call, however often it is sent. Build a key of your own for an intention that outlives the program.
    """
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class Rule:
    """The facts of a method. `seconds` is its time-out, None for a stream. A batch has items with keys of their own."""

    path: str
    kind: str  # the name of the method of a channel that returns what makes such calls
    request: type[Message]
    response: type[Message]
    writes: bool
    takes_key: bool
    is_batch: bool
    seconds: float | None


@functools.cache
def rule_of(method: MethodDescriptor) -> Rule:
    """Return the rule of a method."""
    service = method.containing_service.full_name
    config = _config_of(service, method.name)
    items = method.input_type.fields_by_name.get("items")
    is_batch = items is not None and items.message_type is not None and "request" in items.message_type.fields_by_name
    writes = method.GetOptions().idempotency_level != _NO_SIDE_EFFECTS
    return Rule(
        path=f"/{service}/{method.name}",
        kind="_".join("stream" if it else "unary" for it in (method.client_streaming, method.server_streaming)),
        request=message_factory.GetMessageClass(method.input_type),
        response=message_factory.GetMessageClass(method.output_type),
        writes=writes,
        # Of the methods that write, those are retried that take a key, and batches, whose items do.
        takes_key=writes and "retryPolicy" in config and not is_batch,
        is_batch=is_batch,
        seconds=float(config["timeout"].removesuffix("s")) if "timeout" in config else None,
    )


def _config_of(service: str, method: str) -> dict[str, str]:
    """Return the settings of a method in the service config, with those that are texts; empty if it has none."""
    name = {"service": service, "method": method}
    return next((config for config in published()["methodConfig"] if name in config["name"]), {})
