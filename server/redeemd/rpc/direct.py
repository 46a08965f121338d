"""Calls a method without gRPC: the same pipeline, for requests that come another way."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import NoReturn, cast

import grpc
from google.protobuf.message import Message
from google.rpc import status_pb2

from redeemd.rpc.method import RpcHandler

Read = Callable[[], Awaitable[bytes]]
Write = Callable[[Message], Awaitable[None]]
_Pairs = tuple[tuple[str, str | bytes], ...]

# What `read` returns after the last request of a stream.
END = cast("bytes", grpc.aio.EOF)

_DETAILS = "grpc-status-details-bin"


class DirectCall:
    """One call. For the pipeline it is what a call needs of a ServicerContext.

    trailers  the trailing metadata of the call, once it has ended
    """

    def __init__(
        self,
        metadata: Mapping[str, str],
        peer: str,
        read: Read,
        *,
        write: Write | None = None,
        deadline: float | None = None,
    ) -> None:
        """`read` returns the serialized request, `write` sends a message of a response stream.

        `read` is called once, after the caller has been identified; what it raises refuses the call. If the method
        takes a stream, it is called until it returns END. `deadline` is a time of the event loop; whoever makes the
        call cancels it then.
        """
        self._metadata = tuple(metadata.items())
        self._peer = peer
        self._deadline = deadline
        self._status: status_pb2.Status | None = None
        self.read = read
        self.write = write
        self.trailers: dict[str, str] = {}

    async def unary(self, handler: RpcHandler) -> Message | status_pb2.Status:
        """Call a method with one reply by its handler; return the reply, or the status with which it is refused."""
        try:
            return await cast("Serve", handler.stream_unary)(None, self)
        except grpc.aio.AbortError:
            return self._refusal()

    async def stream(self, handler: RpcHandler) -> status_pb2.Status | None:
        """Call a method with a response stream by its handler; return the status with which it is refused, or None."""
        try:
            await cast("Stream", handler.stream_stream)(None, self)
        except grpc.aio.AbortError:
            return self._refusal()
        return None

    def _refusal(self) -> status_pb2.Status:
        assert self._status is not None, "the pipeline refuses with a status"
        return self._status

    # grpc.aio.ServicerContext

    def invocation_metadata(self) -> _Pairs:
        """Return the metadata of the call."""
        return self._metadata

    def set_trailing_metadata(self, trailing_metadata: _Pairs) -> None:
        """Keep the metadata for the caller."""
        self.trailers = {name: value for name, value in trailing_metadata if isinstance(value, str)}

    def peer(self) -> str:
        """Return the address of the client, as gRPC writes it."""
        return self._peer

    def auth_context(self) -> Mapping[str, list[bytes]]:
        """Return nothing: these callers are identified by keys and tokens alone."""
        return {}

    def time_remaining(self) -> float | None:
        """Return the seconds until the deadline; None without one."""
        return None if self._deadline is None else self._deadline - asyncio.get_running_loop().time()

    async def abort_with_status(self, status: grpc.Status) -> NoReturn:
        """Keep the status, and end the call."""
        self._status = status_pb2.Status.FromString(dict(status.trailing_metadata)[_DETAILS])
        raise grpc.aio.AbortError


Serve = Callable[[None, DirectCall], Awaitable[Message]]
Stream = Callable[[None, DirectCall], Awaitable[None]]


async def watch(
    handler: RpcHandler,
    metadata: Mapping[str, str],
    peer: str,
    read: Read,
    *,
    enough: Callable[[Message], bool],
    seconds: float,
) -> list[Message] | status_pb2.Status:
    """Call a method that streams its reply, and cancel the call after a while, as a client may that goes away.

    Return the messages up to the first that is `enough`, at most those of so many seconds; or the status with which the
    call is refused before that. `read` is as for `DirectCall`.
    """
    found: list[Message] = []
    over = asyncio.Event()

    async def write(message: Message) -> None:
        found.append(message)
        if enough(message):
            over.set()
            await asyncio.Event().wait()  # until the call is cancelled

    call = DirectCall(metadata, peer, read, write=write)
    serving = asyncio.ensure_future(call.stream(handler))
    waiting = asyncio.ensure_future(over.wait())
    try:
        await asyncio.wait({serving, waiting}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (serving, waiting):
            task.cancel()
        outcome, _ = await asyncio.gather(serving, waiting, return_exceptions=True)
    if isinstance(outcome, Exception):
        raise outcome
    return outcome if isinstance(outcome, status_pb2.Status) else found
