"""Reads all JSON text from outside, and writes JSON."""

import json
import re
from typing import NoReturn, TypeAlias

# JSON as `read` returns it. What has been checked against a message or a TypedDict needs neither.
Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
JsonObject = dict[str, Json]

DEPTH_MAX = 32
VALUES_MAX = 250_000  # at most 64 MiB; the parser creates all of them in one call that cannot be interrupted
INTEGER_MIN, INTEGER_MAX = -(2**63), 2**63 - 1
_INTEGER_DIGITS_MAX = 19

# Without escapes. An unterminated string extends to the end of the text, so that every text takes linear time.
# Possessive quantifiers, so that the engine keeps no backtracking state.
_STRINGS = re.compile(r'"[^"]*+"?')
_NO_BRACKETS = re.compile(r"[^\[\]]++")
_SURROGATE = re.compile("[\ud800-\udfff]")


class JsonError(ValueError):
    """The text is not JSON that redeemd accepts; the message says where and why, without quoting values."""


class Budget:
    """The values that one or more texts may have together, each counted before the parser creates any."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.left = most

    def take(self, count: int) -> None:
        """Raise JsonError for more than what is left."""
        self.left -= count
        if self.left < 0:
            raise JsonError(f"more than {self.most} values")


def read(text: str, budget: Budget | None = None) -> Json:
    """Parse JSON.

    Refuses duplicate keys, NaN and Infinity, numbers beyond 64 bits, U+0000, lone surrogates, depth over DEPTH_MAX and
    more values than the budget has left, by default VALUES_MAX.

    Raises JsonError.
    """
    _check_structure(text, budget or Budget(VALUES_MAX))
    try:
        value: Json = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_integer,
            parse_float=_float,
        )
    except json.JSONDecodeError as error:
        raise JsonError(f"line {error.lineno} column {error.colno}: {error.msg}") from None
    _check_strings(value)
    return value


def read_object(text: str, budget: Budget | None = None) -> JsonObject:
    """Parse JSON that is an object. Raises JsonError."""
    value = read(text, budget)
    if not isinstance(value, dict):
        raise JsonError("not an object")
    return value


def write(value: object) -> str:
    """Render compact JSON."""
    return _ENCODER.encode(value)


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _check_structure(text: str, budget: Budget) -> None:
    """Count values and nesting before the parser creates any value. Each step scans the text in C."""
    if "\\" in text:  # two passes of str.replace take a third of the time of a pattern with escapes
        text = text.replace("\\\\", "").replace('\\"', "")
    # Each value has at most two strings, itself and its name.
    outside, strings = _STRINGS.subn("", text, count=2 * max(budget.left, 0) + 1)
    values = 1 + outside.count(",") + outside.count("[") + outside.count("{")
    budget.take(max(values, (strings + 1) // 2))
    depth = _depth(outside)
    if depth > DEPTH_MAX:
        raise JsonError(f"nested deeper than {DEPTH_MAX}")


def _depth(outside: str) -> int:
    """Return the depth of a text without its strings; at most DEPTH_MAX + 1. It may be too great for invalid JSON."""
    brackets = _NO_BRACKETS.sub("", outside.replace("{", "[").replace("}", "]"))
    depth = 0
    while "[]" in brackets and depth <= DEPTH_MAX:
        brackets = brackets.replace("[]", "")
        depth += 1
    return min(depth + brackets.count("["), DEPTH_MAX + 1)


def _object(pairs: list[tuple[str, Json]]) -> JsonObject:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise JsonError("an object has a duplicate key")
    return value


def _constant(_text: str) -> NoReturn:
    raise JsonError("NaN and Infinity are not JSON")


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > _INTEGER_DIGITS_MAX or not INTEGER_MIN <= (value := int(text)) <= INTEGER_MAX:
        raise JsonError("a number does not fit into 64 bits")
    return value


def _float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise JsonError("a number does not fit into 64 bits")
    return value


def _check_strings(value: Json) -> None:
    if isinstance(value, str):
        if "\x00" in value:
            raise JsonError("a string contains U+0000")
        if not value.isascii() and _SURROGATE.search(value):
            raise JsonError("a string contains a lone surrogate")
    elif isinstance(value, list):
        for item in value:
            _check_strings(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_strings(key)
            _check_strings(item)
