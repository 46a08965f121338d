"""Adds the caller, the request and the reply to the log line of a call, in namespaces with a log setting.

They are in the documented JSON, made for human readers: fields that the contract marks as secret are redacted, long
values are truncated and marked as such, and no text of a caller or player can make the addition longer than
ADDITION_CHARACTERS_MAX or end the line early.
"""

import json
from itertools import islice
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from redeemd.contract import options
from redeemd.rpc.call import Call

TEXT_CHARACTERS_MAX = 1024
LIST_ITEMS_MAX = 10
# For the whole addition; lines are ASCII, so a character is a byte.
ADDITION_CHARACTERS_MAX = 32 * 1024

_NOTE_CHARACTERS_MAX = 64


class Entry:
    """The log entry of one call. `call` is set once it is known that its namespace has a log setting."""

    __slots__ = ("began", "call", "logging_namespace_id", "request_id", "sent")

    def __init__(self, request_id: str, began: float) -> None:
        self.request_id = request_id
        self.began = began
        self.call: Call[Message] | None = None
        self.logging_namespace_id = ""
        self.sent: int | None = None  # messages of a response stream

    def text(self, reply: Message | None) -> str:
        """Render the members of a JSON object, each preceded by a comma; "" without a log setting."""
        if self.call is None:
            return ""
        caller = self.call.caller
        plain = {
            "logging_namespace_id": self.logging_namespace_id,
            "user_id": caller.user_id,
            "key_id": caller.key_id,
            "messages_sent": self.sent,
        }
        text = "".join(f',"{name}":{_json(value)}' for name, value in plain.items() if value is not None)
        room = ADDITION_CHARACTERS_MAX - len(text) - 2 * _NOTE_CHARACTERS_MAX
        for name, message in (("request", self.call.request), ("answer", reply)):
            if message is not None:
                member = _member(name, message, room)
                room -= len(member)
                text += member
        return text


def _member(name: str, message: Message, room: int) -> str:
    member = f',"{name}":{_json(_shown(message))}'
    return member if len(member) <= room else f',"{name}":"(left out, {message.ByteSize()} bytes)"'


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def _shown(message: Message) -> dict[str, object]:
    """Return an excerpt of documented_json.to_json; never visits more than it shows."""
    return {field.json_name: _field(field, value) for field, value in message.ListFields()}


def _field(field: FieldDescriptor, value: Any) -> object:  # the type of the value is that of the field
    if options.is_secret(field):
        return f"(redacted, {len(value)})" if field.is_repeated else "(redacted)"
    if not field.is_repeated:
        return _one(field, value)
    items = [_one(field, item) for item in islice(value, LIST_ITEMS_MAX)]
    if len(value) > LIST_ITEMS_MAX:
        items.append(f"(the first {LIST_ITEMS_MAX} of {len(value)})")
    return items


def _one(field: FieldDescriptor, value: object) -> object:
    if isinstance(value, Message):
        return _shown(value)
    if field.enum_type is not None:  # a newer client may send numbers that have no spelling here
        return options.spelling(field.enum_type, value) if value in field.enum_type.values_by_number else value
    if isinstance(value, bytes):
        return f"({len(value)} bytes)"
    if isinstance(value, str) and len(value) > TEXT_CHARACTERS_MAX:
        return f"{value[:TEXT_CHARACTERS_MAX]} (cut, {len(value)} characters)"
    return value
