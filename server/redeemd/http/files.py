"""Down- and uploads under signed URLs. Whatever is wrong is told in a line of text, and nothing is kept of it."""

import asyncio
import re
import zlib

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from redeemd.clock import Clock
from redeemd.errors import ServiceError
from redeemd.http.links import Content, Link, LinkExpired, LinkInvalid, Links, Open
from redeemd.http.uploads import AlreadyUploaded, Uploads
from redeemd.store.base import StoreError
from redeemd.telemetry import Telemetry

UPLOADS_MAX = 8  # at a time; the others wait, because each is held in memory until it is whole
UPLOAD_SECONDS_MAX = 300.0

_PURPOSE = web.RequestKey("purpose", str)
_BROKEN = "the body is not whole, or not encoded as it says"
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32  # by the header of what comes
_RANGE = re.compile(r"^bytes=(?P<first>\d{0,18})-(?P<last>\d{0,18})$")
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


class Refused(Exception):
    """An answer of 4xx or 5xx with its text."""

    def __init__(self, status: int, text: str, **headers: str) -> None:
        super().__init__(text)
        self.status = status
        self.headers = headers


class Files:
    """Serves the links of this service, whichever replica made them."""

    def __init__(self, links: Links, uploads: Uploads, clock: Clock, telemetry: Telemetry) -> None:
        self._links = links
        self._uploads = uploads
        self._clock = clock
        self._telemetry = telemetry
        self._uploading = asyncio.Semaphore(UPLOADS_MAX)
        self.downloads: dict[str, Open] = {}  # by purpose

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve GET, HEAD and PUT of /files/<token>, and log that somebody did, without the token."""
        response = await self._answer(request)
        purpose = request.get(_PURPOSE)
        self._telemetry.event("file", method=request.method, purpose=purpose, status=response.status)
        return response

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        try:
            method = "GET" if request.method == "HEAD" else request.method
            link = self._link(request.match_info["token"], method)
            request[_PURPOSE] = link.purpose
            if method == "PUT":
                return await self._put(request, link)
            return await self._get(request, link)
        except Refused as refusal:
            return _refusal(refusal.status, str(refusal), refusal.headers)
        except ServiceError as refusal:
            return _refusal(404 if refusal.status.name == "NOT_FOUND" else 400, str(refusal), {})
        except StoreError:
            return _refusal(503, "the store cannot be reached; try again", {"Retry-After": "1"})
        except ConnectionError:
            raise
        except Exception as defect:  # noqa: BLE001 -- whatever it is, the caller hears 500 and nothing of the inside
            self._telemetry.defect(defect)
            return _refusal(500, "an unexpected error", {})

    def _link(self, token: str, method: str) -> Link:
        try:
            return self._links.read(token, method=method, now=self._clock.now_ms())
        except LinkInvalid:
            raise Refused(403, "this URL is not one of this service, or not for this method") from None
        except LinkExpired:
            raise Refused(410, "this URL has expired; ask for a new one") from None

    async def _put(self, request: web.Request, link: Link) -> web.Response:
        async with self._uploading:
            data = await _whole_body(request, link.bytes_max)
            try:
                await self._uploads.put(link, data, now=self._clock.now_ms())
            except AlreadyUploaded:
                raise Refused(409, "this URL was used before; ask for a new one") from None
        return web.Response(status=204, headers=_HEADERS)

    async def _get(self, request: web.Request, link: Link) -> web.StreamResponse:
        open_content = self.downloads.get(link.purpose)
        content = None if open_content is None else await open_content(link)
        if content is None:
            raise Refused(404, "what this URL led to is no more")
        first, end = _range(request, content)
        response = web.StreamResponse(status=200 if (first, end) == (0, content.size) else 206, headers=_HEADERS)
        response.content_type = content.media_type
        response.charset = "utf-8"
        response.headers["Content-Disposition"] = f'attachment; filename="{content.filename}"'
        if content.etag is not None:
            response.headers["ETag"] = content.etag
        if content.size is not None and end is not None:
            response.headers["Accept-Ranges"] = "bytes"
            response.content_length = end - first
            if response.status == 206:  # noqa: PLR2004 -- partial content
                response.headers["Content-Range"] = f"bytes {first}-{end - 1}/{content.size}"
        await response.prepare(request)
        if request.method != "HEAD":
            await self._stream(request, response, content, first, end)
        return response

    async def _stream(
        self, request: web.Request, response: web.StreamResponse, content: Content, first: int, end: int | None
    ) -> None:
        """Send bytes after the head. When that fails, no other answer can be given: the connection is broken off."""
        whole = False
        try:
            whole = await _send(response, content, first, end)
        except (ConnectionError, StoreError, ServiceError):
            pass
        except Exception as defect:  # noqa: BLE001 -- as in serve
            self._telemetry.defect(defect)
        if not whole and request.transport is not None:
            request.transport.abort()


async def _whole_body(request: web.Request, bytes_max: int) -> bytes:
    """Read a body to its end. Raises Refused for one that is too long, too slow, cut off or badly encoded."""
    unpack = _unpacker(request)
    if (request.content_length or 0) > bytes_max:
        raise Refused(413, f"at most {bytes_max} bytes may be uploaded here")
    data = bytearray()
    try:
        async with asyncio.timeout(UPLOAD_SECONDS_MAX):
            async for part in request.content.iter_any():
                data += part if unpack is None else unpack.decompress(part, bytes_max + 1 - len(data))
                if len(data) > bytes_max:
                    raise Refused(413, f"at most {bytes_max} bytes may be uploaded here")
                if unpack is not None and unpack.unused_data:
                    raise Refused(400, _BROKEN)
    except TimeoutError:
        raise Refused(408, "the upload took too long") from None
    except (web.RequestPayloadError, HttpProcessingError, ConnectionError, zlib.error):
        raise Refused(400, _BROKEN) from None
    if unpack is not None and not unpack.eof:
        raise Refused(400, _BROKEN)
    return bytes(data)


def _unpacker(request: web.Request) -> "zlib._Decompress | None":
    """Answer what decodes a body; aiohttp is told not to, for it takes half a gzip for a whole one. Raises Refused."""
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if encoding not in {"identity", "gzip", "deflate"}:
        raise Refused(415, "send the body as it is, or with Content-Encoding gzip or deflate")
    return None if encoding == "identity" else zlib.decompressobj(_GZIP_OR_ZLIB)


def _range(request: web.Request, content: Content) -> tuple[int, int | None]:
    """Answer the first byte to send and the one behind the last, by RFC 9110. Raises Refused.

    A range that is none, or more than one, is passed over, as the standard allows.
    """
    size = content.size
    found = _RANGE.match(request.headers.get("Range", ""))
    if size is None or found is None or found["first"] == found["last"] == "":
        return 0, size
    if request.headers.get("If-Range", content.etag) != content.etag:
        return 0, size
    if found["first"] == "":
        first, last = max(size - int(found["last"]), 0), size - 1
    else:
        first, last = int(found["first"]), min(int(found["last"] or size), size - 1)
        if found["last"] and int(found["last"]) < first:
            return 0, size
    if first > last:
        raise Refused(416, "the range lies behind the end", **{"Content-Range": f"bytes */{size}"})
    return first, last + 1


async def _send(response: web.StreamResponse, content: Content, first: int, end: int | None) -> bool:
    """Answer whether all there should be was there."""
    place, drop = content.seek(first)
    left = None if end is None else end - first
    while place is not None and left != 0:
        data, place = await content.read(place)
        if drop:
            dropped = min(drop, len(data))
            data, drop = data[dropped:], drop - dropped
        if left is not None:
            data = data[:left]
            left -= len(data)
        if data:
            await response.write(data)
    return not left


def _refusal(status: int, text: str, headers: dict[str, str]) -> web.Response:
    return web.Response(status=status, text=text + "\n", headers=_HEADERS | headers)
