"""Lets web pages of some origins read responses (https://fetch.spec.whatwg.org/#http-cors-protocol)."""

from aiohttp import web

_VERBS = "GET, POST, PUT, DELETE"
_EXPOSED = "Trailer-X-Request-Id"
_PREFLIGHT_SECONDS = "600"


class CrossOrigin:
    """The origins of web pages that may read responses; "*" is all."""

    def __init__(self, origins: frozenset[str]) -> None:
        self._origins = origins

    def headers(self, request: web.Request) -> dict[str, str]:
        """Return the headers of the response to a page; none if the request is not from one that may read it."""
        origin = request.headers.get("Origin", "")
        if not origin or self._origins.isdisjoint({origin, "*"}):
            return {}
        return {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Methods": _VERBS,
            "Access-Control-Allow-Headers": request.headers.get("Access-Control-Request-Headers", ""),
            "Access-Control-Expose-Headers": _EXPOSED,
            "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
            "Vary": "Origin",
        }
