"""The gRPC server for bound methods: health, reflection, channelz, limits, and graceful shutdown."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import grpc
from grpc_health.v1 import health_pb2
from grpc_health.v1.health import aio as health_aio

from redeemd.base import open_files
from redeemd.base.tls import Certificates
from redeemd.config.addresses import unix_path
from redeemd.contract.options import RESPONSE_BYTES_MAX
from redeemd.rpc import standard, unix_socket
from redeemd.rpc.credentials import server_credentials
from redeemd.rpc.method import Handlers, RpcHandler
from redeemd.rpc.runtime import Runtime

# Each method has a limit of its own (Policy.request_bytes_max), at most half of this, and refuses larger messages
# itself. Messages larger than this are refused by gRPC, without error details.
RECEIVE_BYTES_MAX = 16 * 1024 * 1024

_OPTIONS = (
    ("grpc.max_receive_message_length", RECEIVE_BYTES_MAX),
    ("grpc.max_send_message_length", RESPONSE_BYTES_MAX),
    ("grpc.server_handshake_timeout_ms", 10_000),  # until the client has sent its HTTP/2 settings
    ("grpc.max_connection_idle_ms", 900_000),  # without a call; clients connect again when they need to
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),  # proxies and mobile clients ping often
    ("grpc.max_metadata_size", 16 * 1024),  # access tokens may be 8,192 characters
    ("grpc.absolute_max_metadata_size", 32 * 1024),
)

LIVENESS = "liveness"  # the name in the health service that is SERVING for as long as the process lives
_CONNECTIONS_MAX = 2**31 - 1  # what gRPC can count


@dataclass(frozen=True, slots=True)
class ConnectionAge:
    """The age in seconds at which a server closes a connection, and the additional time of its calls in progress.

    Clients then find new replicas, even if nothing balances their calls. An age of 0 is unlimited.
    """

    seconds: float = 0
    grace_seconds: float = 0

    def options(self) -> list[tuple[str, int]]:
        """Return the options of gRPC, which varies the age by up to 10 %."""
        if not self.seconds:
            return []
        milliseconds = int(self.seconds * 1000), int(self.grace_seconds * 1000)
        return list(zip(("grpc.max_connection_age_ms", "grpc.max_connection_age_grace_ms"), milliseconds, strict=True))


def _options(age: ConnectionAge, *, reuse_port: bool) -> list[tuple[str, int]]:
    """Return the options of a server. Connections may use half of the files; HTTP and the database need the others.

    A port is shared only if both processes ask for it: a forgotten second process must not silently share it.
    """
    connections_max = min(open_files.limit() // 2, _CONNECTIONS_MAX)
    return [
        *_OPTIONS,
        *age.options(),
        ("grpc.max_allowed_incoming_connections", connections_max),
        ("grpc.so_reuseport", int(reuse_port)),
    ]


class _OneTable(grpc.GenericRpcHandler):
    """All methods of all services in one dict, because grpc.aio queries generic handlers one after the other."""

    def __init__(self) -> None:
        self.methods: dict[str, RpcHandler] = {}

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> "RpcHandler | None":
        """See grpc.GenericRpcHandler."""
        return self.methods.get(handler_call_details.method)


class RpcServer:
    """A gRPC server, which may open its port before it has services. NOT_SERVING until `set_serving`.

    `stopping` is set when it begins to shut down; streams that would not end by themselves end then.
    """

    def __init__(
        self,
        *,
        reflection: bool = True,
        channelz_service: bool = False,
        age: ConnectionAge = ConnectionAge(),
        reuse_port: bool = False,
    ) -> None:
        self._table = _OneTable()
        self._reflection = reflection
        self._channelz_service = channelz_service
        self._names = [""]
        self._draining = False
        self.stopping = asyncio.Event()
        self._health = health_aio.HealthServicer()
        self._server = grpc.aio.server(options=_options(age, reuse_port=reuse_port))
        self._server.add_generic_rpc_handlers((self._table,))

    def add(self, services: Mapping[str, Handlers], runtime: Runtime) -> None:
        """Add all services, at most once, with health, and with reflection and channelz if they are offered.

        `services` maps full service names to handlers by full method path.
        """
        for handlers in services.values():
            self._table.methods.update(handlers)
        self._names += services
        self._table.methods.update(standard.health(self._health, runtime))
        if self._reflection:
            self._table.methods.update(standard.reflection([*services, standard.HEALTH], runtime))
        if self._channelz_service:
            self._table.methods.update(standard.channelz(runtime))

    def listen(self, address: str, certificates: Certificates | None = None) -> int:
        """Open a port and return its number, 0 for a Unix socket; connections wait until `start`. Raises OSError.

        A port uses TLS if there are certificates. A Unix socket does not: file permissions protect it.
        """
        path = unix_path(address)
        if path is not None:
            unix_socket.listen(self._server, path)
            return 0
        try:
            if certificates is not None:
                return int(self._server.add_secure_port(address, server_credentials(certificates)))
            return int(self._server.add_insecure_port(address))
        except RuntimeError as error:
            raise OSError(f"cannot listen on {address}: the port is in use, or the address is wrong") from error

    async def start(self) -> None:
        """Start to accept calls."""
        await self.set_serving(False)
        await self._health.set(LIVENESS, health_pb2.HealthCheckResponse.SERVING)
        await self._server.start()

    async def set_serving(self, serving: bool) -> None:
        """Set the status that health checks report, except that of LIVENESS. A server that drains stays NOT_SERVING."""
        up = serving and not self._draining
        status = health_pb2.HealthCheckResponse.SERVING if up else health_pb2.HealthCheckResponse.NOT_SERVING
        for name in self._names:
            await self._health.set(name, status)

    async def stop(self, *, drain_seconds: float, grace_seconds: float) -> None:
        """Shut down gracefully.

        Report NOT_SERVING, keep serving for `drain_seconds` so that load balancers notice, then let calls in progress
        finish for at most `grace_seconds`.
        """
        self._draining = True
        self.stopping.set()
        await self.set_serving(False)
        await asyncio.sleep(drain_seconds)
        await self._server.stop(grace_seconds)
