"""How messages are written: the protocol, the codec and the envelopes, which the content type says."""

import asyncio
import base64
import struct
from enum import Enum
from typing import NamedTuple

from google.protobuf import json_format
from google.protobuf.message import Message

_THREAD_BYTES = 4 * 1024  # larger messages are written as JSON in a thread


class Protocol(Enum):
    """The protocol of a call."""

    UNARY = "Connect, one message each way"
    STREAM = "Connect, messages in envelopes"
    WEB = "gRPC-Web"


class Form(NamedTuple):
    """How messages are written. `text`: what is sent is Base64, for clients that can only read text."""

    protocol: Protocol
    content_type: str
    json: bool = False
    text: bool = False

    async def encode(self, message: Message) -> bytes:
        """Return a message as bytes."""
        if not self.json:
            return message.SerializeToString()
        if message.ByteSize() < _THREAD_BYTES:
            return _to_json(message)
        return await asyncio.to_thread(_to_json, message)

    def envelope(self, flags: int, data: bytes) -> bytes:
        """Return a message of a stream, with its flags and its length before it."""
        framed = struct.pack(">BI", flags, len(data)) + data
        return base64.b64encode(framed) if self.text else framed


def _to_json(message: Message) -> bytes:
    # Not the documented JSON: clients of these protocols read that of Protocol Buffers.
    return json_format.MessageToJson(message, indent=None, ensure_ascii=False).encode()


_WEB = "application/grpc-web"
_FORMS = {
    form.content_type: form
    for form in (
        Form(Protocol.UNARY, "application/proto"),
        Form(Protocol.UNARY, "application/json", json=True),
        Form(Protocol.STREAM, "application/connect+proto"),
        Form(Protocol.STREAM, "application/connect+json", json=True),
        Form(Protocol.WEB, _WEB),
        Form(Protocol.WEB, f"{_WEB}+proto"),
        Form(Protocol.WEB, f"{_WEB}+json", json=True),
        Form(Protocol.WEB, f"{_WEB}-text", text=True),
        Form(Protocol.WEB, f"{_WEB}-text+proto", text=True),
    )
}


def of_type(content_type: str, *, streams: bool) -> Form | None:
    """Return the form of a request by its content type; None if it is not one for the method."""
    form = _FORMS.get(content_type)
    return form if form is not None and form.content_type in accepted(streams=streams) else None


def of_query(encoding: str) -> Form | None:
    """Return the form of a GET request, by its parameter."""
    return of_type(f"application/{encoding}", streams=False)


def accepted(*, streams: bool) -> list[str]:
    """Return the content types of a method."""
    refused = Protocol.UNARY if streams else Protocol.STREAM
    return [name for name, form in _FORMS.items() if form.protocol != refused]
