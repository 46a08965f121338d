"""Reads the body of an HTTP request: bounded, also after decompression."""

import asyncio
import zlib
from collections.abc import AsyncIterator

from aiohttp import web

from redeemd.contract import json_text
from redeemd.contract.json_text import JsonObject
from redeemd.errors import RequestMalformed, RequestTooLarge

_GZIP = zlib.MAX_WBITS | 16
_STEP_BYTES = 128 * 1024  # unpacked at once, before other calls have their turn
_THREAD_BYTES = 64 * 1024  # texts from this size are parsed in a thread


async def read_json(request: web.Request, bytes_max: int) -> JsonObject:
    """Return the body as an object; an absent body is an empty one.

    Raises RequestTooLarge for a body of more than `bytes_max` bytes, packed or unpacked, and RequestMalformed for one
    that is no JSON object, or has another encoding than gzip.
    """
    if not request.can_read_body:
        return {}
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in {"identity", "gzip", ""}:
        raise RequestMalformed
    chunks = request.content.iter_any()
    return await parse(await _bounded(_unpacked(chunks) if encoding == "gzip" else chunks, bytes_max))


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


async def _bounded(chunks: AsyncIterator[bytes], bytes_max: int) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > bytes_max:
            raise RequestTooLarge(bytes=str(len(body)), bytes_max=str(bytes_max))
    return bytes(body)


async def _unpacked(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield what gzip data contains, in pieces of at most _STEP_BYTES."""
    gunzip = zlib.decompressobj(_GZIP)
    try:
        async for chunk in chunks:
            packed = chunk
            while packed:
                yield gunzip.decompress(packed, _STEP_BYTES)
                packed = gunzip.unconsumed_tail
                await asyncio.sleep(0)
    except zlib.error:
        raise RequestMalformed from None
    if not gunzip.eof or gunzip.unused_data:
        raise RequestMalformed
