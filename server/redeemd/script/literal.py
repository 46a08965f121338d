"""Writes arguments of scripts as literals of Lua."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

# JSON, of which scripts see null as nil.
Value: TypeAlias = "str | int | float | bool | Sequence[Value] | Mapping[str, Value] | None"

INTEGER_MIN = -(2**63)


def literal(value: Value) -> str:
    """Return an expression of Lua for a value; members with None are left out."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, Mapping):
        members = [f"[{text(name)}]={literal(member)}" for name, member in value.items() if member is not None]
        return "{" + ",".join(members) + "}"
    if isinstance(value, Sequence):
        return "{" + ",".join(map(literal, value)) + "}"
    return _scalar(value)


def _scalar(value: float | bool | None) -> str:
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return value.hex()
    return str(value) if value > INTEGER_MIN else f"({INTEGER_MIN + 1}-1)"  # Lua reads the digits alone as a float


class Sizes(NamedTuple):
    """The bytes of all texts in a value, and of the longest one."""

    total: int
    longest: int


def sizes(value: Value) -> Sizes:
    """Measure the texts in a value. Raises ValueError for a character 0, which makes comparing texts slow in Lua."""
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("a text has the character 0")
        size = len(value) if value.isascii() else len(value.encode())
        return Sizes(size, size)
    if isinstance(value, Mapping):
        return _together([*map(sizes, value), *map(sizes, value.values())])
    if isinstance(value, Sequence):
        return _together([*map(sizes, value)])
    return Sizes(0, 0)


def _together(parts: Sequence[Sizes]) -> Sizes:
    return Sizes(sum(part.total for part in parts), max((part.longest for part in parts), default=0))


_PLAIN = {byte: chr(byte) for byte in range(0x20, 0x7F) if chr(byte) not in '"\\'}


def text(value: str) -> str:
    """Return a text of Lua with all that is not printable escaped by three digits."""
    if value.isascii() and value.isprintable() and '"' not in value and "\\" not in value:
        return f'"{value}"'
    return '"' + "".join(_PLAIN.get(byte) or f"\\{byte:03d}" for byte in value.encode()) + '"'
