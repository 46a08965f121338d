"""Deletes old events, from the oldest on, so that the remaining ones have no gap."""

import itertools
import secrets
import sys

from redeemd.base.clock import Clock
from redeemd.event.queries import QUERIES
from redeemd.store import locks
from redeemd.store.base import BODY_ROWS_MAX, Row, Store, Tx

RENUMBERED_ROWS = 10_000  # by one statement, whose timeout is 15 seconds


class Retention:
    """Deletes events after their retention time."""

    def __init__(self, store: Store, clock: Clock, *, seconds: int) -> None:
        """`seconds` is the retention time; 0 means that no events are written and existing ones are deleted."""
        self._store = store
        self._clock = clock
        self._seconds = seconds

    async def begin(self) -> None:
        """Prepare the events that a server finds when it starts: renumber those of another cluster.

        If no events are stored, a marker row is appended, so that existing cursors are refused with CURSOR_EXPIRED.
        """
        await self._renumber()
        if not self._seconds:
            mark, now = secrets.token_bytes(16), self._clock.now_ms()

            async def begin_anew(tx: Tx) -> None:
                await tx.run(QUERIES.event_mark, now=now, mark=mark)

            await self._store.run(begin_anew, write=True)

    async def _renumber(self) -> None:
        """Move events that a dump restored from another PostgreSQL cluster before all events of this cluster."""
        if await self._store.run(_any_of_the_future, write=False, autocommit=True):
            await self._store.run(_renumber, write=True, queue=[locks.EVENTS])

    async def step(self) -> bool:
        """Delete some old events; return whether there were any."""
        await self._renumber()  # the database may have been replaced under a server
        now = self._clock.now_ms()
        # A server that stores no events deletes all of them, whatever the clocks of the servers that wrote them.
        old = now - self._seconds * 1000 if self._seconds else sys.maxsize

        async def any_old(tx: Tx) -> bool:
            return bool(await _oldest(tx, old, limit=1))

        async def remove(tx: Tx) -> None:
            if rows := await _oldest(tx, old, limit=BODY_ROWS_MAX):
                await tx.run(QUERIES.event_remove, xid=rows[-1]["xid"], event_id=rows[-1]["event_id"])

        found = await self._store.run(any_old, write=False)
        if found:
            await self._store.run(remove, write=True)
        return found


async def _oldest(tx: Tx, old: int, *, limit: int) -> list[Row]:
    """Return the oldest events that can be deleted: the old ones without the last of them.

    No event after that one is missing, so a cursor at that position stays valid.
    """
    rows = await tx.all(QUERIES.event_oldest, limit=limit + 1)
    return list(itertools.takewhile(lambda row: row["told_at"] < old, rows))[:-1]


async def _any_of_the_future(tx: Tx) -> bool:
    return await tx.one(QUERIES.event_of_the_future) is not None


async def _renumber(tx: Tx) -> None:
    """Renumber all events in one transaction, so that a watcher sees all of them or none.

    It may therefore write more than BODY_ROWS_MAX rows; PostgreSQL has more than one writer.
    """
    await tx.lock(locks.EVENTS)
    if not await _any_of_the_future(tx):
        return  # another replica was faster
    position = {"xid": 0, "event_id": 0}
    while (last := await tx.one(QUERIES.event_renumber, limit=RENUMBERED_ROWS, **position)) is not None:
        position = {"xid": last["xid"], "event_id": last["event_id"]}
