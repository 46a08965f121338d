"""Renders messages as complete documented JSON: empty lists are `[]`. Absent values are left out."""

import functools
from json.encoder import encode_basestring
from typing import NamedTuple

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from redeemd.contract.documented_json import Render, scalar_renderer


class _Member(NamedTuple):
    name: str
    beginning: str
    render: Render
    repeated: bool
    has_presence: bool


def to_text(message: Message, *, original_names: bool = False) -> str:
    """Return a message as compact JSON. `original_names` are those of the proto instead of the documented ones."""
    texts = []
    for member in _members(message.DESCRIPTOR, original_names):
        if member.repeated:
            items = map(member.render, getattr(message, member.name))
            texts.append(f"{member.beginning}[{','.join(items)}]")
        elif not member.has_presence or message.HasField(member.name):
            texts.append(member.beginning + member.render(getattr(message, member.name)))
    return "{" + ",".join(texts) + "}"


@functools.cache
def _members(descriptor: Descriptor, original_names: bool) -> list[_Member]:
    return [
        _Member(
            field.name,
            f"{encode_basestring(field.name if original_names else field.json_name)}:",
            _renderer(field, original_names=original_names),
            field.is_repeated,
            field.has_presence,
        )
        for field in descriptor.fields
    ]


def _renderer(field: FieldDescriptor, *, original_names: bool) -> Render:
    if field.message_type is None:
        return scalar_renderer(field)
    return functools.partial(to_text, original_names=original_names)
