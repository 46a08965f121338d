"""Protobuf's wire format, by hand: requests of many megabytes without building a million objects first."""

from collections.abc import Sequence

from google.protobuf.descriptor import FieldDescriptor

_VARINT, _BYTES, _GROUP_START = 0, 2, 3
_CONTINUED = 0x80


def varint(value: int) -> bytes:
    """Return a number as a varint."""
    parts = bytearray()
    while value >= _CONTINUED:
        parts.append(value & (_CONTINUED - 1) | _CONTINUED)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def holding(number: int, content: bytes) -> bytes:
    """Return a field of a string, of bytes, of a message, or of packed numbers."""
    return varint(number << 3 | _BYTES) + varint(len(content)) + content


def inside(path: Sequence[FieldDescriptor], content: bytes) -> bytes:
    """Return content that is in the message at the end of a path."""
    for field in reversed(path):
        content = holding(field.number, content)
    return content


def repeated(content: bytes, room: int) -> bytes:
    """Return the content as often as there is room for it, at least once."""
    return content * max(room // len(content), 1)


def unknown(number: int) -> bytes:
    """Return the shortest field of a number that a message does not know."""
    return varint(number << 3 | _VARINT) + b"\x00"


def open_group(number: int) -> bytes:
    """Return the start of a group, inside of which the next one is."""
    return varint(number << 3 | _GROUP_START)
