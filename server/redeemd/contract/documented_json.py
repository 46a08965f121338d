"""Converts messages to and from the documented JSON: camelCase names, enum values as spelled in the documents.

Used for JSON text exchanged with clients: master data, requests and results of actions, user data.
google.protobuf.json_format is not suitable, because it spells enums as the proto does and reports no path in errors.
"""

import dataclasses
import functools
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring
from typing import Any, TypeGuard

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message

from redeemd.contract import json_text, validation
from redeemd.contract.json_text import JsonObject
from redeemd.contract.options import is_json_text, spelling
from redeemd.errors import VIOLATIONS_MAX, Violation

_INT32 = (-(2**31), 2**31 - 1)
_INT64 = (-(2**63), 2**63 - 1)
_INTEGERS = {FieldDescriptor.TYPE_INT32: _INT32, FieldDescriptor.TYPE_INT64: _INT64}
_INTEGER_TEXT = re.compile(r"-?[0-9]{1,19}")
_DOUBLE_TEXT = re.compile(r"-?[0-9]{1,19}(\.[0-9]{1,19})?([eE][-+]?[0-9]{1,2})?")
_BOOL_TEXTS = {"true": True, "True": True, "false": False, "False": False}  # also as .NET spells them


Render = Callable[[Any], str]  # renders a value of one field, whose type is that of the field
_Scalar = str | bool | int | float


def to_text(message: Message) -> str:
    """Render the fields that are set as compact JSON.

    Rendered directly, without a dictionary, because every action of a transaction is rendered twice.
    """
    members = _members(message.DESCRIPTOR)
    texts = []
    for field, value in message.ListFields():
        name, render = members[field]
        texts.append(name + render(value))
    return "{" + ",".join(texts) + "}"


def renderer(message: type[Message]) -> Callable[[Mapping[str, object]], str]:
    """Return a function that renders a message from its fields, by name, without the message.

    It returns what `to_text` returns for a message that is constructed with these fields; None is absence. For messages
    whose fields are neither lists nor messages.
    """
    members = [
        (field.name, beginning, render_one, None if field.has_presence else field.default_value)
        for field, (beginning, render_one) in _members(message.DESCRIPTOR).items()
    ]

    def render(values: Mapping[str, object]) -> str:
        get = values.get
        texts = [
            beginning + render_one(value)
            for name, beginning, render_one, absent in members
            if (value := get(name)) is not None and value != absent
        ]
        return "{" + ",".join(texts) + "}"

    return render


def to_json(message: Message) -> JsonObject:
    """Return the parsed JSON of `to_text`."""
    parsed: JsonObject = json.loads(to_text(message))
    return parsed


@functools.cache
def _members(descriptor: Descriptor) -> dict[FieldDescriptor, tuple[str, Render]]:
    """Return, for each field of a message, the beginning of its JSON member and the function that renders its value."""
    fields = sorted(descriptor.fields, key=lambda field: field.number)  # the order of ListFields
    return {field: (f"{encode_basestring(field.json_name)}:", _renderer(field)) for field in fields}


def _renderer(field: FieldDescriptor) -> Render:
    render = _renderer_of_one(field)
    return (lambda values: f"[{','.join(map(render, values))}]") if field.is_repeated else render


def _renderer_of_one(field: FieldDescriptor) -> Render:
    return to_text if field.message_type is not None else scalar_renderer(field)


def scalar_renderer(field: FieldDescriptor) -> Render:
    """Return the function that renders one value of a field that holds no messages."""
    enum = field.enum_type
    if enum is not None:
        return {value.number: encode_basestring(spelling(enum, value.number)) for value in enum.values}.__getitem__
    return _RENDERERS[field.type]


