"""Limits how many requests of a kind are served concurrently, how many wait for a slot, and for how long."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redeemd.http.refusal import Refused


class Places:
    """The slots of one kind of request."""

    def __init__(self, places: int, *, waiting_max: int, wait_seconds: float) -> None:
        self._free = asyncio.Semaphore(places)
        self.taken_now = 0
        self._waiting = 0
        self._waiting_max = waiting_max
        self._wait_seconds = wait_seconds

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """Hold a slot. Raises Refused with 503 if none becomes free in time, or if too many requests wait."""
        await self._take()
        self.taken_now += 1
        try:
            yield
        finally:
            self.taken_now -= 1
            self._free.release()

    async def _take(self) -> None:
        if self._free.locked() and self._waiting >= self._waiting_max:
            raise _full()
        self._waiting += 1
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._free.acquire()
        except TimeoutError:
            raise _full() from None
        finally:
            self._waiting -= 1


def _full() -> Refused:
    return Refused(503, "too many transfers at once; try again later", **{"Retry-After": "5"})
