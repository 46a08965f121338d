"""Requests by the Connect and gRPC-Web protocols, written as bytes."""

import base64
import json
import struct
from collections.abc import Mapping
from typing import Any, NamedTuple

from google.protobuf import json_format
from google.protobuf.message import Message

from support.http import at
from support.service import HttpAnswer, Service

KEYS = "/redeem.serialkey.v1.SerialKeyService"


class Ended(NamedTuple):
    """The messages of a stream, and how it ended: an object of Connect, or the trailers of gRPC-Web."""

    messages: list[bytes]
    end: dict[str, Any]


def enveloped(message: Message | bytes, flags: int = 0) -> bytes:
    """Return a message in its envelope."""
    data = message if isinstance(message, bytes) else message.SerializeToString()
    return struct.pack(">BI", flags, len(data)) + data


async def post(
    service: Service, path: str, message: Message | bytes, content_type: str, headers: Mapping[str, str] = {}
) -> HttpAnswer:
    """Send a message as the administrator, in JSON if the type says so, or bytes as they are."""
    if isinstance(message, bytes):
        data = message
    elif content_type.endswith("json"):
        data = json_format.MessageToJson(message).encode()
    else:
        data = message.SerializeToString()
    given = {**dict(service.admin), "Content-Type": content_type, **headers}
    return await service.http("POST", at(service, path), data=data, headers=given)


def error_of(answer: HttpAnswer) -> tuple[int, str, str]:
    """Return the status, the code and the reason of a refusal."""
    error = json.loads(answer.body)
    assert error["message"]
    return answer.status, error["code"], error["details"][0]["debug"]["reason"]


def read_stream(body: bytes) -> Ended:
    """Read the envelopes of a response."""
    messages: list[bytes] = []
    while body:
        flags, size = struct.unpack_from(">BI", body)
        data, body = body[5 : 5 + size], body[5 + size :]
        if flags == 0b10:
            return Ended(messages, json.loads(data))
        if flags == 0x80:
            assert not body, "nothing follows the trailers"
            lines = [line.split(": ", 1) for line in data.decode().split("\r\n") if line]
            return Ended(messages, dict(lines))
        messages.append(data)
    raise AssertionError("the stream has no end")


def in_pieces(data: bytes) -> bytes:
    """Return Base64 with padding in the middle, as clients may send it."""
    return base64.b64encode(data[:4]) + base64.b64encode(data[4:])
