"""Messages as the documented JSON, for commands: without the rules of the contract, which take long to import."""

import functools
from collections.abc import Iterable
from typing import cast

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message

from redeemd.contract.options import spelling


def plain_message(message: Message) -> dict[str, object]:
    """Return the fields of a message that are set, with names and enum values as in the documented JSON."""
    return {field.json_name: _of_field(field, content) for field, content in message.ListFields()}


def _of_field(field: FieldDescriptor, content: object) -> object:
    one = _plain if field.enum_type is None else functools.partial(_enum_value, field.enum_type)
    return [one(each) for each in cast("Iterable[object]", content)] if field.is_repeated else one(content)


def _plain(value: object) -> object:
    return plain_message(value) if isinstance(value, Message) else value


def _enum_value(enum: EnumDescriptor, number: object) -> object:
    value = cast("int", number)
    return spelling(enum, value) or enum.values_by_number[value].name
