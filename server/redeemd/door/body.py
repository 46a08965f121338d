"""Reads the body of a request, and JSON in it, within bounds."""

import asyncio

from aiohttp import web

from redeemd.contract import json_text
from redeemd.contract.json_text import JsonObject
from redeemd.errors import MessageTimeout, RequestMalformed, RequestTooLarge, ServiceError
from redeemd.http.bodies import Body
from redeemd.http.limits import HttpLimits
from redeemd.http.refusal import Refused

_THREAD_BYTES = 64 * 1024  # texts from this size are parsed in a thread


async def read_json(request: web.Request, limits: HttpLimits, bytes_max: int) -> JsonObject:
    """Return the body as an object; an absent body is an empty one.

    Raises what `read` raises, and RequestMalformed for a body that is no JSON object.
    """
    return await parse(await read(request, limits, bytes_max))


async def read(request: web.Request, limits: HttpLimits, bytes_max: int) -> bytes:
    """Return the body, unpacked; an absent body is empty.

    Raises RequestTooLarge for a body of more than `bytes_max` bytes, packed or unpacked, MessageTimeout for one that
    comes too slowly, and RequestMalformed for one that is cut off or badly packed.
    """
    if not request.can_read_body:
        return b""
    body = bytearray()
    try:
        async for piece in Body(request, limits, bytes_max=bytes_max).pieces():
            body += piece
            await asyncio.sleep(0)  # unpacking need not wait for the network
    except Refused as refused:
        raise _refusal(refused, bytes_max) from None
    return bytes(body)


def _refusal(refused: Refused, bytes_max: int) -> ServiceError:
    if refused.status == web.HTTPRequestEntityTooLarge.status_code:
        return RequestTooLarge(bytes=f"more than {bytes_max}", bytes_max=str(bytes_max))
    return MessageTimeout() if refused.status == web.HTTPRequestTimeout.status_code else RequestMalformed()


async def parse(data: bytes) -> JsonObject:
    """Parse an object. Raises RequestMalformed."""
    if len(data) < _THREAD_BYTES:
        return _parse(data)
    return await asyncio.to_thread(_parse, data)


def _parse(data: bytes) -> JsonObject:
    if not data.strip():
        return {}
    try:
        return json_text.read_object(data.decode("utf-8-sig"))
    except ValueError:  # UnicodeDecodeError and JsonError are ValueErrors
        raise RequestMalformed from None
