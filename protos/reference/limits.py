"""Describes the validation rules of fields in words. A rule without a description here stops the generator."""

import re

from buf.validate import validate_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from redeemd.contract.options import is_json_text, is_secret

_PATTERN = re.compile(r"\^\[(.+)\]\{(?:(\d+),)?(\d+)\}\$")
# Descriptions of the character classes in patterns.
_CLASSES = {
    "A-Za-z0-9_.-": "of `A-Z a-z 0-9 _ . -`",
    "A-Z0-9": "of `A-Z 0-9`",
    "A-Za-z0-9_+/-": "of `A-Z a-z 0-9 _ + / -`",
    "A-Za-z0-9_-": "of `A-Z a-z 0-9 _ -`",
    "A-Za-z0-9-": "of `A-Z a-z 0-9 -`",
    r"^\x00-\x1f\x7f-\x9f:": "characters, no control characters, no colon",
    r"^\x00-\x1f\x7f-\x9f": "characters, no control characters",
}
# Described once, on the index page: texts contain no NUL, enums have a declared value other than 0.
_EVERYWHERE = {"defined_only", "not_in"}
_NUL = "\x00"


def rules_of(field: FieldDescriptor) -> validate_pb2.FieldRules:
    """Return the rules of a field, empty if it has none."""
    rules: validate_pb2.FieldRules = field.GetOptions().Extensions[validate_pb2.field]  # type: ignore[index]
    return rules


def limits(field: FieldDescriptor) -> str:
    """Return the rules of a field and the properties of its text, separated by semicolons."""
    rules = rules_of(field)
    parts = ["required"] * rules.required + _in_words(rules) + [rule.message for rule in rules.cel]
    parts += ["JSON text"] * is_json_text(field) + ["secret"] * is_secret(field)
    return "; ".join(parts)


def rules_of_the_whole(message: Descriptor) -> list[str]:
    """Return the rules that span fields of a message, in the words of the error."""
    rules: validate_pb2.MessageRules = message.GetOptions().Extensions[validate_pb2.message]  # type: ignore[index]
    return [rule.message for rule in rules.cel]


def _in_words(rules: validate_pb2.FieldRules) -> list[str]:
    kind = rules.WhichOneof("type")
    return [] if kind is None else _kind_in_words(kind, getattr(rules, kind))


def _kind_in_words(kind: str, rules: Message) -> list[str]:
    told = {field.name: value for field, value in rules.ListFields() if field.name not in _EVERYWHERE}
    words = []
    if kind == "repeated":
        words += _items(told)
    if "pattern" in told:
        words.append(_pattern(told.pop("pattern")))
    if "max_len" in told:
        words.append(f"at most {told.pop('max_len'):,} characters")
    unwanted = told.pop("not_contains", _NUL)
    if unwanted != _NUL:
        words.append(f"no `{unwanted}`")
    if "gte" in told:
        words.append(f"{told.pop('gte'):,} to {told.pop('lte'):,}")
    if told:
        raise NotImplementedError(f"no words for {kind} {told}")
    return words


def _items(told: dict[str, object]) -> list[str]:
    words = []
    least, most, each = told.pop("min_items", None), told.pop("max_items"), told.pop("items", None)
    words.append(f"{least:,} to {most:,} items" if least else f"at most {most:,} items")
    if isinstance(each, validate_pb2.FieldRules) and (inner := _in_words(each)):
        words.append("each " + ", ".join(inner))
    return words


def _pattern(pattern: str) -> str:
    found = _PATTERN.fullmatch(pattern)
    if found is None:
        raise NotImplementedError(f"no words for the pattern {pattern}")
    characters, least, most = found.groups()
    count = f"exactly {most}" if least is None else f"at most {most}" if least == "0" else f"{least} to {most}"
    return f"{count} {_CLASSES[characters]}"
