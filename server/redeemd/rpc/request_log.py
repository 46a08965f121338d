"""Adds the caller, the request and the reply to the log line of a call, in namespaces with a log setting.

They are in the documented JSON, made for human readers: fields that the contract marks as secret are redacted, long
values are truncated and marked as such, and no text of a caller or player can make the addition longer than
ADDITION_CHARACTERS_MAX or end the line early.
"""

import json
from collections.abc import Mapping
from itertools import islice
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from redeemd.base.trace import Trace
from redeemd.contract import options
from redeemd.rpc.call import NOBODY, Call

TEXT_CHARACTERS_MAX = 1024
LIST_ITEMS_MAX = 10
# For the whole addition; lines are ASCII, so a character is a byte.
ADDITION_CHARACTERS_MAX = 32 * 1024

_NOTE_CHARACTERS_MAX = 64

# json.dumps with these arguments would make an encoder for each value.
_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


class Entry:
    """The log entry of one call.

    caller                the caller, once it is identified
    trace                 the trace that the call belongs to, if any
    call                  the call, once it is admitted
    logging_namespace_id  that of the log setting of its namespace; "" without one
    sent                  the number of messages of a response stream
    items                 the number of items of a batch that have an outcome; None for other calls
    failed                how many of those failed
    stranger              the SPIFFE ID of a peer that has no role
    """

    __slots__ = (
        *(
            "began",
            "call",
            "caller",
            "failed",
            "items",
            "logging_namespace_id",
            "request_id",
            "sent",
            "stranger",
            "trace",
        ),
    )

    def __init__(self, request_id: str, began: float, trace: Trace | None = None) -> None:
        self.request_id = request_id
        self.trace = trace
        self.began = began
        self.caller = NOBODY
        self.call: Call[Message] | None = None
        self.logging_namespace_id = ""
        self.sent: int | None = None
        self.items: int | None = None
        self.failed = 0
        self.stranger: str | None = None

    @property
    def trace_id(self) -> str | None:
        """The id of the trace of the call."""
        return None if self.trace is None else self.trace.context.trace_id

    @property
    def known(self) -> dict[str, str | None]:
        """The known facts about the call: its id, its key and its namespace."""
        request = None if self.call is None else self.call.request
        return {
            "request_id": self.request_id,
            "key_id": self.caller.key_id,
            "namespace": getattr(request, "namespace_name", None),
        }

    def members(self, peer: str) -> str:
        """Render the members that every line has, each preceded by a comma: the ids, the namespace and the peer."""
        facts: dict[str, object] = {"trace_id": self.trace_id, **self.known, "peer": peer, "spiffe_id": self.stranger}
        if self.items is not None:
            facts |= {"items": self.items, "items_failed": self.failed}
        return _members(facts)

    def text(self, reply: Message | None) -> str:
        """Render the members for a namespace with a log setting, each preceded by a comma; "" without a setting."""
        if self.call is None or not self.logging_namespace_id:
            return ""
        plain = {
            "logging_namespace_id": self.logging_namespace_id,
            "user_id": self.call.caller.user_id,
            "messages_sent": self.sent,
        }
        text = _members(plain)
        room = ADDITION_CHARACTERS_MAX - len(text) - 2 * _NOTE_CHARACTERS_MAX
        for name, message in (("request", self.call.request), ("answer", reply)):
            if message is not None:
                member = _member(name, message, room)
                room -= len(member)
                text += member
        return text


def _members(values: Mapping[str, object]) -> str:
    return "".join(f',"{name}":{_json(value)}' for name, value in values.items() if value is not None)


def _member(name: str, message: Message, room: int) -> str:
    member = f',"{name}":{_json(_shown(message))}'
    return member if len(member) <= room else f',"{name}":"(left out, {message.ByteSize()} bytes)"'


def _json(value: object) -> str:
    return _ENCODER.encode(value)


def _shown(message: Message) -> dict[str, object]:
    """Return an excerpt of documented_json.to_json; never visits more than it shows."""
    return {field.json_name: _field(field, value) for field, value in message.ListFields()}


def _field(field: FieldDescriptor, value: Any) -> object:  # the type of the value is that of the field
    if options.is_secret(field):
        return f"(redacted, {len(value)})" if field.is_repeated else "(redacted)"
    if not field.is_repeated:
        return _one(field, value)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        values = field.message_type.fields_by_name["value"]
        return {str(key): _one(values, value[key]) for key in islice(value, LIST_ITEMS_MAX)}
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
