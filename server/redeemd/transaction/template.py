"""Placeholders in JSON: `#{key}` inside the strings of a parsed value.

Values are filled into strings, never into JSON text, so that no value can change the structure of a request.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

KEY_LENGTH_MAX = 64
USER_ID = "userId"  # the placeholder of the player; the caller cannot set its value

_PIECES_OF_ONE_KEY = 3
_PLACEHOLDER = re.compile(rf"#\{{([^{{}}]{{1,{KEY_LENGTH_MAX}}})\}}")
_LOOKS_LIKE_ONE = re.compile(r"#\{[^{}]*\}")


# All ways in which JSON text can begin a placeholder: it has one escape for each character, but two cases of digits.
_BEGINNINGS = ("#{", "#\\u007", "\\u0023")


class TooLong(Exception):
    """The filled template is too long."""


class PlaceholderInName(Exception):
    """A placeholder is in the name of a member, where placeholders are not replaced."""


@dataclass(frozen=True, slots=True)
class Text:
    """A string with placeholders: literal, key, literal, key, ..., literal."""

    pieces: tuple[str, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that need a value."""
        return self.pieces[1::2]

    def fill(self, values: Mapping[str, str], room: int) -> str:
        """Fill in the values. Raises KeyError, or TooLong for more than `room` characters."""
        if len(self.pieces) == _PIECES_OF_ONE_KEY:  # almost always; the text is too short to need a check beforehand
            before, key, after = self.pieces
            text = before + values[key] + after
            if len(text) > room:
                raise TooLong
            return text
        parts = [values[piece] if place % 2 else piece for place, piece in enumerate(self.pieces)]
        if sum(map(len, parts)) > room:
            raise TooLong
        return "".join(parts)


# JSON with placeholders: a Text in place of each string that has some.
Tree: TypeAlias = "Text | Mapping[str, Tree] | Sequence[Tree] | str | int | float | bool | None"


def count_at_most(text: str) -> int:
    """Return at least as many as there are placeholders in JSON text, cheaply; 0 only if there are none."""
    return sum(map(text.count, _BEGINNINGS))


def parse_members(tree: Mapping[str, Tree]) -> dict[str, Tree]:
    """Return an object with a Text for every string with placeholders. Raises PlaceholderInName."""
    if any(_PLACEHOLDER.search(name) for name in tree):
        raise PlaceholderInName
    return {name: parse(item) for name, item in tree.items()}


def parse(value: Tree) -> Tree:
    """Return a JSON value with a Text for every string with placeholders. Raises PlaceholderInName."""
    if isinstance(value, str):
        pieces = _PLACEHOLDER.split(value)
        return value if len(pieces) == 1 else Text(tuple(pieces))
    if isinstance(value, list):
        return [parse(item) for item in value]
    return parse_members(value) if isinstance(value, dict) else value


def texts(value: Tree) -> Iterator[tuple[str, Text]]:
    """Yield the strings with placeholders of a parsed value, with their paths, such as "config[0].value"."""
    return ((path, leaf) for path, leaf in _leaves(value, "") if isinstance(leaf, Text))


def impossible(value: Tree) -> Iterator[str]:
    """Yield the paths of the strings of a parsed value that have a `#{...}` whose key is empty or too long."""
    for path, leaf in _leaves(value, ""):
        literals = leaf.pieces[::2] if isinstance(leaf, Text) else (leaf,) if isinstance(leaf, str) else ()
        if any(map(_LOOKS_LIKE_ONE.search, literals)):
            yield path


def _leaves(value: Tree, path: str) -> Iterator[tuple[str, Tree]]:
    """Yield everything in a value that is neither a list nor an object, with its path."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{path}[{index}]")
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _leaves(item, f"{path}.{name}" if path else name)
    else:
        yield path, value


def fill(value: Tree, values: Mapping[str, str], room: int) -> Tree:
    """Fill values into a parsed value.

    Raises KeyError, or TooLong when its strings have more than `room` characters together.
    """
    filled, _ = _fill(value, values, room)
    return filled


def fill_members(tree: Mapping[str, Tree], values: Mapping[str, str], room: int) -> dict[str, Tree]:
    """Fill values into a parsed object. Raises what `fill` raises."""
    filled, _ = _fill_members(tree, values, room)
    return filled


def _fill(value: Tree, values: Mapping[str, str], room: int) -> tuple[Tree, int]:
    """Return the filled value and the remaining room."""
    if isinstance(value, Text):
        text = value.fill(values, room)
        return text, room - len(text)
    if isinstance(value, list):
        items = []
        for item in value:
            filled, room = _fill(item, values, room)
            items.append(filled)
        return items, room
    return _fill_members(value, values, room) if isinstance(value, dict) else (value, room)


def _fill_members(tree: Mapping[str, Tree], values: Mapping[str, str], room: int) -> tuple[dict[str, Tree], int]:
    members = {}
    for name, item in tree.items():
        members[name], room = _fill(item, values, room)
    return members, room
