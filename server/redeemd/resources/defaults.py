"""Fills in the documented defaults of absent fields: entities in responses contain the value itself.

The contract declares the values (redeem.options.v1.absence). The store holds the fields as callers set them, so
defaults are filled in whenever an entity is rendered.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from redeemd.contract.documented_json import Reader
from redeemd.contract.options import absence, spelling

Expand = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class _Default:
    """The default of a field, in the documented spelling.

    With a condition, it applies only while that enum field has one of the given values.
    """

    field: FieldDescriptor
    value: str
    condition: FieldDescriptor | None
    values: frozenset[str]

    def applies(self, message: Message) -> bool:
        """Return whether the default applies to a message, because the field is absent."""
        if message.HasField(self.field.name):
            return False
        if self.condition is None:
            return True
        return spelling(self.condition.enum_type, getattr(message, self.condition.name)) in self.values


def fill(message: Message, expand: Expand) -> None:
    """Set the absent fields with a documented default, in an entity and the messages it contains.

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
    """Return the defaults of a message, and its fields of message types, which may have defaults as well."""
    fields = descriptor.fields
    defaults = tuple(_default(field) for field in fields if absence(field) is not None)
    return defaults, tuple(field for field in fields if field.message_type is not None and not field.is_repeated)


def _default(field: FieldDescriptor) -> _Default:
    declared = absence(field)
    assert declared is not None
    assert field.containing_type is not None
    condition = field.containing_type.fields_by_name[declared.field] if declared.field else None
    return _Default(field, declared.value, condition, frozenset(declared.values))
