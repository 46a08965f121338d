"""The ports of a server, opened before anything else is created, so that a failure leaves nothing behind."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from redeemd.app import tls
from redeemd.base.tls import Certificates
from redeemd.config import Settings
from redeemd.config.addresses import split_address, unix_path
from redeemd.rpc.server import ConnectionAge, RpcServer

_Where = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
_Place = tuple[socket.AddressFamily, socket.SocketKind, int, str, _Where]  # as getaddrinfo returns it

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
        if not settings.reuse_port:
            _require_free(settings.listen)
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
    sockets: list[socket.socket] = []
    try:
        for each in _places(address):
            listening = socket.socket(*each[:3])
            sockets.append(listening)
            _bind(listening, each[-1])
            listening.listen(_BACKLOG)
            listening.setblocking(False)
    except OSError as problem:
        for listening in sockets:
            listening.close()
        raise OSError(f"cannot listen on {address}: {problem.strerror}") from problem
    return sockets


def _require_free(address: str) -> None:
    """Raise OSError for a port in use, and for a host that is not known.

    gRPC finds that out, too, but then it writes lines of its own to standard error.
    """
    if unix_path(address) is not None:
        return
    try:
        for each in _places(address):
            with socket.socket(*each[:3]) as probe:
                _bind(probe, each[-1])
    except OSError as problem:
        # Of the addresses of a host, gRPC uses those that this machine has.
        if problem.errno != errno.EADDRNOTAVAIL:
            raise OSError(f"cannot listen on {address}: {problem.strerror}") from problem


def _places(address: str) -> Sequence[_Place]:
    """Return the addresses of a host. Raises OSError."""
    parts = split_address(address)
    assert parts is not None
    return socket.getaddrinfo(*parts, type=socket.SOCK_STREAM)


def _bind(unbound: socket.socket, place: _Where) -> None:
    unbound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # despite connections that are closing
    if unbound.family == socket.AF_INET6:
        unbound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    unbound.bind(place)
