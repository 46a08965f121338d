"""The OpenAPI document of the door, and a page that shows it from files of this folder, and from no other host."""

from pathlib import Path

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

_FOLDER = Path(__file__).parent
_DOCUMENT = _FOLDER / "openapi.json"  # written by `make generate`
_VIEWER = _FOLDER / "viewer"

# RapiDoc styles its elements with inline styles. Its calls go to this server alone.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Cache-Control": "no-cache",  # unchanged files are not sent again
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


_OF_PARTS = ("Range", "If-Range", "If-Match", "If-Unmodified-Since")


def routes() -> list[web.RouteDef]:
    """Return the routes of an HTTP server: /openapi.json, and the viewer at /docs."""
    return [
        _file("/openapi.json", _DOCUMENT, "application/json"),
        _file("/docs", _VIEWER / "index.html", "text/html; charset=utf-8"),
        _file("/docs/rapidoc-min.js", _VIEWER / "rapidoc-min.js", "text/javascript; charset=utf-8"),
    ]


class _Whole(web.FileResponse):
    """A whole file: aiohttp refuses a wrong Range and a condition that is not met without a body."""

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """See web.FileResponse."""
        headers = request.headers.copy()
        for name in _OF_PARTS:
            headers.popall(name, None)
        return await super().prepare(request.clone(headers=headers))


def _file(path: str, file: Path, content_type: str) -> web.RouteDef:
    async def serve(_request: web.Request) -> web.FileResponse:
        return _Whole(file, headers=_HEADERS | {"Content-Type": content_type})

    return web.get(path, serve)
