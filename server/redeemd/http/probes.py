"""The routes for operators: /livez, /readyz, /healthz and /metrics."""

from aiohttp import web
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from redeemd.base.telemetry import Telemetry

_COMPRESSED_HERE_MAX = 1024  # bytes; larger texts are compressed in a thread


class Probes:
    """The state of a server, and its metrics."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._serving = False

    def set_serving(self, serving: bool) -> None:
        """Set the status that /readyz and /healthz report."""
        self._serving = serving

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of an HTTP server that responds to operators."""
        return [
            web.get("/livez", self._livez),
            web.get("/readyz", self._readyz),
            web.get("/healthz", self._readyz),
            web.get("/metrics", self._metrics),
        ]

    async def _livez(self, _request: web.Request) -> web.Response:
        """Respond that the process lives, whatever its database does: restarting it would not help."""
        return web.Response(text="ok\n")

    async def _readyz(self, _request: web.Request) -> web.Response:
        if self._serving:
            return web.Response(text="ok\n")
        return web.Response(status=503, text="not serving\n")

    async def _metrics(self, _request: web.Request) -> web.Response:
        response = web.Response(
            body=self._telemetry.render(),
            headers={"Content-Type": CONTENT_TYPE_LATEST},
            zlib_executor_size=_COMPRESSED_HERE_MAX,
        )
        response.enable_compression()  # as far as the scraper accepts it
        return response
