"""Calls a method without gRPC: the same pipeline, for requests that come another way."""

from collections.abc import Awaitable, Callable, Mapping
from typing import NoReturn, cast

import grpc
from google.protobuf.message import Message
from google.rpc import status_pb2

from redeemd.rpc.method import RpcHandler

Read = Callable[[], Awaitable[bytes]]
_Pairs = tuple[tuple[str, str | bytes], ...]

# What `read` returns after the last request of a stream.
END = cast("bytes", grpc.aio.EOF)

_DETAILS = "grpc-status-details-bin"


class _Context:
    """What the pipeline of a unary call needs of grpc.aio.ServicerContext."""

    def __init__(self, metadata: Mapping[str, str], peer: str, read: Read) -> None:
        self._metadata = tuple(metadata.items())
        self._peer = peer
        self.read = read
        self.status: status_pb2.Status | None = None

    def invocation_metadata(self) -> _Pairs:
        return self._metadata

    def set_trailing_metadata(self, trailing_metadata: _Pairs) -> None:
        """Drop it: refusals have the id of the request in their details."""

    def peer(self) -> str:
        return self._peer

    def auth_context(self) -> Mapping[str, list[bytes]]:
        """Return nothing: these callers are identified by keys and tokens alone."""
        return {}

    def time_remaining(self) -> float | None:
        """Return None: these calls have no deadline."""
        return None

    async def abort_with_status(self, status: grpc.Status) -> NoReturn:
        self.status = status_pb2.Status.FromString(dict(status.trailing_metadata)[_DETAILS])
        raise grpc.aio.AbortError


Serve = Callable[[None, _Context], Awaitable[Message]]


async def call(handler: RpcHandler, metadata: Mapping[str, str], peer: str, read: Read) -> Message | status_pb2.Status:
    """Call a method with one reply by its handler; return the reply, or the status with which it is refused.

    `read` returns the serialized request. It is called once, after the caller has been identified; what it raises
    refuses the call. If the method takes a stream, it is called until it returns END.
    """
    context = _Context(metadata, peer, read)
    try:
        return await cast("Serve", handler.stream_unary)(None, context)
    except grpc.aio.AbortError:
        assert context.status is not None, "the pipeline refuses with a status"
        return context.status
