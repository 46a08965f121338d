"""Queues bodies that may share a transaction, and runs those that wait together as a group."""

import asyncio
import contextvars
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass

from redeemd.base.tasks import Tasks
from redeemd.store.base import OF_ALL_CALLERS, Body
from redeemd.store.postgres.coalescer import copy_of
from redeemd.store.postgres.group import Left, NotTogether, run_together
from redeemd.store.postgres.places import Places
from redeemd.store.postgres.store import PostgresStore, Shared
from redeemd.store.stepped import Ended

GROUP_MAX = 64


@dataclass(frozen=True, slots=True)
class Grouped:
    """A body that waits to run in a group."""

    body: Body[object]
    queue: Sequence[str]
    outcome: "asyncio.Future[object]"
    context: contextvars.Context
    queued: float  # when it began to wait, by the clock of the event loop


class Groups:
    """The bodies that wait. One that waits alone runs by itself."""

    def __init__(self, store: PostgresStore, failed: Callable[[Exception], None]) -> None:
        """`failed` is called with the error of a group whose bodies run one by one then."""
        self._postgres = store
        self._failed = failed
        self._waiting: deque[Grouped] = deque()
        self._apart: Counter[str] = Counter()  # the names in the queues of bodies that were in a group that failed
        self._places = Places(self._next)
        self._tasks = Tasks()

    @property
    def waiting(self) -> int:
        """The number of bodies that wait."""
        return len(self._waiting)

    def add(self, member: Grouped) -> None:
        """Run a body, now or together with others, and settle its outcome.

        One that may have to wait for a body that was in a group that failed runs by itself, too: a group would fail
        again, and delay all its callers.
        """
        if any(name in self._apart for name in member.queue):
            self._tasks.start(self._by_itself(member))
            return
        self._waiting.append(member)
        self._places.wake()

    def _next(self) -> Coroutine[object, object, None] | None:
        """Take the next group out of the queue, without bodies whose callers no longer wait."""
        members: list[Grouped] = []
        while self._waiting and len(members) < GROUP_MAX:
            member = self._waiting.popleft()
            if not member.outcome.cancelled():
                members.append(member)
        return self._serve(members) if members else None

    async def _serve(self, members: Sequence[Grouped]) -> None:
        if len(members) == 1:
            await self._by_itself(members[0])
            return
        bodies = [(member.body, member.context) for member in members]
        try:
            ends = await self._postgres.run_set(
                lambda tx: run_together(tx, bodies),
                write=True,
                autocommit=False,
                shared=Shared(len(members), members[0].queued),
            )
        except OF_ALL_CALLERS as error:
            for member in members:
                Ended(error=copy_of(error)).settle(member.outcome)
        except Exception as error:  # noqa: BLE001 -- whichever body caused it gets it when it runs by itself
            if not isinstance(error, NotTogether):
                self._failed(error)
            await asyncio.gather(*map(self._run_apart, members))
        else:
            left = []
            for member, end in zip(members, ends, strict=True):
                if isinstance(end.error, Left):
                    left.append(member)
                else:
                    end.settle(member.outcome)
            await asyncio.gather(*map(self._by_itself, left))

    async def _by_itself(self, member: Grouped) -> None:
        if member.outcome.cancelled():
            return
        run = self._postgres.run(member.body, write=True, queue=member.queue)
        try:
            result = await asyncio.get_running_loop().create_task(run, context=member.context)
        except Exception as error:  # noqa: BLE001 -- the caller gets it
            Ended(error=error).settle(member.outcome)
        else:
            Ended(result).settle(member.outcome)

    async def _run_apart(self, member: Grouped) -> None:
        self._apart.update(member.queue)
        try:
            await self._by_itself(member)
        finally:
            self._apart.subtract(member.queue)
            for name in member.queue:
                if not self._apart[name]:
                    del self._apart[name]
