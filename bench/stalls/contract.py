"""The contract as data: every method, the most bytes of its request, and a request that is valid."""

import importlib
import pathlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import redeem
from buf.validate import validate_pb2
from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from redeem.options.v1 import options_pb2
from redeemd.contract import options
from redeemd.rpc.server import RECEIVE_BYTES_MAX

NAME = "stalls"  # whatever needs a name has this one
_REQUEST_BYTES_DEFAULT = 64 * 1024
_HOSTED_BY_GAMES = {"redeem.transaction.v1.ActionHandler"}  # which redeemd calls
_FIELDS_INSIDE = ("redeem.", "google.protobuf.FieldMask")  # messages whose fields are derived, too
_LENGTHS = re.compile(r"\{(\d+)(?:,(\d+))?\}\$$")
_LENGTH_DEFAULT = 128  # of an item of a list that has no rule of its own

Path = tuple[FieldDescriptor, ...]  # to a field, through the messages around it


def methods() -> list[MethodDescriptor]:
    """Return every method that redeemd serves, in the order of the proto files."""
    found: dict[str, Any] = {}
    for root in map(pathlib.Path, redeem.__path__):
        for path in sorted(root.rglob("*_pb2.py")):
            module = ".".join(("redeem", *path.relative_to(root).with_suffix("").parts))
            services = importlib.import_module(module).DESCRIPTOR.services_by_name
            found |= {service.full_name: service for service in services.values()}
    return [method for name, service in found.items() if name not in _HOSTED_BY_GAMES for method in service.methods]


def request_bytes_max(method: MethodDescriptor) -> int:
    """Return the size of the largest request that the server reads."""
    if "request_bytes_max" not in options_pb2.Policy.DESCRIPTOR.fields_by_name:
        return RECEIVE_BYTES_MAX
    said: int = getattr(options.policy(method), "request_bytes_max", 0)
    return said or _REQUEST_BYTES_DEFAULT


def _rules(field: FieldDescriptor) -> Any:
    options: Any = field.GetOptions()
    return options.Extensions[validate_pb2.field]


def rules(field: FieldDescriptor) -> Any:
    """Return the buf.validate rules of one value of a field."""
    found = _rules(field)
    return found.repeated.items if field.is_repeated else found


def count_max(field: FieldDescriptor) -> int:
    """Return how many items a list may have; 0 where there is no rule."""
    most: int = _rules(field).repeated.max_items
    return most


def length_max(field: FieldDescriptor) -> int:
    """Return how many characters a text may have."""
    said = rules(field).string
    if found := _LENGTHS.search(said.pattern):
        return int(found[2] or found[1])
    return said.max_len or _LENGTH_DEFAULT


def around(field: FieldDescriptor) -> Descriptor:
    """Return the message that a field is in."""
    assert field.containing_type is not None, "only extensions are in no message"
    return field.containing_type


def is_text(field: FieldDescriptor) -> bool:
    """Return whether a field holds text."""
    return bool(field.type == FieldDescriptor.TYPE_STRING)


def paths(message: Descriptor, before: Path = ()) -> Iterator[Path]:
    """Return all fields of a message and of the messages inside it, outer ones first."""
    for field in message.fields:
        path = (*before, field)
        yield path
        inner = field.message_type
        if inner is not None and inner.full_name.startswith(_FIELDS_INSIDE) and field not in before:
            yield from paths(inner, path)


def shown(path: Path) -> str:
    """Return a path as errors show it."""
    return ".".join(field.name for field in path)


@dataclass(frozen=True, slots=True)
class Valid:
    """Makes messages that break no rule. `examples` are values by field name, or by message and field name."""

    examples: dict[str, Any]

    def message(self, descriptor: Descriptor, *, greatest: bool = False, lists: bool = False) -> Message:
        """Return a message with its required fields and those of which there is an example.

        With `greatest`, every number is the greatest that is allowed; with `lists`, every list has an item.
        """
        message = message_factory.GetMessageClass(descriptor)()
        for field in descriptor.fields:
            given = self._value(field)
            if given is None and greatest:
                given = _greatest(field)
            if given is not None or _needed(field) or (lists and field.is_repeated):
                self._set(message, field, given, greatest=greatest)
        return message

    def _set(self, message: Message, field: FieldDescriptor, given: Any, *, greatest: bool) -> None:
        if field.message_type is not None:
            into: Any = getattr(message, field.name)
            (into.add() if field.is_repeated else into).CopyFrom(self.message(field.message_type, greatest=greatest))
            return
        value = (NAME if is_text(field) else 1) if given is None else given
        if field.is_repeated:
            getattr(message, field.name).append(value)
        else:
            setattr(message, field.name, value)

    def _value(self, field: FieldDescriptor) -> Any:
        return self.examples.get(f"{around(field).name}.{field.name}", self.examples.get(field.name))


def _needed(field: FieldDescriptor) -> bool:
    said = _rules(field)
    return bool(said.required or said.repeated.min_items)


def _greatest(field: FieldDescriptor) -> int | None:
    name = {FieldDescriptor.TYPE_INT32: "int32", FieldDescriptor.TYPE_INT64: "int64"}.get(field.type)
    if name is None or field.is_repeated:
        return None
    said = getattr(rules(field), name)
    return int(said.lte) if said.HasField("lte") else None
