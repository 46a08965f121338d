"""Reads the message of a request: from its body or its query, out of its envelope, from Protocol Buffers or JSON."""

import asyncio
import base64
import binascii
import re
import struct
import zlib

from aiohttp import web
from google.protobuf import json_format
from google.protobuf.message import Message

from redeemd.contract import json_text
from redeemd.door import body
from redeemd.door.connect.forms import Form, Protocol
from redeemd.errors import RequestMalformed, RequestTooLarge, ValidationFailed, Violation
from redeemd.http.limits import HttpLimits

_THREAD_BYTES = 4 * 1024  # larger messages are unpacked or parsed in a thread
_GZIP = zlib.MAX_WBITS | 16
_COMPRESSED = 1  # the flag of an envelope
_HEAD = struct.Struct(">BI")
_PACKED_BY = {Protocol.STREAM: "Connect-Content-Encoding", Protocol.WEB: "grpc-encoding"}
_FIELD = re.compile(r"Failed to parse (\w+) field: ")


async def read(
    request: web.Request, form: Form, message_type: type[Message], limits: HttpLimits, bytes_max: int
) -> bytes:
    """Return the serialized message of a request, whose body may have `bytes_max` bytes, packed or unpacked.

    Raises what body.read raises, RequestMalformed for what is no message, and ValidationFailed for JSON with a value
    that its field cannot have.
    """
    if request.headers.get("Connect-Protocol-Version", "1") != "1":
        raise RequestMalformed
    if request.method == "GET":
        data = await _of_query(request, form, bytes_max)
    else:
        data = await body.read(request, limits, bytes_max * 4 // 3 + 4 if form.text else bytes_max)
    if form.protocol != Protocol.UNARY:
        data = await _out_of_envelope(await _bytes_of(data) if form.text else data, request, form, bytes_max)
    if not form.json:
        return data
    return _from_json(data, message_type) if len(data) < _THREAD_BYTES else await _in_thread(data, message_type)


async def _in_thread(data: bytes, message_type: type[Message]) -> bytes:
    return await asyncio.to_thread(_from_json, data, message_type)


async def _of_query(request: web.Request, form: Form, bytes_max: int) -> bytes:
    """Return the message in the query of a GET request (https://connectrpc.com/docs/protocol/#unary-get-request)."""
    query = request.query
    text, compression = query.get("message"), query.get("compression", "identity")
    in_base64 = query.get("base64") == "1"
    if text is None or compression not in {"identity", "gzip"} or not (in_base64 or form.json):
        raise RequestMalformed
    try:
        data = _decoded(text.encode()) if in_base64 else text.encode()
    except UnicodeEncodeError:
        raise RequestMalformed from None
    return data if compression == "identity" else await _unpacked(data, bytes_max)


async def _bytes_of(text: bytes) -> bytes:
    """Decode Base64, which takes long in small pieces."""
    return _decoded(text) if len(text) < _THREAD_BYTES else await asyncio.to_thread(_decoded, text)


def _decoded(text: bytes) -> bytes:
    """Decode Base64 of either alphabet. Padding may be left out, or be in the middle, at the end of each piece."""
    padded = re.findall(rb"[^=]+", text.translate(bytes.maketrans(b"-_", b"+/"), b"\r\n"))
    try:
        return b"".join(base64.b64decode(piece + b"=" * (-len(piece) % 4), validate=True) for piece in padded)
    except binascii.Error:
        raise RequestMalformed from None


async def _out_of_envelope(data: bytes, request: web.Request, form: Form, bytes_max: int) -> bytes:
    """Return the only message of a stream."""
    if len(data) < _HEAD.size:
        raise RequestMalformed
    flags, size = _HEAD.unpack_from(data)
    message = data[_HEAD.size :]
    if len(message) != size or flags not in {0, _COMPRESSED}:
        raise RequestMalformed
    if not flags:
        return message
    if request.headers.get(_PACKED_BY[form.protocol]) != "gzip":
        raise RequestMalformed
    return await _unpacked(message, bytes_max)


async def _unpacked(data: bytes, bytes_max: int) -> bytes:
    """Return data without gzip. Raises RequestTooLarge, or RequestMalformed for what is no gzip."""
    unpack = zlib.decompressobj(_GZIP)
    try:
        unpacked = await asyncio.to_thread(unpack.decompress, data, bytes_max + 1)
    except zlib.error:
        raise RequestMalformed from None
    if len(unpacked) > bytes_max:
        raise RequestTooLarge(bytes=f"more than {bytes_max}", bytes_max=str(bytes_max))
    if not unpack.eof or unpack.unused_data:
        raise RequestMalformed
    return unpacked


def _from_json(data: bytes, message_type: type[Message]) -> bytes:
    message = message_type()
    try:
        members = json_text.read_object(data.decode()) if data.strip() else {}
        json_format.ParseDict(members, message, ignore_unknown_fields=True)
    except ValueError:  # UnicodeDecodeError and JsonError are ValueErrors
        raise RequestMalformed from None
    except json_format.ParseError as error:
        raise _wrong(str(error)) from None
    return message.SerializeToString()


def _wrong(problem: str) -> ValidationFailed | RequestMalformed:
    """Return the refusal of a value; a problem begins with the path of its field, and goes on with the value."""
    path, place = [], 0
    while found := _FIELD.match(problem, place):
        path.append(found[1])
        place = found.end()
    return ValidationFailed(violations=[Violation(".".join(path), "has another type")]) if path else RequestMalformed()
