"""Validation rules of fields as keywords of JSON Schema (2020-12). A rule without keywords here stops the generator."""

import re
from typing import Any

from buf.validate import validate_pb2
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from reference.limits import rules_of

Schema = dict[str, Any]

_KEYWORDS = {
    "max_len": "maxLength",
    "min_len": "minLength",
    "gte": "minimum",
    "lte": "maximum",
    "max_items": "maxItems",
    "min_items": "minItems",
}
# Described elsewhere: enums have their declared values, and items have the rules of `items`.
_ELSEWHERE = {"defined_only", "not_in", "items"}
# A character class with a number of characters: as lengths, the number can be read, and validators are quick.
_COUNTED = re.compile(r"\^(\[.+\])\{(?:(\d+),)?(\d+)\}\$")
_NUL = "\x00"  # the description of the document says once that no text contains it


def is_required(field: FieldDescriptor) -> bool:
    """Return whether a request has to have a field, and not as an empty value."""
    return rules_of(field).required or rules_of(field).repeated.min_items > 0


def keywords(rules: validate_pb2.FieldRules) -> Schema:
    """Return the keywords for one value of a field; those of a list say how many items it has."""
    kind = rules.WhichOneof("type")
    found = {} if kind is None else _of_kind(kind, getattr(rules, kind))
    if rules.required and kind == "string":
        found.setdefault("minLength", 1)
    return found


def _of_kind(kind: str, rules: Message) -> Schema:
    found: Schema = {}
    for field, value in rules.ListFields():
        if field.name == "not_contains":
            found |= {} if value == _NUL else {"not": {"pattern": re.escape(value)}}
        elif field.name == "pattern":
            found |= _pattern(value)
        elif field.name not in _ELSEWHERE:
            if field.name not in _KEYWORDS:
                raise NotImplementedError(f"no keyword for {kind}.{field.name}")
            found[_KEYWORDS[field.name]] = value
    return found


def _pattern(pattern: str) -> Schema:
    counted = _COUNTED.fullmatch(pattern)
    if counted is None:
        raise NotImplementedError(f"no keywords for the pattern {pattern}")
    characters, least, most = counted.groups()
    fewest = {"minLength": int(least or most)} if least != "0" else {}
    return {"pattern": f"^{characters}*$"} | fewest | {"maxLength": int(most)}
