"""Downloads and uploads under signed URLs. A refusal is a line of text, and changes nothing."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from aiohttp import web

from redeemd.base.clock import Clock
from redeemd.base.telemetry import Telemetry
from redeemd.errors import ServiceError
from redeemd.http.bodies import Body
from redeemd.http.limits import HttpLimits
from redeemd.http.links import PATH, Content, Link, LinkExpired, LinkInvalid, Links, Open
from redeemd.http.places import Places
from redeemd.http.refusal import Refused
from redeemd.http.uploads import AlreadyUploaded, Uploads
from redeemd.store.base import StoreError

_PURPOSE = web.RequestKey("purpose", str)
_RANGE = re.compile(r"^bytes=(?P<first>\d{0,18})-(?P<last>\d{0,18})$")
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


class Files:
    """Serves signed URLs, whichever replica issued them."""

    def __init__(
        self,
        links: Links,
        uploads: Uploads,
        downloads: Mapping[str, Open],
        *,
        clock: Clock,
        telemetry: Telemetry,
        limits: HttpLimits,
    ) -> None:
        """`downloads` maps purposes to functions that open files."""
        self._links = links
        self._uploads = uploads
        self._downloads = downloads
        self._clock = clock
        self._telemetry = telemetry
        self._limits = limits
        self._receiving: set[tuple[int, str]] = set()  # uploads
        self._upload_places = Places(
            limits.uploads_max, waiting_max=limits.uploads_waiting_max, wait_seconds=limits.wait_seconds
        )
        self._download_places = Places(
            limits.downloads_max, waiting_max=limits.downloads_waiting_max, wait_seconds=limits.wait_seconds
        )
        telemetry.gauge("redeemd_uploads", "Uploads under way.", lambda: self._upload_places.taken_now)
        telemetry.gauge("redeemd_downloads", "Downloads under way.", lambda: self._download_places.taken_now)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of an HTTP server that serves signed URLs."""
        return [web.get(PATH + "{token}", self.serve), web.put(PATH + "{token}", self.serve)]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve GET, HEAD and PUT of /files/<token>, and log the request without the token."""
        response = await self._respond(request)
        purpose = request.get(_PURPOSE)
        self._telemetry.event("file", method=request.method, purpose=purpose, status=response.status)
        return response

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        try:
            method = "GET" if request.method == "HEAD" else request.method
            link = self._link(request.match_info["token"], method)
            request[_PURPOSE] = link.purpose
            if method == "PUT":
                return await self._put(request, link)
            async with self._download_places.taken():
                return await self._get(request, link)
        except Refused as refusal:
            return _refusal(refusal.status, str(refusal), refusal.headers)
        except ServiceError as refusal:
            return _refusal(404 if refusal.status.name == "NOT_FOUND" else 400, str(refusal), {})
        except StoreError:
            return _refusal(503, "the store cannot be reached; try again", {"Retry-After": "1"})
        except ConnectionError:
            raise
        except Exception as defect:  # noqa: BLE001 -- the caller receives 500 and no internals
            self._telemetry.defect(defect)
            return _refusal(500, "an unexpected error", {})

    def _link(self, token: str, method: str) -> Link:
        try:
            return self._links.read(token, method=method, now=self._clock.now_ms())
        except LinkInvalid:
            raise Refused(403, "this URL was not issued by this service, or not for this method") from None
        except LinkExpired:
            raise Refused(410, "this URL has expired; request a new one") from None

    async def _put(self, request: web.Request, link: Link) -> web.Response:
        """Receive an upload. One that cannot succeed is refused before it takes a slot and before its body is read."""
        body = Body(request, self._limits, bytes_max=link.bytes_max)
        with self._alone(link):
            try:
                await self._uploads.check(link)
                async with self._upload_places.taken():
                    await self._uploads.put(link, body.pieces(), now=self._clock.now_ms())
            except AlreadyUploaded:
                raise Refused(409, "this URL was used before; request a new one") from None
        return web.Response(status=204, headers=_HEADERS)

    @contextmanager
    def _alone(self, link: Link) -> Iterator[None]:
        """Admit one PUT of a URL at a time, in this replica. Raises Refused for a concurrent one."""
        upload = (link.namespace_id, link.subject)
        if upload in self._receiving:
            raise Refused(409, "an upload to this URL is in progress", **{"Retry-After": "1"})
        self._receiving.add(upload)
        try:
            yield
        finally:
            self._receiving.discard(upload)

    async def _get(self, request: web.Request, link: Link) -> web.StreamResponse:
        open_content = self._downloads.get(link.purpose)
        content = None if open_content is None else await open_content(link)
        if content is None:
            raise Refused(404, "the file of this URL no longer exists")
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
        """Send the body. If that fails, no other response can be sent any more: abort the connection."""
        whole = False
        try:
            whole = await _send(response, content, first, end)
        except (ConnectionError, StoreError, ServiceError):
            pass
        except Exception as defect:  # noqa: BLE001 -- as in serve
            self._telemetry.defect(defect)
        if not whole and request.transport is not None:
            request.transport.abort()


def _range(request: web.Request, content: Content) -> tuple[int, int | None]:
    """Return the offsets of the first byte to send and of the end, by RFC 9110. Raises Refused.

    An invalid range, or more than one, is ignored, as the standard allows.
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
        raise Refused(416, "the range starts after the end of the file", **{"Content-Range": f"bytes */{size}"})
    return first, last + 1


async def _send(response: web.StreamResponse, content: Content, first: int, end: int | None) -> bool:
    """Send the content from `first` until before `end`; return whether it was complete."""
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
