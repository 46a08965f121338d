"""Accepts TLS connections for the HTTP server.

asyncio creates the transport of a TLS connection, and so counts it, only after its handshake. Here connections are
accepted and counted first: clients that never finish a handshake cannot keep more than a limited number of them open.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable

HANDSHAKE_SECONDS = 10.0
SHUTDOWN_SECONDS = 5.0  # for the client's part of closing a connection
_PAUSE_SECONDS = 0.5  # when a connection cannot be accepted, for lack of files


# Returns the context for a new connection.
Context = Callable[[], ssl.SSLContext]


class TlsListener:
    """One listening socket. The context for each connection is read when it arrives, so certificates can change."""

    def __init__(
        self,
        listening: socket.socket,
        make: Callable[[], asyncio.Protocol],
        context: Context,
        *,
        handshakes_max: int,
    ) -> None:
        """`make` returns the protocol of a connection whose handshake is finished."""
        self._listening = listening
        self._make = make
        self._context = context
        self._handshakes_max = handshakes_max
        self._handshakes: dict[asyncio.Task[None], None] = {}  # oldest first
        self._accepting = asyncio.create_task(self._accept())

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                client, _ = await loop.sock_accept(self._listening)
            except OSError:
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            if len(self._handshakes) >= self._handshakes_max:
                oldest = next(iter(self._handshakes))
                del self._handshakes[oldest]
                oldest.cancel()
            task = asyncio.create_task(self._handshake(client))
            self._handshakes[task] = None
            task.add_done_callback(lambda done: self._handshakes.pop(done, None))

    async def _handshake(self, client: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):  # what the client did wrong; ssl.SSLError is one
            await loop.connect_accepted_socket(
                self._make,
                client,
                ssl=self._context(),
                ssl_handshake_timeout=HANDSHAKE_SECONDS,
                ssl_shutdown_timeout=SHUTDOWN_SECONDS,
            )

    async def close(self) -> None:
        """Stop accepting, abandon handshakes, and close the socket."""
        tasks = [self._accepting, *self._handshakes]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._listening.close()
