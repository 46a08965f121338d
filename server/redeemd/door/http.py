"""The REST side of the door: one handler for all paths of the documented services."""

from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from aiohttp import web

from redeemd.door import body, calls, requests
from redeemd.door.refusals import Answer, simple
from redeemd.door.routes import Found, Routes
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
_VERBS = "GET, POST, PUT, DELETE"
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_PREFLIGHT_SECONDS = "600"
# Reasons and texts by status, for requests that reach no path of the door.
_REFUSED = {
    404: ("PATH_NOT_FOUND", "nothing is served at this path"),
    405: ("METHOD_NOT_ALLOWED", "this path has other methods"),
    500: ("INTERNAL", "an unexpected error"),
}
_MALFORMED = ("REQUEST_MALFORMED", "the request is not valid HTTP, or a line of its head is too long")
_ANYTHING = r"[\s\S]*"  # aiohttp matches decoded paths, and the dot of an expression is no line feed


def refused(status: int) -> web.Response:
    """Return the documented response to a request that reaches no path of the door, by its status."""
    code, message = _REFUSED.get(status, _MALFORMED)
    text = simple(status, code, message).text
    return web.Response(text=text, status=status, content_type="application/json", headers=_HEADERS)


class RestDoor:
    """Serves requests by path. Every response is a JSON object; every refusal has the documented body."""

    def __init__(self, routes: Routes, origins: frozenset[str], limits: HttpLimits) -> None:
        """`origins` are those of web pages that may read responses; "*" is all."""
        self._routes = routes
        self._origins = origins
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
        allowed = self._cross_origin(request)
        if request.method == "OPTIONS" and allowed:
            return web.Response(status=204, headers=allowed)
        answer = await self._answer(request)
        headers = _HEADERS | allowed
        if answer.allow:
            headers["Allow"] = answer.allow
        return web.Response(text=answer.text, status=answer.status, content_type="application/json", headers=headers)

    def _cross_origin(self, request: web.Request) -> dict[str, str]:
        """Return the headers that let a web page read the response (https://fetch.spec.whatwg.org/#http-cors-protocol)."""
        origin = request.headers.get("Origin", "")
        if not origin or self._origins.isdisjoint({origin, "*"}):
            return {}
        return {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Methods": _VERBS,
            "Access-Control-Allow-Headers": request.headers.get("Access-Control-Request-Headers", ""),
            "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
            "Vary": "Origin",
        }

    async def _answer(self, request: web.Request) -> Answer:
        segments, headers = _segments(request), _headers(request)
        if segments is None or headers is None:
            return simple(400, "REQUEST_MALFORMED", "the path or a header is not UTF-8")
        found = self._routes.find(request.method, segments)
        if found is None:
            verbs = ", ".join(sorted(self._routes.verbs(segments)))
            if verbs:
                return simple(405, "METHOD_NOT_ALLOWED", f"this path has {verbs}")._replace(allow=verbs)
            return simple(404, "PATH_NOT_FOUND", "no method has this path")
        return await self._call(request, found, headers)

    async def _call(self, request: web.Request, found: Found, headers: Mapping[str, str]) -> Answer:
        target = found.target
        texts = (
            (requests.of_query(target, request.query) if request.query_string else {}) | _fields(headers) | found.fields
        )

        metadata = _metadata(headers)

        async def read() -> bytes:
            members = await body.read_json(request, self._limits, target.json_bytes_of(metadata))
            return requests.build(target, members, texts)

        return await calls.make(target, metadata, peer_of(request), read)


def _segments(request: web.Request) -> Sequence[str] | None:
    """Return the decoded segments of the path; None if they are not UTF-8."""
    path = request.rel_url.raw_path.removeprefix("/").removesuffix("/")
    try:
        return [unquote(segment, errors="strict") for segment in path.split("/")]
    except UnicodeDecodeError:
        return None


def _headers(request: web.Request) -> dict[str, str] | None:
    """Return the headers that are read, by their names in lower case; None if one is not UTF-8."""
    found = {
        name: request.headers[name] for name in (*METADATA_HEADERS, *requests.FIELD_HEADERS) if name in request.headers
    }
    try:
        "".join(found.values()).encode()
    except UnicodeEncodeError:
        return None
    return found


def _metadata(headers: Mapping[str, str]) -> dict[str, str]:
    metadata = {METADATA_HEADERS[name]: text for name, text in headers.items() if name in METADATA_HEADERS}
    if "x-dry-run" in metadata:
        metadata["x-dry-run"] = metadata["x-dry-run"].lower()
    return metadata


def _fields(headers: Mapping[str, str]) -> dict[str, str]:
    return {field: headers[name] for name, field in requests.FIELD_HEADERS.items() if headers.get(name)}
