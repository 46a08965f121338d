"""Bounds on the TCP connections of the HTTP side: how many there are, and how long each may do nothing.

aiohttp has no bound on their number, one timeout for heads and for keep-alive together, and none for a client that
does not read. So every connection gets a protocol around aiohttp's, which knows what it waits for and until when.
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
    """The connections of one server. Call it for the protocol of a new one."""

    def __init__(self, make: Callable[[], asyncio.Protocol], limits: HttpLimits, *, connections_max: int) -> None:
        """`make` returns aiohttp's protocol for a connection."""
        self._make = make
        self._limits = limits
        self._connections_max = connections_max
        self._open: dict[asyncio.BaseTransport, _Connection] = {}
        self._sweeper: asyncio.TimerHandle | None = None

    def __call__(self) -> asyncio.Protocol:
        """Return the protocol of a connection that was accepted."""
        return _Connection(self, self._limits, self._make)

    def __len__(self) -> int:
        return len(self._open)

    @contextmanager
    def serving(self, transport: asyncio.BaseTransport | None, *, receiving: bool) -> Iterator[None]:
        """Keep a connection while its request is worked on; with `receiving`, what comes in is the body of that."""
        connection = self._open.get(transport) if transport is not None else None
        if connection is None:  # the client is gone
            yield
            return
        connection.begin(receiving=receiving)
        try:
            yield
        finally:
            connection.end()

    def admit(self, connection: "_Connection", transport: asyncio.BaseTransport) -> bool:
        """Return whether there is room, if need be by closing the connection that has waited longest for a request.

        So those who open connections and send nothing do not keep out a health check, which sends its head at once.
        """
        if len(self._open) >= self._connections_max:
            waiting = [other for other in self._open.values() if other.is_waiting]
            if not waiting:
                return False
            min(waiting, key=lambda other: other.waiting_since).abort()
        self._open[transport] = connection
        return True

    def forget(self, transport: asyncio.BaseTransport) -> None:
        """Stop counting a connection."""
        self._open.pop(transport, None)

    def sweep(self) -> None:
        """Close connections whose time is over, now and then until `stop`."""
        loop = asyncio.get_running_loop()
        for connection in list(self._open.values()):
            if connection.deadline <= loop.time():
                connection.abort()
        self._sweeper = loop.call_later(_SWEEP_SECONDS, self.sweep)

    def stop(self) -> None:
        """Stop sweeping."""
        if self._sweeper is not None:
            self._sweeper.cancel()


class _Connection(asyncio.Protocol):
    """One connection: passes everything on to aiohttp's protocol, and notes what it waits for."""

    def __init__(self, connections: Connections, limits: HttpLimits, make: Callable[[], asyncio.Protocol]) -> None:
        self._connections = connections
        self._limits = limits
        self._make = make
        self._inner = asyncio.Protocol()  # ignores everything
        self._transport: asyncio.Transport | None = None
        self._now = asyncio.get_running_loop().time
        self._serving = False
        self._receiving = False
        self._ahead_bytes = 0
        self._request_deadline = math.inf
        self._write_deadline = math.inf
        self.waiting_since = 0.0

    @property
    def deadline(self) -> float:
        """When to close it, by the clock of the loop."""
        return min(self._request_deadline, self._write_deadline)

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for a request, and nothing is left to be sent."""
        return not self._serving and self._transport is not None and not self._transport.get_write_buffer_size()

    def begin(self, *, receiving: bool) -> None:
        """Record that a request is worked on."""
        self._serving, self._receiving, self._ahead_bytes = True, receiving, 0
        self._request_deadline = math.inf

    def end(self) -> None:
        """Record that its response is written."""
        self._serving = self._receiving = False
        self._wait_for_request(self._limits.idle_seconds)

    def _wait_for_request(self, seconds: float) -> None:
        self.waiting_since = self._now()
        self._request_deadline = self.waiting_since + seconds

    def abort(self) -> None:
        """Close it at once."""
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

    def data_received(self, data: bytes) -> None:
        if self._serving and not self._receiving:
            self._ahead_bytes += len(data)
            if self._ahead_bytes > self._limits.ahead_bytes_max:
                self.abort()
                return
        elif not self._serving:
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
