"""/healthz and /metrics."""

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from redeemd.config import split_address


class HttpServer:
    """The HTTP side of one server."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self.serving = False
        application = web.Application()
        application.router.add_get("/healthz", self._healthz)
        application.router.add_get("/metrics", self._metrics)
        self._runner = web.AppRunner(application, access_log=None)

    async def start(self, address: str) -> int:
        """Open a port; answer its number. Raises OSError when it cannot be had."""
        parts = split_address(address)
        assert parts is not None
        await self._runner.setup()
        await web.TCPSite(self._runner, *parts).start()
        port: int = self._runner.addresses[0][1]
        return port

    async def stop(self) -> None:
        """Close the port."""
        await self._runner.cleanup()

    async def _healthz(self, _request: web.Request) -> web.Response:
        if self.serving:
            return web.Response(text="ok\n")
        return web.Response(status=503, text="not serving\n")

    async def _metrics(self, _request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
