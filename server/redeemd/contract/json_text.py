"""Reads all JSON text from outside, and writes JSON."""

import json
import re
from typing import Any, NoReturn

DEPTH_MAX = 32
VALUES_MAX = 250_000  # at most 64 MiB; the parser creates all of them in one call that cannot be interrupted
INTEGER_MIN, INTEGER_MAX = -(2**63), 2**63 - 1
_INTEGER_DIGITS_MAX = 19

# An unterminated string extends to the end of the text, so that every text takes linear time. Possessive quantifiers,
# so that the engine keeps no backtracking state, which takes 100 bytes per character and is 50 times as slow.
_STRINGS_BRACKETS_AND_COMMAS = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[\]{},]', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")


class JsonError(ValueError):
    """The text is not JSON that redeemd accepts; the message says where and why, without quoting values."""


def read(text: str, *, values_max: int = VALUES_MAX) -> Any:
    """Parse JSON.

    Refuses duplicate keys, NaN and Infinity, numbers beyond 64 bits, U+0000, lone surrogates, depth over DEPTH_MAX and
    more than `values_max` values.

    Raises JsonError.
    """
    _check_structure(text, values_max)
    try:
        value = json.loads(
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


def write(value: Any) -> str:
    """Render compact JSON."""
    return _ENCODER.encode(value)


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _check_structure(text: str, values_max: int) -> None:
    """Count nesting and values, which follow a bracket or a comma, before the parser creates any."""
    depth, values = 0, 1
    for token in _STRINGS_BRACKETS_AND_COMMAS.finditer(text):
        sign = text[token.start()]
        if sign in "[{":
            depth += 1
            values += 1
            if depth > DEPTH_MAX:
                raise JsonError(f"nested deeper than {DEPTH_MAX}")
        elif sign == ",":
            values += 1
        elif sign in "]}":
            depth -= 1
        if values > values_max:
            raise JsonError(f"more than {values_max} values")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
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


def _check_strings(value: Any) -> None:
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
