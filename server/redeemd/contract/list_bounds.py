"""Bounds the lists of messages in a serialized message before it is parsed.

The parser creates all items in one call that nothing can interrupt, and an empty item takes two bytes: 2 MiB of them
would block the event loop for a tenth of a second, only to be refused because the list is too long. A list of texts
costs a third of that; it is bounded only in a message that may have a list of messages which is too long.
"""

import functools
from collections.abc import Mapping
from typing import NamedTuple

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from redeemd.contract import validation
from redeemd.errors import RequestMalformed

# The fields of a message that are no items of its lists. Unknown ones count, and one that is there again counts again.
FIELDS_MAX = 1_000

_VARINT, _FIXED_64, _LENGTH, _FIXED_32 = 0, 1, 2, 5  # wire types of the encoding of protobuf
_FIXED_BYTES = {_FIXED_64: 8, _FIXED_32: 4}
# Lists of numbers are packed: one field has many items.
_WITH_LENGTH = (FieldDescriptor.TYPE_MESSAGE, FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES)
_VARINT_BITS, _BYTE_MAX = 64, 0x7F  # a number up to that has one byte


class _Field(NamedTuple):
    """A list of messages or texts, or a message that has such lists, of which `items_max` is None."""

    items_max: int | None
    of_messages: bool
    inside: "_Shape | None"


class _Shape(NamedTuple):
    """The fields of a message that are or contain lists, by their numbers, and how many fields it may have in all."""

    fields: Mapping[int, _Field]
    count_max: int


@functools.cache
def _shape(message: Descriptor) -> _Shape:
    fields, count_max = {}, FIELDS_MAX
    for member in validation.members(message):
        field = message.fields_by_name[member.name]
        items_max = member.items_max if member.is_list else None
        inside = _shape(field.message_type) if member.has_lists and field.message_type else None
        count_max += items_max or 0
        if field.type in _WITH_LENGTH:
            fields[field.number] = _Field(items_max, field.message_type is not None, inside)
    return _Shape(fields, count_max)


def bounded(data: bytes, message: type[Message]) -> bytes:
    """Return a serialized message, up to the first item beyond what its list may have.

    That item is empty and the last thing in the result, so validation finds that the list is too long. Lists in items
    and in other messages are bounded as well. Data without such a list is returned as it is, also if it is no message.

    Raises RequestMalformed for a message that may have such a list and has groups, which the contract does not use, or
    more than FIELDS_MAX fields besides its items.
    """
    shape = _shape(message.DESCRIPTOR)
    if not _may_be_too_long(data, shape):
        return data
    try:
        return _cut(data, shape) or data
    except (IndexError, ValueError):  # it ends within a field, or has a number that is too long: the parser refuses it
        return data


def _may_be_too_long(data: bytes, shape: _Shape) -> bool:
    """Return whether the first byte of the tag of a list of messages occurs too often.

    That is no proof, because it occurs elsewhere as well, but counting bytes takes hardly any time.
    """
    for number, field in shape.fields.items():
        first = (number << 3 | _LENGTH) & _BYTE_MAX
        count = data.count(first) + data.count(first | 0x80) if field.of_messages else 0
        if field.items_max is not None and count > field.items_max:
            return True
        if field.inside is not None and _may_be_too_long(data, field.inside):
            return True
    return False


def _cut(data: bytes, shape: _Shape) -> bytes | None:
    """Return the message up to the first item that is too many; None if there is none.

    Raises IndexError or ValueError for what is no message, and RequestMalformed.
    """
    counts = dict.fromkeys(shape.fields, 0)
    # Most numbers have one byte. Calling _number for those as well would double the time of a long batch.
    end, position = len(data), 0
    for _ in range(shape.count_max):
        if position >= end:
            return None
        tag, after_tag = data[position], position + 1
        if tag > _BYTE_MAX:
            tag, after_tag = _number(data, position)
        if tag & 7 != _LENGTH:
            position = _skipped(data, tag & 7, after_tag)
            continue
        size, start = data[after_tag], after_tag + 1
        if size > _BYTE_MAX:
            size, start = _number(data, after_tag)
        position = start + size
        field = shape.fields.get(tag >> 3)
        if field is None:
            continue
        counts[tag >> 3] += 1
        if field.items_max is not None and counts[tag >> 3] > field.items_max:
            return data[:after_tag] + b"\0"
        inside = None if field.inside is None else _cut(data[start:position], field.inside)
        if inside is not None:
            return data[:after_tag] + _varint(len(inside)) + inside
    if position >= end:
        return None
    raise RequestMalformed


def _skipped(data: bytes, wire_type: int, position: int) -> int:
    """Return where a value without a length ends."""
    if wire_type == _VARINT:
        return _number(data, position)[1]
    if wire_type not in _FIXED_BYTES:
        raise RequestMalformed
    return position + _FIXED_BYTES[wire_type]


def _number(data: bytes, position: int) -> tuple[int, int]:
    """Return the varint at a position, and the position after it. Raises IndexError or ValueError."""
    value = 0
    for shift in range(0, _VARINT_BITS, 7):
        byte = data[position]
        position += 1
        value |= (byte & _BYTE_MAX) << shift
        if byte <= _BYTE_MAX:
            return value, position
    raise ValueError("no varint")


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > _BYTE_MAX:
        encoded.append(value & _BYTE_MAX | 0x80)
        value >>= 7
    return bytes([*encoded, value])
