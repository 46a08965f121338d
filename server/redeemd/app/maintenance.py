"""Background chores, in small steps that never block the writer for long."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from redeemd.base.clock import Clock
from redeemd.base.telemetry import Telemetry
from redeemd.base.wake import Wake
from redeemd.idempotency.idempotency import REPLY_LIFETIME_MS
from redeemd.idempotency.queries import QUERIES as IDEMPOTENCY_QUERIES
from redeemd.resources.queries import QUERIES as NAMESPACE_QUERIES
from redeemd.store.base import BODY_ROWS_MAX, Store, StoreError, Tx
from redeemd.store.sql import Query, query

PAUSE_SECONDS = 10.0

# On PostgreSQL, a transaction that has read a namespace can still write into it after it was deleted. A purge looks for
# rows for this long, which is far more than a transaction takes.
PURGE_MS = 10 * 60 * 1000
PURGES_MAX = 100  # namespaces handled in one step

# One step of some work; returns whether there was anything to do.
Chore = Callable[[], Awaitable[bool]]


def purge_query(table: str, key: tuple[str, ...]) -> Query:
    """Return the statement that deletes a limited number of rows of a namespace from a table with this key.

    It deletes them in the order of the key. Each engine needs a form of its own to use all of the key: see
    redeemd/serialkey/queries.sql.
    """
    rest = ", ".join(key[1:])
    if not rest:  # one row
        return query(f"purge_{table}", f"DELETE FROM {table} WHERE namespace_id = :namespace_id")  # noqa: S608 -- our names
    some = (
        f"SELECT /*postgres namespace_id,*/ {rest} FROM {table} "  # noqa: S608 -- our names
        f"WHERE namespace_id = :namespace_id ORDER BY {rest} LIMIT :limit"
    )
    found = f"/*postgres (namespace_id, {rest}) else*/ namespace_id = :namespace_id AND ({rest}) /*end*/ IN ({some})"
    return query(f"purge_{table}", f"DELETE FROM {table} WHERE {found}")  # noqa: S608 -- our names


class Maintenance:
    """Runs the chores of a server repeatedly."""

    def __init__(self, chores: Sequence[Chore], telemetry: Telemetry, wake: Wake) -> None:
        """`wake` makes the chores run at once."""
        self.chores = chores
        self._telemetry = telemetry
        self._wake = wake

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            if await self.step():
                await asyncio.sleep(0)
            else:
                await self._wake.pause(PAUSE_SECONDS)

    async def step(self) -> bool:
        """Do one step of each chore; return whether there was anything to do."""
        busy = False
        for chore in self.chores:
            try:
                busy = await chore() or busy
            except StoreError:
                continue  # the store is unavailable, and reports that itself
            except Exception as defect:  # noqa: BLE001 -- one defect must not end all housekeeping
                self._telemetry.defect(defect)
        return busy


def in_transaction(store: Store, step: Callable[[Tx], Awaitable[bool]]) -> Chore:
    """Return the chore that runs a body."""

    async def chore() -> bool:
        return await store.run(step, write=True)

    return chore


def purge_replies(store: Store, clock: Clock) -> Chore:
    """Return the chore that deletes expired idempotency keys."""

    async def step(tx: Tx) -> bool:
        expired = clock.now_ms() - REPLY_LIFETIME_MS
        return bool(await tx.run(IDEMPOTENCY_QUERIES.idempotency_purge, expired=expired, limit=BODY_ROWS_MAX))

    return in_transaction(store, step)


def purge_namespaces(store: Store, clock: Clock, tables: Mapping[str, tuple[str, ...]]) -> Chore:
    """Return the chore that empties deleted namespaces; `tables` are those keyed by namespace, with their keys."""
    purges: Sequence[Query] = [purge_query(table, key) for table, key in tables.items()]

    async def step(tx: Tx) -> bool:
        for row in await tx.all(NAMESPACE_QUERIES.namespace_buried, limit=PURGES_MAX):
            namespace_id = row["namespace_id"]
            for purge in purges:
                if await tx.run(purge, namespace_id=namespace_id, limit=BODY_ROWS_MAX):
                    return True
            before = clock.now_ms() - PURGE_MS
            if await tx.run(NAMESPACE_QUERIES.namespace_forget, namespace_id=namespace_id, before=before):
                return True
        return False

    return in_transaction(store, step)
