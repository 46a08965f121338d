"""Texts that are expensive to read: for whoever folds, matches or checks text, and for whoever reads JSON."""

import json
from collections.abc import Callable
from typing import Any

DEPTH_ALLOWED = 32

ASCII, FOUR_BYTES = "a", "\U0001f600"

# What a text is made of, over and over. The third is what NFKC makes most of: 18 characters. The last two make a reader
# of codes look at every character, and sort or drop it.
CHARACTERS = {
    ASCII: "ASCII",
    FOUR_BYTES: "4-byte characters",
    "\ufdfa": "characters that NFKC expands",
    "a\u0315\u0300\u05ae": "combining characters",
    "\u2010": "dashes",
}


def of(character: str, room: int, length_max: int | None = None) -> str:
    """Return a text of as many bytes of UTF-8 as there is room for, and of at most so many characters."""
    count = max(room // len(character.encode()), 1)
    return (character * count)[:length_max]


def _list(item: str, room: int) -> str:
    return f"[{','.join([item] * max(room // (len(item) + 1), 1))}]"


def _members(room: int) -> str:
    members = [f'"{number:07}":0' for number in range(max(room // 12, 1))]
    return "{" + ",".join(members) + "}"


def _around(before: str, item: str, after: str, room: int) -> str:
    return before + item * max((room - len(before) - len(after)) // len(item.encode()), 1) + after


_NESTED = "[" * (DEPTH_ALLOWED - 4) + "]" * (DEPTH_ALLOWED - 4)

# JSON that is one value, of about so many bytes of UTF-8; not all of it is JSON to its end.
JSON: dict[str, Callable[[int], str]] = {
    "lists nested without end": lambda room: "[" * room,
    "objects nested without end": lambda room: '{"":' * (room // 4),
    "lists nested as deep as allowed": lambda room: _list(_NESTED, room),
    "list of numbers": lambda room: _list("0", room),
    "list of empty objects": lambda room: _list("{}", room),
    "list of empty lists": lambda room: _list("[]", room),
    "list of empty strings": lambda room: _list('""', room),
    "object of many members": _members,
    "object of one member over and over": lambda room: "{" + ",".join(['"a":0'] * (room // 6)) + "}",
    "long integer": lambda room: "1" * room,
    "long fraction": lambda room: "0." + "1" * room,
    "list of fractions": lambda room: _list("0.1e-9", room),
    "string of escapes": lambda room: _around('"', "\\u00e9", '"', room),
    "string of 4-byte characters": lambda room: _around('"', "\U0001f600", '"', room),
    "string without end": lambda room: '"' + "a" * room,
    "string of placeholders": lambda room: _around('{"a":"', "#{a}", '"}', room),
    "string of halves of placeholders": lambda room: _around('{"a":"', "#{", '"}', room),
    "white space": lambda room: " " * room,
}


def write(value: Any) -> str:
    """Return a value as JSON text, in as few characters as there are."""
    return json.dumps(value, ensure_ascii=False)
