"""The ports of a server, opened before anything else is created, so that a failure leaves nothing behind."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

from redeemd.app import tls
from redeemd.base.tls import Certificates
from redeemd.config import Settings
from redeemd.config.addresses import split_address
from redeemd.rpc.server import ConnectionAge, RpcServer

_BACKLOG = 128  # connections that can wait until the server has started


@dataclass(frozen=True, slots=True)
class Ports:
    """The gRPC server, which owns its port, and the listening sockets for HTTP; none without --http-listen.

    `admin` are the listening sockets for operators, none without --admin-listen.
    `certificates` are those of the server, None without TLS. `public_url` is the URL of the HTTP server for clients, by
    the settings or on this machine; "" if there is none.
    """

    certificates: Certificates | None
    rpc: RpcServer
    rpc_port: int
    http: list[socket.socket]
    admin: list[socket.socket]
    public_url: str

    @property
    def http_port(self) -> int:
        """The number of the HTTP port, 0 if there is none."""
        return _port(self.http)

    @property
    def admin_port(self) -> int:
        """The number of the port for operators, 0 if there is none."""
        return _port(self.admin)


@contextlib.asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Ports]:
    """Open the ports of the settings; connections wait until the server starts.

    Closes all ports at the end, whether or not the server has started. Raises OSError with the address, or TlsError.
    """
    certificates = await asyncio.to_thread(tls.certificates, settings)  # may wait for an agent
    age = ConnectionAge(settings.connection_age_seconds, settings.connection_age_grace_seconds)
    rpc = RpcServer(
        reflection=settings.reflection,
        channelz_service=settings.channelz,
        age=age,
        reuse_port=settings.reuse_port,
    )
    http: list[socket.socket] = []
    admin: list[socket.socket] = []
    try:
        rpc_port = rpc.listen(settings.listen, certificates)
        if settings.http_listen:
            http = _listen(settings.http_listen)
        if settings.admin_listen:
            admin = _listen(settings.admin_listen)
        scheme = "http" if tls.context(certificates, settings.http_tls) is None else "https"
        url = settings.public_url or _local_url(scheme, settings.http_listen, _port(http))
        yield Ports(certificates, rpc, rpc_port, http, admin, url)
    finally:
        for listening in (*http, *admin):
            listening.close()
        await rpc.stop(drain_seconds=0, grace_seconds=0)
        if certificates is not None:
            certificates.close()


def _port(sockets: list[socket.socket]) -> int:
    return sockets[0].getsockname()[1] if sockets else 0


def _local_url(scheme: str, address: str, port: int) -> str:
    """Return the URL of an address that is listened on, for clients on this machine; "" for no address."""
    parts = split_address(address)
    if parts is None:
        return ""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(parts[0], parts[0])  # noqa: S104 -- not listened on
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


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
