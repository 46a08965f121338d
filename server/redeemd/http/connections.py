"""Limits the TCP connections of the HTTP server: how many are open, and how long each may be idle.

aiohttp does not limit their number, has one timeout for both request heads and keep-alive, and none for a client that
does not read. So a protocol wraps aiohttp's for every connection, and tracks what it waits for and until when.
"""

import asyncio
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

from redeemd.http.limits import HttpLimits

_SWEEP_SECONDS = 0.5
_FULL = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Connections:
    """The connections of one server; also the protocol factory of its listeners."""

    def __init__(self, make: Callable[[], asyncio.Protocol], limits: HttpLimits, *, connections_max: int) -> None:
        """`make` returns aiohttp's protocol for a connection."""
        self._make = make
        self._limits = limits
        self._connections_max = connections_max
        self._open: dict[asyncio.BaseTransport, _Connection] = {}
        self._sweeper: asyncio.TimerHandle | None = None

    def __call__(self) -> asyncio.Protocol:
        """Return the protocol of a new connection."""
        return _Connection(self, self._limits, self._make)

    def __len__(self) -> int:
        return len(self._open)

    @contextmanager
    def serving(self, transport: asyncio.BaseTransport | None, *, receiving: bool) -> Iterator[None]:
        """Keep a connection open while its request is served. `receiving`: incoming data is the request's body."""
        connection = self._open.get(transport) if transport is not None else None
        if connection is None:  # the client has disconnected
            yield
            return
        connection.begin(receiving=receiving)
        try:
            yield
        finally:
            connection.end()

    def admit(self, connection: "_Connection", transport: asyncio.BaseTransport) -> bool:
        """Return whether there is room, closing the connection that has waited longest for a request if necessary.

        So clients that open connections and send nothing do not block a health check, which sends its head at once.
        """
        if len(self._open) >= self._connections_max:
            waiting = [other for other in self._open.values() if not other.serving]
            if not waiting:
                return False
            min(waiting, key=lambda other: other.waiting_since).abort()
        self._open[transport] = connection
        return True

    def forget(self, transport: asyncio.BaseTransport) -> None:
        """Stop counting a connection."""
        self._open.pop(transport, None)

    def sweep(self) -> None:
        """Close connections past their deadline, periodically until `stop`."""
        loop = asyncio.get_running_loop()
        for connection in list(self._open.values()):
            if connection.deadline <= loop.time():
                connection.abort()
        self._sweeper = loop.call_later(_SWEEP_SECONDS, self.sweep)

    def stop(self) -> None:
        """Stop sweeping."""
        if self._sweeper is not None:
            self._sweeper.cancel()


@contextmanager
def when_lost(transport: asyncio.BaseTransport | None, effect: Callable[[], None]) -> Iterator[None]:
    """Call `effect` if the connection of a request ends meanwhile, or has ended."""
    connection = transport.get_protocol() if transport is not None else None
    if not isinstance(connection, _Connection):
        effect()
        yield
        return
    connection.effects.append(effect)
    try:
        yield
    finally:
        connection.effects.remove(effect)


class _Connection(asyncio.Protocol):
    """One connection: forwards everything to aiohttp's protocol, and tracks what it waits for."""

    def __init__(self, connections: Connections, limits: HttpLimits, make: Callable[[], asyncio.Protocol]) -> None:
        self._connections = connections
        self._limits = limits
        self._make = make
        self._inner = asyncio.Protocol()  # ignores everything
        self._transport: asyncio.Transport | None = None
        self._now = asyncio.get_running_loop().time
        self._receiving = False
        self._ahead_bytes = 0
        self._request_deadline = math.inf
        self._write_deadline = math.inf
        self.effects: list[Callable[[], None]] = []  # of its end
        self.serving = False
        self.waiting_since = 0.0

    @property
    def deadline(self) -> float:
        """When to close the connection, by the event loop's clock."""
        return min(self._request_deadline, self._write_deadline)

    def begin(self, *, receiving: bool) -> None:
        """Record that a request is being served."""
        self.serving, self._receiving, self._ahead_bytes = True, receiving, 0
        self._request_deadline = math.inf

    def end(self) -> None:
        """Record that the response has been written."""
        self.serving = self._receiving = False
        self._wait_for_request(self._limits.idle_seconds)

    def _wait_for_request(self, seconds: float) -> None:
        self.waiting_since = self._now()
        self._request_deadline = self.waiting_since + seconds

    def abort(self) -> None:
        """Close the connection immediately."""
        if self._transport is not None:
            self._connections.forget(self._transport)
            self._transport.abort()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        stream = cast("asyncio.Transport", transport)  # uvloop's is no subclass
        if not self._connections.admit(self, stream):
            stream.write(_FULL)
            stream.close()
            return
        self._transport = stream
        self._wait_for_request(self._limits.head_seconds)
        self._inner = self._make()
        self._inner.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._connections.forget(self._transport)
        self._inner.connection_lost(exc)
        for effect in self.effects:
            effect()

    def data_received(self, data: bytes) -> None:
        if self.serving and not self._receiving:
            self._ahead_bytes += len(data)
            if self._ahead_bytes > self._limits.ahead_bytes_max:
                self.abort()
                return
        elif not self.serving:
            self._request_deadline = min(self._request_deadline, self._now() + self._limits.head_seconds)
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        self._write_deadline = self._now() + self._limits.stalled_seconds
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._write_deadline = math.inf
        self._inner.resume_writing()
