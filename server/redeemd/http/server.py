"""An HTTP server: for operators (see redeemd.http.probes), for signed URLs (see redeemd.http.files), or for both."""

import asyncio
import logging
import socket
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler

from redeemd.base import open_files
from redeemd.base.net import FORWARDING_HEADERS
from redeemd.config.addresses import is_loopback
from redeemd.http.connections import Connections
from redeemd.http.limits import HEADER_LINE_BYTES_MAX, HEADER_LINES_MAX, READ_BUFFER_BYTES, HttpLimits
from redeemd.http.tls_listener import Context, TlsListener


@web.middleware
async def _local_programs_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse requests through a proxy or from a web page, which may reach this machine under another host name."""
    foreign_host = not is_loopback(request.host if ":" in request.host else f"{request.host}:0")
    if foreign_host or any(header in request.headers for header in FORWARDING_HEADERS):
        return web.Response(status=403, text="a server with --auth off accepts calls from this machine only\n")
    return await handler(request)


class _Protocol(web.RequestHandler):
    """aiohttp's protocol, with a response of our own for requests that reach no handler, or that a handler fails."""

    # The options are those of aiohttp, of several types: Any.
    def __init__(self, server: web.Server, refusal: Callable[[int], web.Response] | None, **options: Any) -> None:
        super().__init__(server, loop=asyncio.get_running_loop(), **options)
        self._refusal = refusal

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Log the error as aiohttp does, and respond."""
        response = super().handle_error(request, status, exc, message)
        if self._refusal is not None:
            response = self._refusal(status)
            response.force_close()
        return response

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Respond, with a response of our own to what aiohttp refuses: a path, a method, an expectation."""
        if self._refusal is not None and isinstance(resp, web.HTTPException):
            allow = resp.headers.get("Allow")
            resp = self._refusal(resp.status)
            if allow is not None:
                resp.headers["Allow"] = allow
        return await super().finish_response(request, resp, start_time)


class HttpServer:
    """An HTTP server with the routes of others."""

    def __init__(
        self,
        routes: Iterable[web.RouteDef],
        limits: HttpLimits,
        defect: Callable[[Exception], None],
        *,
        open_to_all: bool,
        refusal: Callable[[int], web.Response] | None = None,
        tls: Context | None = None,
    ) -> None:
        """`defect` is called with unexpected errors.

        `open_to_all`: the server runs with --auth off, so only programs on this machine may call.

        `refusal` returns, by its status, the response to a request that is not valid HTTP or too long, or whose path,
        HTTP method or expectation is not served; without it, that is aiohttp's.

        `tls` returns the context for a new connection; without it, connections are plaintext.
        """
        self._tls = tls
        self._connections_max = min(limits.connections_max, open_files.limit() // 4)
        self._connections = Connections(self._protocol, limits, connections_max=self._connections_max)
        self._listeners: list[asyncio.Server] = []
        self._tls_listeners: list[TlsListener] = []
        application = web.Application(middlewares=[self._served, *([_local_programs_only] if open_to_all else [])])
        application.router.add_routes(routes)
        self._runner = web.AppRunner(application, shutdown_timeout=limits.stop_seconds)
        self._refusal = refusal
        self._options = {
            "access_log": None,
            "logger": _log(defect),
            "auto_decompress": False,
            "max_line_size": HEADER_LINE_BYTES_MAX,
            "max_field_size": HEADER_LINE_BYTES_MAX,
            "max_headers": HEADER_LINES_MAX,
            "read_bufsize": READ_BUFFER_BYTES,
        }

    @property
    def connections(self) -> int:
        """The number of open connections."""
        return len(self._connections)

    async def start(self, sockets: Sequence[socket.socket]) -> None:
        """Serve connections to listening sockets; `stop` closes the sockets."""
        await self._runner.setup()
        loop = asyncio.get_running_loop()
        for listening in sockets:
            if self._tls is None:
                self._listeners.append(await loop.create_server(self._connections, sock=listening))
            else:
                secure = TlsListener(listening, self._connections, self._tls, handshakes_max=self._connections_max)
                self._tls_listeners.append(secure)
        self._connections.sweep()

    async def stop(self) -> None:
        """Close the listening sockets, and each connection when its request is finished."""
        for listener in self._listeners:
            listener.close()
        for secure in self._tls_listeners:
            await secure.close()
        await self._runner.cleanup()
        self._connections.stop()

    def _protocol(self) -> asyncio.Protocol:
        """Return aiohttp's protocol for a new connection."""
        assert self._runner.server is not None
        return _Protocol(self._runner.server, self._refusal, **self._options)

    @web.middleware
    async def _served(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Keep the connection open while its request is served."""
        with self._connections.serving(request.transport, receiving=_has_body(request)):
            return await handler(request)


def _has_body(request: web.Request) -> bool:
    """Return whether more than the head of a request is to be received: a body, or the messages of a WebSocket."""
    return request.method in {"PUT", "POST"} or "Upgrade" in request.headers


class _Defects(logging.Handler):
    """Reports defects from aiohttp's log, whose messages may quote requests and are dropped."""

    def __init__(self, defect: Callable[[Exception], None]) -> None:
        super().__init__()
        self._defect = defect

    def emit(self, record: logging.LogRecord) -> None:
        """See logging.Handler."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, Exception) and not isinstance(error, HttpProcessingError | ConnectionError):
            self._defect(error)


def _log(defect: Callable[[Exception], None]) -> logging.Logger:
    """Return a logger without a parent, so that its messages reach no log."""
    log = logging.Logger("redeemd.http")  # noqa: LOG001 -- not a child of the root logger, whose handlers would log it
    log.addHandler(_Defects(defect))
    return log
