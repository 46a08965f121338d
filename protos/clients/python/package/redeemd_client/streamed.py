"""UseStream, opened as often as it takes: requests without an outcome are sent again, with the same keys."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncGenerator, AsyncIterable, Iterable
from typing import Any, Generic, Protocol, TypeVar

import grpc
from google.protobuf.message import Message

from redeemd_client import batches
from redeemd_client.calls import Call, Patience
from redeemd_client.credentials import Credential, Header
from redeemd_client.errors import RedeemError
from redeemd_client.rules import Rule

ItemT = TypeVar("ItemT", bound=Message)

IN_PROGRESS_MAX = 2000  # as in the server
_SILENT_SECONDS_MAX = 3.0  # the server ends a stream that sends nothing for 10 seconds by default


class Session(Protocol):
    """The credential of a client."""

    credential: Credential

    async def header(self) -> Header | None:
        """Return the metadata to send."""


class Streamed(Generic[ItemT]):
    """The requests of a stream, those under way among them. `close` it at the end."""

    def __init__(self, rule: Rule, requests: Iterable[ItemT] | AsyncIterable[ItemT]) -> None:
        self._rule = rule
        self._waiting: asyncio.Queue[ItemT | None] = asyncio.Queue(batches.ITEMS_MAX)  # None behind the last one
        self._reading = asyncio.create_task(self._read(requests))
        self._under_way: dict[int, ItemT] = {}
        self._numbers = itertools.count()
        self._namespace_name = ""
        self._room = asyncio.Event()
        self._all_taken = False

    async def _read(self, requests: Iterable[ItemT] | AsyncIterable[ItemT]) -> None:
        """Read requests ahead, so that those that are there together are sent together."""
        try:
            if isinstance(requests, AsyncIterable):
                async for request in requests:
                    await self._waiting.put(request)
            else:
                for request in requests:
                    await self._waiting.put(request)
        except Exception:
            await self._waiting.put(None)
            raise
        await self._waiting.put(None)

    async def close(self) -> None:
        """Read no further."""
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def outcomes(
        self, session: Session, send: Any, waiting: Patience
    ) -> AsyncGenerator[batches.Outcome[ItemT], None]:
        """Yield the outcomes of all requests. `send` opens a stream.

        Raises RedeemError, and what the requests raise once those before have outcomes.
        """
        call, header = Call(self._rule, self._rule.request()), None
        while await self._has_more():
            try:
                header = await session.header()
                async with contextlib.aclosing(self._connected(send(**call.options(header)), call)) as received:
                    async for outcome in received:
                        call = Call(self._rule, self._rule.request())
                        waiting.progress()
                        yield outcome
            except RedeemError as error:
                try:
                    if not call.goes_again(error, header, session.credential):
                        await asyncio.sleep(waiting.pause(error))
                except RedeemError:
                    raise batches.left_over(error, self._under_way.values()) from None
        await self._reading

    async def _has_more(self) -> bool:
        """Wait for a request if none is under way; return whether there is one."""
        while not (self._under_way or self._all_taken):
            self._take(await self._waiting.get())
        return bool(self._under_way)

    async def _connected(self, stream: Any, call: Call) -> AsyncGenerator[batches.Outcome[ItemT], None]:
        """Send what is under way, and then what is waiting; yield outcomes until the stream ends."""
        writing = asyncio.create_task(self._write(stream))
        try:
            async for message in stream:
                for outcome in message.outcomes:
                    request = self._under_way.pop(outcome.id)
                    self._room.set()
                    yield batches.outcome_of(outcome, request)
        except grpc.RpcError as failure:
            raise call.error(failure) from failure
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            stream.cancel()

    async def _write(self, stream: Any) -> None:
        with contextlib.suppress(grpc.RpcError, asyncio.InvalidStateError):  # whoever reads the stream learns why
            for items in batches.chunks(list(self._under_way.items())):
                await stream.write(self._message(items))
            while not self._all_taken:
                await stream.write(self._message(await self._next_items()))
            await stream.done_writing()

    def _message(self, items: batches.Items[ItemT]) -> Message:
        return batches.message_of(self._rule, items, self._namespace_name)

    async def _next_items(self) -> batches.Items[ItemT]:
        """Return what is waiting, none after a silence or at the end."""
        chunk: batches.Chunk[ItemT] = batches.Chunk()
        try:
            async with asyncio.timeout(_SILENT_SECONDS_MAX):
                while len(self._under_way) >= IN_PROGRESS_MAX:
                    self._room.clear()
                    await self._room.wait()
                taken = self._take(await self._waiting.get())
        except TimeoutError:
            return chunk.items
        while taken is not None:
            chunk.add(*taken)
            if chunk.is_full or len(self._under_way) >= IN_PROGRESS_MAX or self._waiting.empty():
                break
            taken = self._take(self._waiting.get_nowait())
        return chunk.items

    def _take(self, request: ItemT | None) -> tuple[int, ItemT] | None:
        """Note that a request is under way, and return it with its number; None behind the last one."""
        if request is None:
            self._all_taken = True
            return None
        number, keyed = next(self._numbers), batches.with_key(request)
        self._under_way[number] = keyed
        self._namespace_name = self._namespace_name or batches.namespace_of(keyed)
        return number, keyed
