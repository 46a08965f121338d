"""Checks the rules of the contract with protovalidate. Only this module uses that library."""

import asyncio
import functools
import re
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, NamedTuple

import protovalidate
from buf.validate import validate_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from redeemd.errors import VIOLATIONS_MAX, Violation

_ERROR_TYPES = {
    "required": "require",
    "string.max_len": "tooLong",
    "string.min_len": "tooShort",
    "repeated.max_items": "tooMany",
    "repeated.min_items": "tooFew",
}
_extensions: Any = validate_pb2  # the generated types of extensions are wrong for the type checker
_validator = protovalidate.Validator()
# For a list without a rule: the paths of an update mask, to which the contract cannot add rules.
_ITEMS_MAX = 100
# How many items of each list are checked together, once a message is known to be invalid.
_PIECE_ITEMS = 20
# And at once, where other tasks run in between: takes about 1 ms, in which the engine holds the interpreter.
_STEP_ITEMS = 500


def violations(message: Message) -> list[Violation]:
    """Return the violations, at most VIOLATIONS_MAX; paths consist of proto names (`setting.source_path`).

    If any list is too long, only such lists are reported, and no items are checked. The engine can either stop at the
    first violation or collect all of them, which may be tens of thousands. Therefore it first determines whether there
    is any violation, and then collects them piece by piece.
    """
    return _lists_too_long(message) or _found(message, 0)[:VIOLATIONS_MAX]


async def violations_in_steps(message: Message) -> list[Violation]:
    """Return the same; other tasks run between the steps in which long lists are checked."""
    found = _lists_too_long(message)
    if found:
        return found
    for start, step in _pieces(message, _STEP_ITEMS):
        await asyncio.sleep(0)  # also before the first one: the message was just parsed
        found += _found(step, start)
        if len(found) >= VIOLATIONS_MAX:
            break
    return found[:VIOLATIONS_MAX]


def needs_steps(message: type[Message]) -> bool:
    """Return whether a list of a message may be too long to be checked at once."""
    return any(member.items_max > _STEP_ITEMS for member in members(message.DESCRIPTOR))


def _lists_too_long(message: Message) -> list[Violation]:
    # Items of batches have no lists, and there are many of them.
    return list(islice(_too_long(message, ""), VIOLATIONS_MAX)) if members(message.DESCRIPTOR) else []


def _found(message: Message, first: int) -> list[Violation]:
    """Return the violations of a message whose lists begin at index `first`, at least VIOLATIONS_MAX if it has them."""
    found: list[Violation] = []
    if not _validator.collect_violations(message, fail_fast=True):
        return found
    for start, piece in _pieces(message, _PIECE_ITEMS):
        found += _of_piece(piece, first + start)
        if len(found) >= VIOLATIONS_MAX:
            break
    return found


@functools.cache
def items_max(field: FieldDescriptor) -> int | None:
    """Return the maximum number of items of a list, or None if the contract sets no limit."""
    rules = field.GetOptions().Extensions[_extensions.field].repeated
    return rules.max_items if rules.HasField("max_items") else None


def too_many(path: str, most: int) -> Violation:
    """Return the violation of a list that has too many items."""
    return Violation(path, f"must contain no more than {most} item(s)", _ERROR_TYPES["repeated.max_items"])


def string_check(message: type[Message], name: str) -> Callable[[str], bool] | None:
    """Return a function that says whether a string field has a valid value, by its length and content alone.

    None where that is not all that its rules, or those of the whole message, look at. The rules of the other fields are
    not looked at. A check by protovalidate takes twenty times as long.
    """
    descriptor = message.DESCRIPTOR
    field = descriptor.fields_by_name[name]
    rules = field.GetOptions().Extensions[_extensions.field]
    if descriptor.GetOptions().HasExtension(_extensions.message) or field.containing_oneof is not None:
        return None
    if not _only(rules, "required", "string") or not _only(rules.string, "min_len", "max_len", "not_contains"):
        return None
    shortest = max(int(rules.required), rules.string.min_len)
    longest = rules.string.max_len if rules.string.HasField("max_len") else sys.maxsize
    without = rules.string.not_contains

    def check(string: str) -> bool:
        return shortest <= len(string) <= longest and not (without and without in string)

    return check


