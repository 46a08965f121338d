"""Queues of runs that lock the same names, in front of the connection pool of a process.

Waiting for a lock in PostgreSQL occupies a connection, so one player with many calls would take all connections and
block every other player. Therefore a run waits here, without a connection, until fewer than `at_once` runs that lock
the same name are under way. A run with several names takes its turns in the order of the names, and later its locks in
the same order, so that runs never deadlock.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Iterable

from redeemd.store.base import Busy

AT_ONCE = 2  # one that holds the locks, and one that is ready when they are released
WAITING_MAX = 500
SECONDS = 20.0  # less than the deadline of the published service config


class _Queue:
    """The runs of one name."""

    __slots__ = ("under_way", "waiting")

    def __init__(self) -> None:
        self.under_way = 0
        self.waiting: deque[asyncio.Future[None]] = deque()  # empty unless `at_once` runs are under way


class Turns:
    """The queues of a process. An unused name takes no memory."""

    def __init__(self, *, at_once: int = AT_ONCE, waiting_max: int = WAITING_MAX, seconds: float = SECONDS) -> None:
        """At most `at_once` runs per name are under way and `waiting_max` wait, each at most `seconds` per name."""
        self._at_once = at_once
        self._waiting_max = waiting_max
        self._seconds = seconds
        self._queues: dict[str, _Queue] = {}

    def __len__(self) -> int:
        """Return the number of names in use."""
        return len(self._queues)

    @contextlib.asynccontextmanager
    async def taken(self, names: Iterable[str]) -> AsyncIterator[None]:
        """Hold a turn at each name for the duration of the block. Raises Busy."""
        held: list[str] = []
        try:
            for name in sorted(set(names)):
                await self._take(name)
                held.append(name)
            yield
        finally:
            for name in held:
                self._give_back(name)

    async def _take(self, name: str) -> None:
        queue = self._queues.get(name)
        if queue is None:
            queue = self._queues[name] = _Queue()
        if queue.under_way < self._at_once:
            queue.under_way += 1
        elif len(queue.waiting) < self._waiting_max:
            await self._wait(name, queue)
        else:
            raise Busy(name)

    async def _wait(self, name: str, queue: _Queue) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.waiting.append(turn)
        try:
            async with asyncio.timeout(self._seconds):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():  # it came too late
                self._give_back(name)
            else:
                with contextlib.suppress(ValueError):  # it may have been skipped already
                    queue.waiting.remove(turn)
            if isinstance(error, TimeoutError):
                raise Busy(name) from None
            raise

    def _give_back(self, name: str) -> None:
        queue = self._queues[name]
        while queue.waiting:
            turn = queue.waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        queue.under_way -= 1
        if not queue.under_way:
            del self._queues[name]
