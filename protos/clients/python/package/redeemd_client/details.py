"""The details of an error: the messages of google.rpc that redeemd sends, in a pool of their own.

So the client needs no package of these messages, and does not collide with one that is installed.
"""

import functools
from collections.abc import Mapping
from typing import Any

from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, duration_pb2, message_factory
from google.protobuf.message import DecodeError, Message

TRAILER = "grpc-status-details-bin"

_PACKAGE = "google.rpc"
_TEXT = ""
# The fields of each message that are read, with their numbers and types; a name in brackets is repeated.
_MESSAGES: Mapping[str, Mapping[str, tuple[int, str]]] = {
    "Status": {"[details]": (3, any_pb2.Any.DESCRIPTOR.full_name)},
    "ErrorInfo": {"reason": (1, _TEXT), "[metadata]": (3, f"{_PACKAGE}.ErrorInfo.MetadataEntry")},
    "ErrorInfo.MetadataEntry": {"key": (1, _TEXT), "value": (2, _TEXT)},
    "BadRequest": {"[field_violations]": (1, f"{_PACKAGE}.FieldViolation")},
    "FieldViolation": {"field": (1, _TEXT), "description": (2, _TEXT)},
    "RetryInfo": {"retry_delay": (1, duration_pb2.Duration.DESCRIPTOR.full_name)},
}


def details_of(trailer: bytes) -> dict[str, Any]:  # messages that are made at run time have no types
    """Return the details in a trailer by name (ErrorInfo, BadRequest, RetryInfo); none if it cannot be parsed."""
    classes, found = _classes(), {}
    try:
        status: Any = classes["Status"].FromString(trailer)  # same
        for packed in status.details:
            name = packed.type_url.removeprefix(f"type.googleapis.com/{_PACKAGE}.")
            if name in classes:
                found[name] = classes[name].FromString(packed.value)
    except DecodeError:
        return {}
    return found


@functools.cache
def _classes() -> dict[str, type[Message]]:
    """Return the classes of the messages. They are made for the first error, because most programs see none."""
    file = descriptor_pb2.FileDescriptorProto(name="redeemd_client/details.proto", package=_PACKAGE, syntax="proto3")
    pool = descriptor_pool.DescriptorPool()
    for needed in (any_pb2.DESCRIPTOR, duration_pb2.DESCRIPTOR):
        pool.AddSerializedFile(needed.serialized_pb)
        file.dependency.append(needed.name)
    made: dict[str, descriptor_pb2.DescriptorProto] = {}
    for name, fields in _MESSAGES.items():
        outer, _, inner = name.rpartition(".")
        made[name] = made[outer].nested_type.add(name=inner) if outer else file.message_type.add(name=inner)
        if outer:
            made[name].options.map_entry = True
        made[name].field.extend(_field(field, *fields[field]) for field in fields)
    pool.AddSerializedFile(file.SerializeToString())
    names = [name for name in _MESSAGES if "." not in name]
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}")) for name in names}


def _field(name: str, number: int, message: str) -> descriptor_pb2.FieldDescriptorProto:
    kind = descriptor_pb2.FieldDescriptorProto
    return kind(
        name=name.strip("[]"),
        number=number,
        label=kind.LABEL_REPEATED if name.startswith("[") else kind.LABEL_OPTIONAL,
        type=kind.TYPE_MESSAGE if message else kind.TYPE_STRING,
        type_name=f".{message}" if message else None,
    )
