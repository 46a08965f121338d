"""The REST side of the door: one handler for all paths of the documented services."""

from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from aiohttp import web

from redeemd.door import body, calls, headers, requests
from redeemd.door.cross_origin import CrossOrigin
from redeemd.door.refusals import METHOD_NOT_ALLOWED, NO_PATH, REQUEST_MALFORMED, Answer, simple, unreachable
from redeemd.door.routes import Routes
from redeemd.door.target import Target
from redeemd.errors import RequestMalformed
from redeemd.http.limits import HttpLimits
from redeemd.http.peer import peer_of
from redeemd.rpc.runtime import REQUEST_ID

# The metadata entries of headers. Others, such as those of proxies that name a client, are not passed on.
METADATA_HEADERS = {
    "authorization": "authorization",
    "x-gs2-access-token": "x-access-token",
    "x-gs2-request-id": REQUEST_ID,
    "x-dry-run": "x-dry-run",  # its name in gRPC: who sends it must not get a call that is committed
    "x-gs2-dry-run": "x-dry-run",
    "traceparent": "traceparent",
    "tracestate": "tracestate",
}
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_ANYTHING = r"[\s\S]*"  # aiohttp matches decoded paths, and the dot of an expression is no line feed


def refused(status: int) -> web.Response:
    """Return the documented response to a request that reaches no path of the door, by its status."""
    text = simple(*unreachable(status)).text
    return web.Response(text=text, status=status, content_type="application/json", headers=_HEADERS)


class RestDoor:
    """Serves requests by path. Every response is a JSON object; every refusal has the documented body."""

    def __init__(self, routes: Routes, pages: CrossOrigin, limits: HttpLimits) -> None:
        self._routes = routes
        self._pages = pages
        self._limits = limits

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of an HTTP server."""
        return [
            web.route("*", path, self.serve)
            for service in sorted(self._routes.services)
            for path in (f"/{service}", f"/{service}/{{rest:{_ANYTHING}}}")
        ]

    async def serve(self, request: web.Request) -> web.Response:
        """Serve a request."""
        allowed = self._pages.headers(request)
        if request.method == "OPTIONS" and allowed:
            return web.Response(status=204, headers=allowed)
        answer = await self._answer(request)
        sent = _HEADERS | allowed | ({"Allow": answer.allow} if answer.allow else {})
        return web.Response(text=answer.text, status=answer.status, content_type="application/json", headers=sent)

    async def _answer(self, request: web.Request) -> Answer:
        try:
            segments, metadata, fields = _segments(request), _metadata(request), _fields(request)
        except RequestMalformed:
            return simple(*REQUEST_MALFORMED)
        found = self._routes.find(request.method, segments)
        if found is None:
            verbs = ", ".join(sorted(self._routes.verbs(segments)))
            return simple(*METHOD_NOT_ALLOWED)._replace(allow=verbs) if verbs else simple(*NO_PATH)
        texts = (requests.of_query(found.target, request.query) if request.query_string else {}) | fields | found.fields
        return await self._call(request, found.target, metadata, texts)

    async def _call(
        self, request: web.Request, target: Target, metadata: Mapping[str, str], texts: Mapping[str, str]
    ) -> Answer:
        async def read() -> bytes:
            members = await body.read_json(request, self._limits, target.json_bytes_of(metadata))
            return requests.build(target, members, texts)

        return await calls.make(target, metadata, peer_of(request), read)


def _segments(request: web.Request) -> Sequence[str]:
    """Return the decoded segments of the path. Raises RequestMalformed if they are not UTF-8."""
    path = request.rel_url.raw_path.removeprefix("/").removesuffix("/")
    try:
        return [unquote(segment, errors="strict") for segment in path.split("/")]
    except UnicodeDecodeError:
        raise RequestMalformed from None


def _metadata(request: web.Request) -> dict[str, str]:
    """Return the metadata of the call. Raises what headers.read raises."""
    metadata = headers.read(request, METADATA_HEADERS)
    if "x-dry-run" in metadata:
        metadata["x-dry-run"] = metadata["x-dry-run"].lower()
    return metadata


def _fields(request: web.Request) -> dict[str, str]:
    """Return the fields of the request that are headers. Raises what headers.read raises."""
    return {field: text for field, text in headers.read(request, requests.FIELD_HEADERS).items() if text}
