"""Streams of batches in both directions: items arrive in messages, and outcomes are sent as they are known.

One coroutine reads messages while the other executes items and sends outcomes. Between them wait items of a bounded
number and size: when there are as many, or the client does not read outcomes, nothing is read, and the flow control of
HTTP/2 makes the client wait.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import cast

from google.protobuf.message import Message

from redeemd.base.methods import MethodTelemetry
from redeemd.errors import ServerDraining, ValidationFailed, Violation
from redeemd.rpc.batches import BatchMessage, Item, Items, Outcomes, refuse_metadata
from redeemd.rpc.call import Call
from redeemd.rpc.limiter import Place
from redeemd.rpc.method import Method
from redeemd.rpc.pipeline import Admission
from redeemd.rpc.ports import Context, Metadata
from redeemd.rpc.request_log import Entry
from redeemd.rpc.runtime import Runtime

IN_PROGRESS_MAX = 2000  # items of one stream
BYTES_IN_PROGRESS_MAX = 4 * 1024 * 1024  # of their requests, or one message


class BatchStream:
    """Serves a method whose request messages carry items, and whose response messages carry their outcomes."""

    def __init__(self, method: Method, unary: Method, runtime: Runtime, telemetry: MethodTelemetry) -> None:
        self._admission = Admission(method, runtime, telemetry)
        self._items = Items(unary, runtime, telemetry)
        self._telemetry = telemetry
        self._items_max = runtime.limiter.items_max
        self._stopping = runtime.stopping

    async def serve(self, context: Context, metadata: Metadata, entry: Entry, place: Place) -> None:
        """Execute the items of a stream until the client ends it."""
        call = await self._admission.admit(context, metadata, entry, place)
        refuse_metadata(metadata)
        entry.sent, entry.items = 0, 0
        accepted = _Accepted()
        reading = asyncio.create_task(self._read(context, call, accepted))
        try:
            while items := await accepted.take(self._items_max):
                # A stream may stay open for long: its caller may have lost access.
                await self._admission.check_again(call, metadata)
                await self._execute(context, call, items, place, entry)
                accepted.done(items)
            await reading  # raises the reason why the stream ended early
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _execute(
        self, context: Context, call: Call[Message], items: Sequence[Item], place: Place, entry: Entry
    ) -> None:
        results = await self._items.execute(call, items, place, entry)
        reply = call.reply()
        outcomes = Outcomes(reply, entry)
        for item, result in zip(items, results, strict=True):
            outcomes.add(item, result)
        await context.write(reply)
        entry.sent = (entry.sent or 0) + 1
        self._telemetry.sent += 1

    async def _read(self, context: Context, call: Call[Message], accepted: "_Accepted") -> None:
        """Accept the items of all messages, the first included. Raises what ends the stream early."""
        first = cast("BatchMessage", call.request)
        message: BatchMessage | None = first
        try:
            while message is not None:
                if message.namespace_name != first.namespace_name:  # the first one was authorized
                    text = "must be that of the first message"
                    raise ValidationFailed(violations=[Violation("namespace_name", text)])
                await accepted.add(message.items)
                message = await self._next(context)
        finally:
            accepted.end()

    async def _next(self, context: Context) -> BatchMessage | None:
        """Return the next message, or None after the last. Raises ServerDraining when the server shuts down."""
        if self._stopping.is_set():
            raise ServerDraining
        following = asyncio.ensure_future(self._admission.next(context))
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait((following, stopping), return_when=asyncio.FIRST_COMPLETED)
            if not following.done():
                raise ServerDraining
            return cast("BatchMessage | None", following.result())
        finally:
            stopping.cancel()
            following.cancel()


def _bytes_of(items: Sequence[Item]) -> int:
    return sum(cast("Message", item).ByteSize() for item in items)


class _Accepted:
    """The items of one stream that have been read and have no outcome yet."""

    def __init__(self) -> None:
        self._waiting: deque[Item] = deque()
        self._in_progress = 0
        self._bytes = 0
        self._ended = False
        self._changed = asyncio.Event()

    async def add(self, items: Sequence[Item]) -> None:
        """Add the items of a message, once there is room for all of them."""
        size = _bytes_of(items)
        while self._in_progress and (
            self._in_progress + len(items) > IN_PROGRESS_MAX or self._bytes + size > BYTES_IN_PROGRESS_MAX
        ):
            await self._change()
        self._waiting.extend(items)
        self._in_progress += len(items)
        self._bytes += size
        self._changed.set()

    async def take(self, most: int) -> list[Item]:
        """Return up to `most` items in their order, at least one; an empty list after the last."""
        while not self._waiting and not self._ended:
            await self._change()
        return [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]

    def done(self, items: Sequence[Item]) -> None:
        """Make room: these items have outcomes."""
        self._in_progress -= len(items)
        self._bytes -= _bytes_of(items)
        self._changed.set()

    def end(self) -> None:
        """Record that no items follow."""
        self._ended = True
        self._changed.set()

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()
