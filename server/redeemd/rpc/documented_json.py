"""Messages in the documented JSON: camelCase names, enum values as the documents spell them.

Used for JSON text that crosses the border: master data now, action requests and user data later. Not
google.protobuf.json_format, because that spells enums as the proto does and tells no path when it refuses.
"""

from collections.abc import Sequence
from typing import Any

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message

from redeemd.contract import spelling
from redeemd.errors import Violation

_INT32 = (-(2**31), 2**31 - 1)
_INT64 = (-(2**63), 2**63 - 1)
_INTEGERS = {FieldDescriptor.TYPE_INT32: _INT32, FieldDescriptor.TYPE_INT64: _INT64}


def to_json(message: Message) -> dict[str, Any]:
    """Render the fields that are set."""
    return {field.json_name: _render(field, value) for field, value in message.ListFields()}


def _render(field: FieldDescriptor, value: Any) -> Any:
    if field.is_repeated:
        return [_render_one(field, item) for item in value]
    return _render_one(field, value)


def _render_one(field: FieldDescriptor, value: Any) -> Any:
    if field.message_type is not None:
        return to_json(value)
    if field.enum_type is not None:
        return spelling(field.enum_type, value)
    return value


def from_json(value: Any, message: Message, path: str, problems: list[Violation], *, ignore: str = "") -> None:
    """Fill a message from parsed JSON; unknown names are ignored, null is absence. Adds to `problems` what is wrong.

    `ignore` is a field that is the server's to fill.
    """
    if not isinstance(value, dict):
        problems.append(Violation(path, "must be an object"))
        return
    fields: Sequence[Any] = message.DESCRIPTOR.fields
    for field in fields:
        given = value.get(field.json_name)
        if given is None or field.name == ignore:
            continue
        where = f"{path}.{field.json_name}"
        if not field.is_repeated:
            _fill(field, given, message, where, problems)
        elif isinstance(given, list):
            for index, item in enumerate(given):
                _append(field, item, message, f"{where}[{index}]", problems)
        else:
            problems.append(Violation(where, "must be a list"))


def _fill(field: FieldDescriptor, given: Any, message: Message, where: str, problems: list[Violation]) -> None:
    if field.message_type is not None:
        child = getattr(message, field.name)
        child.SetInParent()
        from_json(given, child, where, problems)
        return
    value = _scalar(field, given, where, problems)
    if value is not None:
        setattr(message, field.name, value)


def _append(field: FieldDescriptor, given: Any, message: Message, where: str, problems: list[Violation]) -> None:
    into = getattr(message, field.name)
    if field.message_type is not None:
        from_json(given, into.add(), where, problems)
        return
    value = _scalar(field, given, where, problems)
    if value is not None:
        into.append(value)


def _scalar(field: FieldDescriptor, given: Any, where: str, problems: list[Violation]) -> Any:
    """Answer the field's value, or None after telling what is wrong."""
    if field.enum_type is not None:
        return _enum(field.enum_type, given, where, problems)
    if field.type == FieldDescriptor.TYPE_STRING and isinstance(given, str):
        return given
    if field.type == FieldDescriptor.TYPE_BOOL and isinstance(given, bool):
        return given
    if field.type in _INTEGERS and isinstance(given, int) and not isinstance(given, bool):
        low, high = _INTEGERS[field.type]
        if low <= given <= high:
            return given
    problems.append(Violation(where, f"must be {_KINDS.get(field.type, 'of another kind')}"))
    return None


_KINDS = {
    FieldDescriptor.TYPE_STRING: "a string",
    FieldDescriptor.TYPE_BOOL: "true or false",
    FieldDescriptor.TYPE_INT32: "an integer of 32 bits",
    FieldDescriptor.TYPE_INT64: "an integer of 64 bits",
}


def _enum(enum: EnumDescriptor, given: Any, where: str, problems: list[Violation]) -> int | None:
    spellings = {spelling(enum, value.number): value.number for value in enum.values if value.number}
    if isinstance(given, str) and given in spellings:
        return spellings[given]
    problems.append(Violation(where, f"must be one of {', '.join(spellings)}"))
    return None
