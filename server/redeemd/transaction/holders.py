"""Messages that hold actions: each has the name of an action and its request as JSON text."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from redeem.common.v1 import common_pb2

from redeemd.transaction.definition import Kind

HeldAction: TypeAlias = common_pb2.VerifyAction | common_pb2.ConsumeAction | common_pb2.AcquireAction

# The kind that an action must have in each of these messages.
_KINDS = {
    common_pb2.VerifyAction.DESCRIPTOR.full_name: Kind.VERIFY,
    common_pb2.ConsumeAction.DESCRIPTOR.full_name: Kind.CONSUME,
    common_pb2.AcquireAction.DESCRIPTOR.full_name: Kind.ACQUIRE,
}


class Holder(NamedTuple):
    """A field that holds actions of one kind."""

    field: FieldDescriptor
    kind: Kind


def holders_of(message: Descriptor) -> Mapping[str, Holder]:
    """Return the fields of a message that hold actions, by their names in JSON."""
    found = ((field, _kind_of(field)) for field in message.fields)
    return {field.json_name: Holder(field, kind) for field, kind in found if kind is not None}


def actions_in(message: Message) -> Iterator[tuple[Kind, str, HeldAction]]:
    """Yield the actions that a message holds: the kind, the path with the contract's names, and the message itself."""
    for field, value in message.ListFields():
        kind = _kind_of(field)
        if kind is None:
            continue
        items = value if field.is_repeated else [value]
        for index, item in enumerate(items):
            yield kind, f"{field.name}[{index}]" if field.is_repeated else field.name, item


def _kind_of(field: FieldDescriptor) -> Kind | None:
    return None if field.message_type is None else _KINDS.get(field.message_type.full_name)
