"""Runs pieces of work, few at a time, so that what arrives meanwhile is done together."""

import asyncio
import contextvars
from collections.abc import Callable, Coroutine

from redeemd.base.tasks import Tasks

AT_ONCE = 2  # one piece of work that commits, and one whose statements run
# Work that takes longer, because it waits for a lock or a standby, makes room for other work.
PLACE_SECONDS = 0.1


class Places:
    """The places of one kind of work."""

    def __init__(self, next_work: Callable[[], Coroutine[object, object, None] | None]) -> None:
        """`next_work` returns a piece of work, or None if there is none to do."""
        self._next_work = next_work
        self._occupied = 0
        self._scheduled = False
        self._tasks = Tasks()
        self._loop = asyncio.get_running_loop()
        self._context = contextvars.Context()  # the work belongs to no caller

    def wake(self) -> None:
        """Begin work if there is a place, once the current step of the event loop has added all that it has."""
        if self._occupied < AT_ONCE and not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._begin, context=self._context)

    def _begin(self) -> None:
        self._scheduled = False
        while self._occupied < AT_ONCE and (work := self._next_work()):
            self._occupied += 1
            self._tasks.start(self._do(work), context=self._context)

    async def _do(self, work: Coroutine[object, object, None]) -> None:
        occupies = True

        def leave() -> None:
            nonlocal occupies
            self._occupied -= occupies
            occupies = False
            self._begin()

        timer = self._loop.call_later(PLACE_SECONDS, leave, context=self._context)
        try:
            await work
        finally:
            timer.cancel()
            leave()