def _only(rules: Message, *names: str) -> bool:
    """Return whether rules set nothing but these fields."""
    return all(field.name in names for field, _ in rules.ListFields())


class Member(NamedTuple):
    """A field that is a list, or a message with lists in it."""

    name: str
    is_list: bool
    items_max: int
    has_lists: bool


@functools.cache
def members(descriptor: Descriptor) -> tuple[Member, ...]:
    """Return the fields of a message that are or contain lists. Requests are not recursive messages."""
    found = []
    for field in descriptor.fields:
        has_lists = field.message_type is not None and bool(members(field.message_type))
        if field.is_repeated or has_lists:
            found.append(Member(field.name, field.is_repeated, items_max(field) or _ITEMS_MAX, has_lists))
    return tuple(found)


def _too_long(message: Message, path: str) -> Iterator[Violation]:
    for member in members(message.DESCRIPTOR):
        if not member.is_list:
            if message.HasField(member.name):
                yield from _too_long(getattr(message, member.name), f"{path}{member.name}.")
            continue
        items = getattr(message, member.name)
        if len(items) > member.items_max:
            yield too_many(path + member.name, member.items_max)
        elif member.has_lists:
            for index, item in enumerate(items):
                yield from _too_long(item, f"{path}{member.name}[{index}].")


def _pieces(message: Message, size: int) -> Iterator[tuple[int, Message]]:
    """Split a message into copies with `size` items of each list, each with the index of its first item."""
    lists = {member.name: getattr(message, member.name) for member in members(message.DESCRIPTOR) if member.is_list}
    longest = max(map(len, lists.values()), default=0)
    if longest <= size:
        yield 0, message
        return
    others = type(message)(**{field.name: value for field, value in message.ListFields() if field.name not in lists})
    for start in range(0, longest, size):
        piece = type(message)()
        piece.CopyFrom(others)
        for name, items in lists.items():
            getattr(piece, name).extend(items[start : start + size])
        yield start, piece


def _of_piece(piece: Message, start: int) -> Iterator[Violation]:
    """Return the violations of a piece; those outside lists are reported only with the first piece."""
    for violation in _validator.collect_violations(piece):
        if start == 0 or _is_in_list(violation.proto):
            yield _translate(violation.proto, start)


def _is_in_list(violation: protovalidate.ViolationPb) -> bool:
    return violation.field is not None and violation.field.elements[0].subscript is not None


def _translate(violation: protovalidate.ViolationPb, start: int) -> Violation:
    """Translate a violation of a piece whose lists begin at index `start`."""
    path = ""
    for element in violation.field.elements if violation.field is not None else ():
        first = not path
        path += str(element.field_name) if first else f".{element.field_name}"
        if element.subscript is not None:
            index = element.subscript.value
            path += f"[{index + start if first and isinstance(index, int) else index}]"
    error_type = _ERROR_TYPES.get(violation.rule_id, "invalid")
    # A rule for a whole message names its field at the end of its id: "update_current_master.settings".
    if not path or violation.rule_id.startswith("github_checkout_setting."):
        path = ".".join(filter(None, (path, violation.rule_id.rpartition(".")[2])))
        error_type = "require" if " is required " in violation.message else "invalid"
    return Violation(path, _plain(violation.message or violation.rule_id), error_type)


def _plain(text: str) -> str:
    """Replace control characters by their code points, so that the text can be printed."""
    return re.sub(r"[\x00-\x1f\x7f]", lambda found: f"U+{ord(found[0]):04X}", text)
