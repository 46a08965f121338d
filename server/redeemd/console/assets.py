"""The scripts and styles of the console, from files of this package, and from no other host."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

_FOLDER = Path(__file__).parent
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_HEADERS = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True, slots=True)
class _Asset:
    data: bytes
    content_type: str
    version: str


class Assets:
    """Files by name. Their URLs have a version, so that browsers keep them for good."""

    def __init__(self) -> None:
        paths = [*(_FOLDER / "static").iterdir(), *(_FOLDER / "vendor").iterdir()]
        self._assets: Mapping[str, _Asset] = {path.name: _read(path) for path in paths if path.suffix in _TYPES}

    def url(self, name: str) -> str:
        """Return the URL of a file. Raises KeyError if there is none."""
        return f"/console/static/{name}?v={self._assets[name].version}"

    async def serve(self, request: web.Request) -> web.Response:
        """Serve a file."""
        found = self._assets.get(request.match_info["name"])
        if found is None:
            return web.Response(status=404, text="nothing is served at this path\n")
        return web.Response(body=found.data, content_type=found.content_type, charset="utf-8", headers=_HEADERS)


def _read(path: Path) -> _Asset:
    data = path.read_bytes()
    return _Asset(data, _TYPES[path.suffix], hashlib.sha256(data).hexdigest()[:12])
