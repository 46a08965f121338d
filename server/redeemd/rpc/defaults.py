"""What the absence of a field means, as the documents say it: entities in responses hold the value itself.

The contract declares the values (redeem.options.v1.absence). The store keeps what callers gave, so a value is filled in
whenever an entity is rendered.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from redeemd.contract import absence, spelling
from redeemd.rpc.documented_json import Reader

Expand = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class _Default:
    """A field, its value in the documented spelling, and the enum field and its values without which it has none."""

    field: FieldDescriptor
    value: str
    condition: FieldDescriptor | None
    values: frozenset[str]

    def applies(self, message: Message) -> bool:
        """Return whether the value is missing from a message."""
        if message.HasField(self.field.name):
            return False
        if self.condition is None:
            return True
        return spelling(self.condition.enum_type, getattr(message, self.condition.name)) in self.values


def fill(message: Message, expand: Expand) -> None:
    """Set the absent fields of an entity, and of what it holds, that have a documented default.

    `expand` replaces {region} and {ownerId} in a default.
    """
    defaults, inner = _of(message.DESCRIPTOR)
    for default in defaults:
        if default.applies(message):
            Reader(strict=True).fill(default.field, expand(default.value), message, default.field.name)
    for field in inner:
        if message.HasField(field.name):
            fill(getattr(message, field.name), expand)


@functools.cache
def _of(descriptor: Descriptor) -> tuple[tuple[_Default, ...], tuple[FieldDescriptor, ...]]:
    """Return the defaults of a message, and its fields that hold a message which may have some."""
    fields: Any = descriptor.fields
    defaults = tuple(_default(field) for field in fields if absence(field) is not None)
    return defaults, tuple(field for field in fields if field.message_type is not None and not field.is_repeated)


def _default(field: Any) -> _Default:
    declared = absence(field)
    assert declared is not None
    condition = field.containing_type.fields_by_name[declared.field] if declared.field else None
    return _Default(field, declared.value, condition, frozenset(declared.values))
