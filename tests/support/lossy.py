"""A proxy that loses the first response of every call about codes, as a network may."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import grpc
from redeem.serialkey.v1 import serialkey_service_pb2

from support.contract import METHODS

_CODES = serialkey_service_pb2.DESCRIPTOR.services_by_name["SerialKeyService"]
_UNARY = {f"/{method.containing_service.full_name}/{method.name}" for method in METHODS if not method.server_streaming}


class Front(grpc.GenericRpcHandler):
    """Passes calls on as they are; to a call of SerialKeyService it responds UNAVAILABLE first, after it was done."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._channel: Any = channel
        self._answered: set[tuple[str, bytes, object]] = set()
        self.lost: list[str] = []

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        """Return what passes a call on; a method that the contract does not have (health, say) may be a stream."""
        if details.method in _UNARY:
            return grpc.unary_unary_rpc_method_handler(self._pass_on(details))
        return grpc.unary_stream_rpc_method_handler(self._pass_on_stream(details))

    def _pass_on(self, details: grpc.HandlerCallDetails) -> Any:
        async def handler(request: bytes, context: Any) -> Any:
            call = self._channel.unary_unary(details.method)(request, **_of(details, context))
            with _refused() as refused:
                answer = await call
            name = details.method.rpartition("/")[2]
            sent = (name, request, dict(details.invocation_metadata).get("idempotency-key"))
            if name in _CODES.methods_by_name and sent not in self._answered:
                self._answered.add(sent)
                self.lost.append(name)
                await context.abort(grpc.StatusCode.UNAVAILABLE, "the answer was lost on the way")
            if refused:
                await context.abort(*refused)
            return answer

        return handler

    def _pass_on_stream(self, details: grpc.HandlerCallDetails) -> Any:
        async def handler(request: bytes, context: Any) -> Any:
            call = self._channel.unary_stream(details.method)(request, **_of(details, context))
            try:
                with _refused() as refused:
                    async for answer in call:
                        yield answer
                if refused:
                    await context.abort(*refused)
            finally:
                call.cancel()

        return handler


def _of(details: grpc.HandlerCallDetails, context: Any) -> dict[str, Any]:
    metadata = [(name, value) for name, value in details.invocation_metadata if name != "user-agent"]
    return {"metadata": metadata, "timeout": context.time_remaining()}


@contextlib.contextmanager
def _refused() -> Iterator[list[Any]]:
    """Note a refusal of the server, with its details, to refuse alike. They belong to no other status: Go checks it."""
    refused: list[Any] = []
    try:
        yield refused
    except grpc.aio.AioRpcError as error:
        refused += [error.code(), error.details(), tuple(error.trailing_metadata())]


@contextlib.asynccontextmanager
async def front_of(address: str) -> AsyncIterator[tuple[Front, str]]:
    """Serve a front of the server at an address; yields it and its own address."""
    async with grpc.aio.insecure_channel(address) as channel:
        front, server = Front(channel), grpc.aio.server()
        server.add_generic_rpc_handlers((front,))
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        try:
            yield front, f"127.0.0.1:{port}"
        finally:
            await server.stop(None)
