"""Request bodies, decoded piece by piece and never held as a whole, from clients that may lie, stall or disconnect."""

import asyncio
import zlib
from collections.abc import AsyncGenerator, Iterator

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from redeemd.http.limits import HttpLimits
from redeemd.http.refusal import Refused

PIECE_BYTES = 256 * 1024  # decoded at a time; more would block the event loop

_BROKEN = "the body is incomplete, or not encoded as Content-Encoding says"
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32  # detected from the header of the data


class Body:
    """The body of one request."""

    def __init__(self, request: web.Request, limits: HttpLimits, *, bytes_max: int) -> None:
        """Check the headers. Raises Refused for a length or an encoding that is not accepted."""
        self._content = request.content
        self._limits = limits
        self._bytes_max = bytes_max
        self._unpack = _unpacker(request)
        self._waited = 0.0
        self._received = 0
        self._yielded = 0
        if (request.content_length or 0) > bytes_max:
            raise self._too_long()

    async def pieces(self) -> AsyncGenerator[bytes]:
        """Yield the decoded body. Raises Refused for one that is too long, too slow, cut off or badly encoded."""
        try:
            while part := await self._part():
                for piece in self._decoded(part):
                    yield piece
        except (web.RequestPayloadError, HttpProcessingError, ConnectionError, zlib.error):
            raise _broken() from None
        if self._unpack is not None and not self._unpack.eof:
            raise _broken()

    async def _part(self) -> bytes:
        """Return the bytes that have arrived; none at the end."""
        now = asyncio.get_running_loop().time
        began = now()
        try:
            async with asyncio.timeout(self._allowed_seconds()):
                part = await self._content.readany()
                await asyncio.sleep(0)  # readany does not yield if data is there, be it one byte each time
        except TimeoutError:
            raise Refused(408, "the upload took too long") from None
        self._waited += now() - began
        self._received += len(part)
        if self._received > self._bytes_max:
            raise self._too_long()
        return part

    def _allowed_seconds(self) -> float:
        limits = self._limits
        earned = limits.upload_patience_seconds + self._received / limits.upload_bytes_per_second
        return min(earned, limits.upload_seconds) - self._waited

    def _decoded(self, part: bytes) -> Iterator[bytes]:
        for piece in (part,) if self._unpack is None else _unpacked(self._unpack, part):
            self._yielded += len(piece)
            if self._yielded > self._bytes_max:
                raise self._too_long()
            yield piece

    def _too_long(self) -> Refused:
        return Refused(413, f"at most {self._bytes_max} bytes may be uploaded here")


def _broken() -> Refused:
    return Refused(400, _BROKEN)


def _unpacker(request: web.Request) -> "zlib._Decompress | None":
    """Return the decoder of a body. Not left to aiohttp, which accepts a truncated gzip body. Raises Refused."""
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if encoding not in {"identity", "gzip", "deflate"}:
        raise Refused(415, "send the body unencoded, or with Content-Encoding gzip or deflate")
    return None if encoding == "identity" else zlib.decompressobj(_GZIP_OR_ZLIB)


def _unpacked(unpack: "zlib._Decompress", part: bytes) -> Iterator[bytes]:
    """Yield the decoded bytes of a part. Raises Refused for data after the end of the encoding."""
    while part:
        piece = unpack.decompress(part, PIECE_BYTES)
        part = unpack.unconsumed_tail
        if unpack.unused_data:
            raise _broken()
        yield piece
