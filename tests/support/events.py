"""Watching events as a client does."""

import asyncio
import contextlib

from redeem.event.v1 import event_service_pb2_grpc
from redeem.event.v1 import requests_pb2 as pb

WAIT_SECONDS = 20
QUIET_SECONDS = 0.4  # more than polling takes


class Watcher:
    """A stream of events, and what came of it."""

    def __init__(self, call):
        self._call = call
        self.cursor = ""
        self.events = []

    async def answer(self):
        """Wait for one answer; None at the end of the stream."""
        async with asyncio.timeout(WAIT_SECONDS):
            answer = await anext(aiter(self._call), None)
        if answer is not None:
            self.cursor = answer.next_cursor
            self.events += answer.items
        return answer

    async def until(self, count):
        """Wait until there are so many events; answer them."""
        while len(self.events) < count:
            assert await self.answer() is not None, self.events
        assert len(self.events) == count, self.events
        return self.events

    async def is_quiet(self):
        """Answer whether nothing comes for a while."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(QUIET_SECONDS):
                await self.answer()
                return False
        return True

    def cancel(self):
        """Leave."""
        self._call.cancel()


@contextlib.asynccontextmanager
async def watching(service, *, metadata=None, **request):
    """Watch; the watcher is there when the block begins."""
    stub = event_service_pb2_grpc.EventServiceStub(service.channel)
    watcher = Watcher(stub.WatchEvents(pb.WatchEventsRequest(**request), metadata=metadata or service.admin))
    try:
        await watcher.answer()
        yield watcher
    finally:
        watcher.cancel()


async def told(service, count, **request):
    """Answer the events that are kept, of those that are asked for; there have to be so many, and no more."""
    async with watching(service, start=pb.START_OLDEST, **request) as watcher:
        await watcher.until(count)
        assert await watcher.is_quiet(), watcher.events
        return watcher.events
