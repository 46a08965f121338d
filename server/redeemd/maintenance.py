"""What is done in the background, in small steps that never hold the writer: purging and forgetting."""

import asyncio
from collections.abc import Mapping

from redeemd.clock import Clock
from redeemd.rpc.namespaces import QUERIES as NAMESPACE_QUERIES
from redeemd.store.base import BODY_ROWS_MAX, Store, StoreError, Tx
from redeemd.store.sql import Query, query
from redeemd.telemetry import Telemetry
from redeemd.transaction.idempotency import ANSWER_LIFETIME_MS
from redeemd.transaction.idempotency import QUERIES as IDEMPOTENCY_QUERIES

PAUSE_SECONDS = 10.0


def purge_query(table: str, key: tuple[str, ...]) -> Query:
    """Make the statement that deletes some rows of a namespace from a table with this key."""
    columns = ", ".join(key)
    some = f"SELECT {columns} FROM {table} WHERE namespace_id = :namespace_id LIMIT :limit"  # noqa: S608 -- our names
    return query(f"purge_{table}", f"DELETE FROM {table} WHERE ({columns}) IN ({some})")  # noqa: S608 -- our names


class Maintenance:
    """Purges deleted namespaces and forgets old idempotency keys."""

    def __init__(self, store: Store, clock: Clock, telemetry: Telemetry, tables: Mapping[str, tuple[str, ...]]) -> None:
        """`tables` are those keyed by namespace, with their keys."""
        self._store = store
        self._clock = clock
        self._telemetry = telemetry
        self._purges = [purge_query(table, key) for table, key in tables.items()]

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                busy = await self.step()
            except StoreError:
                busy = False  # the store is away; it says so itself
            except Exception as defect:  # noqa: BLE001 -- one defect must not end all housekeeping
                self._telemetry.defect(defect)
                busy = False
            await asyncio.sleep(0 if busy else PAUSE_SECONDS)

    async def step(self) -> bool:
        """Do one step; answer whether there is more to do."""
        return await self._store.run(self._step, write=True)

    async def _step(self, tx: Tx) -> bool:
        now = self._clock.now_ms()
        forgotten = await tx.run(
            IDEMPOTENCY_QUERIES.idempotency_purge, expired=now - ANSWER_LIFETIME_MS, limit=BODY_ROWS_MAX
        )
        if forgotten:
            return True
        return await self._purge(tx)

    async def _purge(self, tx: Tx) -> bool:
        row = await tx.one(NAMESPACE_QUERIES.namespace_buried)
        if row is None:
            return False
        namespace_id = row["namespace_id"]
        for purge in self._purges:
            if await tx.run(purge, namespace_id=namespace_id, limit=BODY_ROWS_MAX):
                return True
        await tx.run(NAMESPACE_QUERIES.namespace_forget, namespace_id=namespace_id)
        return True
