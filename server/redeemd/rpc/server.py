"""The gRPC server around bound methods: health, reflection, channelz, limits, and an orderly end."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import grpc
from grpc_channelz.v1 import channelz
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health_aio
from grpc_reflection.v1alpha import reflection_pb2_grpc

from redeemd.rpc import reflection

# Each method has a limit of its own (Policy.request_bytes_max), at most half of this, and refuses by itself what is
# larger. What is larger than this, gRPC refuses, without details.
RECEIVE_BYTES_MAX = 16 * 1024 * 1024
SEND_BYTES_MAX = 21 * 1024 * 1024  # settings may be 5,242,880 characters of up to 4 bytes

_OPTIONS = (
    ("grpc.max_receive_message_length", RECEIVE_BYTES_MAX),
    ("grpc.max_send_message_length", SEND_BYTES_MAX),
    ("grpc.so_reuseport", 0),  # a forgotten second process must not share the port in silence
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),  # proxies and mobile clients ping more than the default
    ("grpc.max_metadata_size", 16 * 1024),  # access tokens may be 8,192 characters
    ("grpc.absolute_max_metadata_size", 32 * 1024),
)

# By full method path. In quotes, because only the checker knows the class as generic.
Handlers = Mapping[str, "grpc.RpcMethodHandler[Any, Any]"]


class _OneTable(grpc.GenericRpcHandler):
    """All methods of all services in one dict: grpc.aio asks generic handlers one after the other."""

    def __init__(self) -> None:
        self.methods: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[Any, Any] | None":
        """See grpc.GenericRpcHandler."""
        return self.methods.get(handler_call_details.method)


class _IntoTable:
    """Stands for a server where generated code registers a servicer, and puts the handlers into the table."""

    def __init__(self, table: _OneTable) -> None:
        self._table = table

    def add_generic_rpc_handlers(self, handlers: Sequence[Any]) -> None:
        """Take none: the same handlers come by the other call, by name."""

    def add_registered_method_handlers(self, service: str, handlers: Handlers) -> None:
        """Take the handlers of one service."""
        self._table.methods.update({f"/{service}/{name}": handler for name, handler in handlers.items()})


class RpcServer:
    """A gRPC server, which may have its port before it has services. NOT_SERVING until told otherwise."""

    def __init__(self, *, channelz_service: bool = False) -> None:
        self._table = _OneTable()
        self._channelz_service = channelz_service
        self._names = [""]
        self._health = health_aio.HealthServicer()
        self._server = grpc.aio.server(options=_OPTIONS)
        self._server.add_generic_rpc_handlers((self._table,))

    def add(self, services: Mapping[str, Handlers]) -> None:
        """Add all services, once: handlers by full method path, by full service name; health and reflection of them."""
        table = self._table
        for handlers in services.values():
            table.methods.update(handlers)
        self._names += services
        shown = [*services, health_pb2.DESCRIPTOR.services_by_name["Health"].full_name, reflection.V1ALPHA]
        into: Any = _IntoTable(table)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, into)
        reflection_pb2_grpc.add_ServerReflectionServicer_to_server(reflection.servicer(shown), into)
        info = "/ServerReflectionInfo"
        table.methods[f"/{reflection.V1}{info}"] = table.methods[f"/{reflection.V1ALPHA}{info}"]
        if self._channelz_service:
            channelz.add_channelz_servicer(into)

    def listen(self, address: str) -> int:
        """Open a port, on which connections wait until `start`; return its number. Raises OSError."""
        try:
            port: int = self._server.add_insecure_port(address)
        except RuntimeError as error:
            raise OSError(f"cannot listen on {address}") from error
        return port

    async def start(self) -> None:
        """Take calls."""
        await self.set_serving(False)
        await self._server.start()

    async def set_serving(self, serving: bool) -> None:
        """Tell health checkers."""
        status = health_pb2.HealthCheckResponse.SERVING if serving else health_pb2.HealthCheckResponse.NOT_SERVING
        for name in self._names:
            await self._health.set(name, status)

    async def stop(self, *, drain_seconds: float, grace_seconds: float) -> None:
        """End in order: say NOT_SERVING, go on serving until balancers have noticed, finish what runs, stop."""
        await self._health.enter_graceful_shutdown()
        await asyncio.sleep(drain_seconds)
        await self._server.stop(grace_seconds)
