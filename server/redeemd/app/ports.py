"""The ports of a server, opened before anything else is created, so that a failure leaves nothing behind."""

import contextlib
import socket
from collections.abc import AsyncIterator

from redeemd.config import Settings, split_address
from redeemd.rpc.server import RpcServer

_BACKLOG = 128  # connections that can wait until the server has started


class Ports:
    """The gRPC server, which owns its port, and the listening sockets for HTTP; none without --http-listen."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.rpc = RpcServer(channelz_service=settings.channelz)
        self.rpc_port = 0
        self.http: list[socket.socket] = []

    def open(self) -> None:
        """Open the ports that are not open yet; connections can wait from then on. Raises OSError with the address."""
        if not self.rpc_port:
            self.rpc_port = self.rpc.listen(self._settings.listen)
        if self._settings.http_listen and not self.http:
            self.http = _listen(self._settings.http_listen)

    async def close(self) -> None:
        """Close all ports, whether or not the server has started."""
        for listening in self.http:
            listening.close()
        await self.rpc.stop(drain_seconds=0, grace_seconds=0)


@contextlib.asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Ports]:
    """Open the ports of the settings. Raises OSError."""
    ports = Ports(settings)
    try:
        ports.open()
        yield ports
    finally:
        await ports.close()


def _listen(address: str) -> list[socket.socket]:
    """Return sockets that listen on every address of a host. Raises OSError."""
    parts = split_address(address)
    assert parts is not None
    sockets: list[socket.socket] = []
    try:
        for family, kind, protocol, _, place in socket.getaddrinfo(*parts, type=socket.SOCK_STREAM):
            listening = socket.socket(family, kind, protocol)
            sockets.append(listening)
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # despite connections that are closing
            if family == socket.AF_INET6:
                listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listening.bind(place)
            listening.listen(_BACKLOG)
            listening.setblocking(False)
    except OSError as problem:
        for listening in sockets:
            listening.close()
        raise OSError(f"cannot listen on {address}: {problem.strerror}") from problem
    return sockets
