"""Wakes watchers: at once when this process commits events, and after a poll when other processes do."""

import asyncio

from redeemd.event.cursors import EventPosition, position_of
from redeemd.event.errors import ServerStopping, TooManyWatchers
from redeemd.event.queries import QUERIES
from redeemd.store.base import Store, StoreError, Tx

WATCHERS_MAX = 100
POLL_SECONDS = 0.25
# How long a woken watcher waits for more events: while many calls commit, it reads several of them together.
COLLECT_SECONDS = 0.02


class Feed:
    """The watchers of this process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.watchers = 0
        self._followers = 0
        self.news = 0  # increases when there may be new events
        self._changed = asyncio.Event()
        self._watched = asyncio.Event()
        self._stopping = False

    def enter(self) -> None:
        """Add a watcher. Raises TooManyWatchers or ServerStopping."""
        if self._stopping:
            raise ServerStopping
        if self.watchers >= WATCHERS_MAX:
            raise TooManyWatchers
        self.watchers += 1
        self._watched.set()

    def leave(self) -> None:
        """Remove a watcher."""
        self.watchers -= 1
        self._unwatch()

    def follow(self) -> None:
        """Add a reader inside this process: one that is not counted as a watcher, and never refused."""
        self._followers += 1
        self._watched.set()

    def unfollow(self) -> None:
        """Remove such a reader."""
        self._followers -= 1
        self._unwatch()

    def _unwatch(self) -> None:
        if not self.watchers and not self._followers:
            self._watched.clear()

    def wake(self) -> None:
        """Wake the watchers, because events may have been committed."""
        if self.watchers or self._followers:
            self.news += 1
            self._changed.set()
            self._changed = asyncio.Event()

    def stop(self) -> None:
        """Stop all watchers."""
        self._stopping = True
        self.wake()

    async def wait(self, seen: int, *, seconds: float) -> None:
        """Wait until `news` differs from `seen`, at most for some seconds. Raises ServerStopping."""
        try:
            async with asyncio.timeout(seconds):
                while self.news == seen and not self._stopping:
                    await self._changed.wait()
                await asyncio.sleep(COLLECT_SECONDS)
        except TimeoutError:
            pass
        if self._stopping:
            raise ServerStopping

    async def poll(self) -> None:
        """Poll for events that other processes commit, while there are readers, until cancelled."""
        newest = None
        while True:
            await self._watched.wait()
            await asyncio.sleep(POLL_SECONDS)
            try:
                found = await self._store.run(_newest, write=False, autocommit=True)
            except StoreError:
                continue  # the store is unavailable; watchers get the error when they read
            if found != newest:
                newest = found
                self.wake()


async def _newest(tx: Tx) -> EventPosition | None:
    row = await tx.one(QUERIES.event_newest)
    return None if row is None else position_of(row)