# Functions written in C where they exist.
_RENDERERS: dict[int, Render] = {
    FieldDescriptor.TYPE_STRING: encode_basestring,
    FieldDescriptor.TYPE_BOOL: {False: "false", True: "true"}.__getitem__,
    FieldDescriptor.TYPE_INT32: str,
    FieldDescriptor.TYPE_INT64: str,
    FieldDescriptor.TYPE_DOUBLE: repr,
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Fills messages from parsed JSON; null means absence.

    strict   refuses unknown names, which are ignored otherwise, and implies `texts`
    texts    reads a string as a number or boolean if the field has that type, as needed for requests of actions, whose
             placeholders are strings. Otherwise every value must have the type of its field.
    hole     is a type whose instances represent values that are filled in later; their fields stay absent
    ignore   is the name of a field that the server itself fills
    problems collects the violations
    """

    strict: bool = False
    texts: bool = False
    hole: type | None = None
    ignore: str = ""
    problems: list[Violation] = dataclasses.field(default_factory=list)

    def read(self, value: object, message: Message, path: str) -> None:
        """Fill a message; add violations to `problems`."""
        if not isinstance(value, dict):
            self._problem(path, "must be an object")
            return
        fields: Sequence[Any] = message.DESCRIPTOR.fields  # the stubs name two classes of fields
        if self.strict:
            known = [field.json_name for field in fields]
            if not value.keys() <= set(known):  # errors never quote what callers sent
                self._problem(path, f"may only have {', '.join(known)}")
        for field in fields:
            given = value.get(field.json_name)
            if given is None or field.name == self.ignore:
                continue
            where = join(path, field.json_name)
            if not field.is_repeated:
                self.fill(field, given, message, where)
            else:
                self._read_list(field, given, message, where)

    def _read_list(self, field: FieldDescriptor, given: object, message: Message, where: str) -> None:
        """Read the items of a list, unless it has too many."""
        if not isinstance(given, list):
            self._problem(where, "must be a list")
            return
        most = validation.items_max(field)
        if most is not None and len(given) > most:
            self.problems.append(validation.too_many(where, most))
            return
        for index, item in enumerate(given):
            if len(self.problems) >= VIOLATIONS_MAX:
                return
            self._append(field, item, message, f"{where}[{index}]")

    def fill(self, field: FieldDescriptor, given: object, message: Message, where: str) -> None:
        """Set one field; add violations to `problems`."""
        if field.message_type is not None:
            child = getattr(message, field.name)
            child.SetInParent()
            self.read(given, child, where)
            return
        value = self._scalar(field, given, where)
        if value is not None:
            setattr(message, field.name, value)

    def _append(self, field: FieldDescriptor, given: object, message: Message, where: str) -> None:
        into = getattr(message, field.name)
        if field.message_type is not None:
            self.read(given, into.add(), where)
            return
        value = self._scalar(field, given, where)
        if value is not None:
            into.append(value)

    def _scalar(self, field: FieldDescriptor, given: object, where: str) -> _Scalar | None:
        """Return the field's value; None for a hole, or after adding a violation."""
        if self._is_hole(given):
            return None
        if field.enum_type is not None:
            return self._enum(field.enum_type, given, where)
        value = _read_text(field, given) if (self.strict or self.texts) and isinstance(given, str) else given
        if _fits(value, field):
            return float(value) if field.type == FieldDescriptor.TYPE_DOUBLE else value
        if is_json_text(field) and isinstance(given, dict):
            return json_text.write(self._without_holes(given))
        self._problem(where, f"must be {_KINDS.get(field.type, 'of another type')}")
        return None

    def _enum(self, enum: EnumDescriptor, given: object, where: str) -> int | None:
        spellings = {spelling(enum, value.number): value.number for value in enum.values if value.number}
        if isinstance(given, str) and given in spellings:
            return spellings[given]
        self._problem(where, f"must be one of {', '.join(spellings)}")
        return None

    def _is_hole(self, given: object) -> bool:
        return self.hole is not None and isinstance(given, self.hole)

    def _without_holes(self, value: object) -> object:
        if isinstance(value, list):
            return [self._without_holes(item) for item in value if not self._is_hole(item)]
        if isinstance(value, dict):
            return {name: self._without_holes(item) for name, item in value.items() if not self._is_hole(item)}
        return value

    def _problem(self, path: str, text: str) -> None:
        self.problems.append(Violation(path, text))


def read_checked(
    value: object, message: Message, where: str, *, strict: bool = False, ignore: str = ""
) -> list[Violation]:
    """Fill a message from parsed JSON; return the violations of the JSON or, if there are none, of the rules."""
    reader = Reader(strict=strict, ignore=ignore)
    reader.read(value, message, where)
    return reader.problems or located(validation.violations(message), where)


def located(problems: Iterable[Violation], where: str) -> list[Violation]:
    """Return the violations of a message, whose fields have proto names, as violations of the JSON at a path."""
    return [Violation(join(where, camel(it.field)), it.description, it.error_type) for it in problems]


def join(path: str, name: str) -> str:
    """Return the path of a member; either part may be empty."""
    return f"{path}.{name}" if path and name else path or name


def camel(path: str) -> str:
    """Return a path of proto names as the documents spell it: config[0].user_id becomes config[0].userId."""
    head, *rest = path.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def _fits(value: object, field: FieldDescriptor) -> TypeGuard[_Scalar]:
    if field.type == FieldDescriptor.TYPE_STRING:
        return isinstance(value, str)
    if field.type == FieldDescriptor.TYPE_BOOL:
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if field.type == FieldDescriptor.TYPE_DOUBLE:
        return isinstance(value, int | float)
    if field.type in _INTEGERS and isinstance(value, int):
        low, high = _INTEGERS[field.type]
        return low <= value <= high
    return False


def _read_text(field: FieldDescriptor, text: str) -> _Scalar:
    """Read a string as the value of a field of another type; return it unchanged if that is not possible."""
    if field.type in _INTEGERS and _INTEGER_TEXT.fullmatch(text):
        return int(text)
    if field.type == FieldDescriptor.TYPE_DOUBLE and _DOUBLE_TEXT.fullmatch(text):
        return float(text)
    if field.type == FieldDescriptor.TYPE_BOOL:
        return _BOOL_TEXTS.get(text, text)
    return text


_KINDS = {
    FieldDescriptor.TYPE_STRING: "a string",
    FieldDescriptor.TYPE_BOOL: "true or false",
    FieldDescriptor.TYPE_INT32: "a 32-bit integer",
    FieldDescriptor.TYPE_INT64: "a 64-bit integer",
    FieldDescriptor.TYPE_DOUBLE: "a number",
}
