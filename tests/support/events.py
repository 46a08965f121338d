"""Watching events as a client does."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import grpc
from redeem.event.v1 import event_service_pb2_grpc
from redeem.event.v1 import requests_pb2 as pb

from support.patience import WAIT_SECONDS
from support.service import Metadata, Service

QUIET_SECONDS = 0.4  # more than polling takes


class Watcher:
    """A stream of events, and what came of it."""

    def __init__(self, call: Any) -> None:
        self._call = call
        self._next: asyncio.Future[Any] | None = None
        self.cursor = ""
        self.events: list[Any] = []

    async def answer(self, seconds: float = WAIT_SECONDS) -> Any:
        """Wait for one response; raises TimeoutError when none comes."""
        # To give up waiting would end the stream.
        self._next = self._next or asyncio.ensure_future(self._call.read())
        async with asyncio.timeout(seconds):
            answer = await asyncio.shield(self._next)
        self._next = None
        assert answer is not grpc.aio.EOF
        self.cursor = answer.next_cursor
        self.events += answer.items
        return answer

    async def until(self, count: int) -> list[Any]:
        """Wait until there are so many events; return them."""
        while len(self.events) < count:
            await self.answer()
        assert len(self.events) == count, self.events
        return self.events

    async def is_quiet(self) -> bool:
        """Return whether nothing comes for a while."""
        with contextlib.suppress(TimeoutError):
            await self.answer(QUIET_SECONDS)
            return False
        return True

    async def leave(self) -> None:
        """End the stream."""
        self._call.cancel()
        if self._next is not None:
            await asyncio.gather(self._next, return_exceptions=True)


@contextlib.asynccontextmanager
async def watching(service: Service, *, metadata: Metadata | None = None, **request: Any) -> AsyncIterator[Watcher]:
    """Watch; the watcher is there when the block begins."""
    stub = event_service_pb2_grpc.EventServiceStub(service.channel)  # type: ignore[no-untyped-call]  # generated
    watcher = Watcher(stub.WatchEvents(pb.WatchEventsRequest(**request), metadata=metadata or service.admin))
    try:
        await watcher.answer()
        yield watcher
    finally:
        await watcher.leave()


async def told(service: Service, count: int, **request: Any) -> list[Any]:
    """Return the events that are kept, of those that are requested; there have to be so many, and no more."""
    async with watching(service, start=pb.START_OLDEST, **request) as watcher:
        await watcher.until(count)
        assert await watcher.is_quiet(), watcher.events
        return watcher.events


@contextlib.asynccontextmanager
async def unfinished_transaction(service: Service) -> AsyncIterator[Any]:
    """Hold a transaction open that began before those inside, and commit it at the end. Yields its connection."""
    connection = await asyncpg.connect(service.settings.database.get_secret_value())
    try:
        async with connection.transaction():
            await connection.fetch("SELECT pg_current_xact_id()")
            yield connection
    finally:
        await connection.close()
