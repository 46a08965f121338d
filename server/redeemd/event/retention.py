"""Removes events that are old, from the oldest on, so that what is left has no gap."""

import secrets

from redeemd.clock import Clock
from redeemd.event.telling import QUERIES
from redeemd.store.base import BODY_ROWS_MAX, Store, Tx


class Retention:
    """How long events are kept."""

    def __init__(self, store: Store, clock: Clock, *, seconds: int) -> None:
        """`seconds` 0: none is written, and those that there are, are removed."""
        self._store = store
        self._clock = clock
        self._seconds = seconds

    async def begin(self) -> None:
        """Put in order what a server finds when it starts.

        Where events are not kept, whoever watched until now is to hear so when they are kept again: a new row that
        tells nothing stands in place of all.
        """
        while await self._store.run(_remove_foreign, write=True):
            pass
        if not self._seconds:
            mark = secrets.token_bytes(16)

            async def begin_anew(tx: Tx) -> None:
                await tx.run(QUERIES.event_mark, now=self._clock.now_ms(), mark=mark)

            await self._store.run(begin_anew, write=True)

    async def step(self) -> bool:
        """Remove some; answer whether there were any. The newest stays, for watchers to stand behind."""
        now = self._clock.now_ms()

        async def body(tx: Tx) -> bool:
            *rows, _newest = await tx.all(QUERIES.event_oldest, limit=BODY_ROWS_MAX + 1)
            last = None
            for row in rows:
                if self._seconds and row["told_at"] >= now - self._seconds * 1000:
                    break
                last = row
            if last is not None:
                await tx.run(QUERIES.event_remove, xid=last["xid"], event_id=last["event_id"])
            return last is not None

        return await self._store.run(body, write=True)


async def _remove_foreign(tx: Tx) -> bool:
    return bool(await tx.run(QUERIES.event_remove_of_another_cluster, limit=BODY_ROWS_MAX))
