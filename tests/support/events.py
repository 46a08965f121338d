"""Watching events as a client does."""

import asyncio
import contextlib

import grpc
from redeem.event.v1 import event_service_pb2_grpc
from redeem.event.v1 import requests_pb2 as pb

from support.patience import WAIT_SECONDS

QUIET_SECONDS = 0.4  # more than polling takes


class Watcher:
    """A stream of events, and what came of it."""

    def __init__(self, call):
        self._call = call
        self._next = None
        self.cursor = ""
        self.events = []

    async def answer(self, seconds=WAIT_SECONDS):
        """Wait for one answer; raises TimeoutError when none comes."""
        # To give up waiting would end the stream.
        self._next = self._next or asyncio.ensure_future(self._call.read())
        async with asyncio.timeout(seconds):
            answer = await asyncio.shield(self._next)
        self._next = None
        assert answer is not grpc.aio.EOF
        self.cursor = answer.next_cursor
        self.events += answer.items
        return answer

    async def until(self, count):
        """Wait until there are so many events; answer them."""
        while len(self.events) < count:
            await self.answer()
        assert len(self.events) == count, self.events
        return self.events

    async def is_quiet(self):
        """Answer whether nothing comes for a while."""
        with contextlib.suppress(TimeoutError):
            await self.answer(QUIET_SECONDS)
            return False
        return True

    async def leave(self):
        """End the stream."""
        self._call.cancel()
        if self._next is not None:
            await asyncio.gather(self._next, return_exceptions=True)


@contextlib.asynccontextmanager
async def watching(service, *, metadata=None, **request):
    """Watch; the watcher is there when the block begins."""
    stub = event_service_pb2_grpc.EventServiceStub(service.channel)
    watcher = Watcher(stub.WatchEvents(pb.WatchEventsRequest(**request), metadata=metadata or service.admin))
    try:
        await watcher.answer()
        yield watcher
    finally:
        await watcher.leave()


async def told(service, count, **request):
    """Answer the events that are kept, of those that are asked for; there have to be so many, and no more."""
    async with watching(service, start=pb.START_OLDEST, **request) as watcher:
        await watcher.until(count)
        assert await watcher.is_quiet(), watcher.events
        return watcher.events
