"""Queues of runs that lock the same names, in front of the connection pool of a process.

Waiting for a lock in PostgreSQL occupies a connection, so one player with many calls would take all connections and
block every other player. Therefore a run waits here, without a connection, until fewer than `at_once` runs that lock
the same name are under way.

A run takes its turns at all of its names together and holds none while it waits, so a run that waits for a busy name
does not block the runs of its other names. The order is that of arrival, except that a run that cannot begin is passed
by later ones that can. To prevent starvation, a run that is first in the queues of all of its names has a reservation:
until it begins, later runs get at most `at_once` - 1 turns at each of those names. The turns that are in use end, so
the reservation is fulfilled; one turn at each name remains for others meanwhile. The run that has waited longest of all
is always first in its queues, so every run gets there. (With `at_once` 1 there are no reservations.)
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable

from redeemd.store.base import Busy

AT_ONCE = 2  # one that holds the locks, and one that is ready when they are released
WAITING_MAX = 500
SECONDS = 20.0  # less than the deadline of the published service config


class _Waiter:
    """A run that has not begun."""

    __slots__ = ("first_in", "names", "turn")

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self.first_in = 0  # the number of its names in whose queue it is first
        self.turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def has_reservation(self) -> bool:
        return self.first_in == len(self.names)


class _Queue:
    """The runs of one name."""

    __slots__ = ("under_way", "waiting")

    def __init__(self) -> None:
        self.under_way = 0
        self.waiting: dict[_Waiter, None] = {}  # in the order of arrival

    @property
    def first(self) -> _Waiter | None:
        return next(iter(self.waiting), None)


class Turns:
    """The queues of a process. An unused name takes no memory."""

    def __init__(self, *, at_once: int = AT_ONCE, waiting_max: int = WAITING_MAX, seconds: float = SECONDS) -> None:
        """At most `at_once` runs per name are under way and `waiting_max` wait, each at most `seconds` in total."""
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
        distinct = tuple(sorted(set(names)))
        await self._take(distinct)
        try:
            yield
        finally:
            self._give_back(distinct)

    async def _take(self, names: tuple[str, ...]) -> None:
        waiter = _Waiter(names)
        self._join(waiter)
        if self._obstacle(waiter) is None:
            self._begin(waiter)
        elif full := [name for name in names if len(self._queues[name].waiting) > self._waiting_max]:
            self._leave(waiter)
            raise Busy(full[0])
        else:
            await self._wait(waiter)

    async def _wait(self, waiter: _Waiter) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await waiter.turn
        except BaseException as error:
            if waiter.turn.done() and not waiter.turn.cancelled():  # it came too late
                self._give_back(waiter.names)
            else:
                self._leave(waiter)
                self._begin_waiters(waiter.names)
            if isinstance(error, TimeoutError):
                raise Busy(waiter.names[0]) from None
            raise

    def _join(self, waiter: _Waiter) -> None:
        for name in waiter.names:
            queue = self._queues.setdefault(name, _Queue())
            waiter.first_in += not queue.waiting
            queue.waiting[waiter] = None

    def _leave(self, waiter: _Waiter) -> None:
        for name in waiter.names:
            queue = self._queues[name]
            was_first = queue.first is waiter
            del queue.waiting[waiter]
            if was_first and queue.first is not None:
                queue.first.first_in += 1
            self._forget_if_unused(name)

    def _begin(self, waiter: _Waiter) -> None:
        for name in waiter.names:
            self._queues[name].under_way += 1
        self._leave(waiter)
        waiter.turn.set_result(None)

    def _give_back(self, names: tuple[str, ...]) -> None:
        for name in names:
            self._queues[name].under_way -= 1
            self._forget_if_unused(name)
        self._begin_waiters(names)

    def _forget_if_unused(self, name: str) -> None:
        queue = self._queues[name]
        if not queue.under_way and not queue.waiting:
            del self._queues[name]

    def _begin_waiters(self, names: tuple[str, ...]) -> None:
        """Begin the runs that can begin after a change at these names. A run that begins changes all of its names."""
        changed = list(names)
        while changed:
            if waiter := self._next(changed.pop()):
                self._begin(waiter)
                changed += waiter.names

    def _next(self, name: str) -> _Waiter | None:
        """Return the run in the queue of a name that has waited longest of those that can begin, or None."""
        queue = self._queues.get(name)
        if queue is None or queue.under_way >= self._at_once:
            return None
        can_begin = (waiter for waiter in queue.waiting if not waiter.turn.done() and self._obstacle(waiter) is None)
        return next(can_begin, None)

    def _obstacle(self, waiter: _Waiter) -> str | None:
        """Return a name at which there is no free turn for a run, or None."""
        return next((name for name in waiter.names if not self._is_free(self._queues[name], waiter)), None)

    def _is_free(self, queue: _Queue, waiter: _Waiter) -> bool:
        first = queue.first
        reserved = first is not None and first is not waiter and first.has_reservation
        return queue.under_way < max(1, self._at_once - reserved)
