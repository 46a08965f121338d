"""Empties deleted namespaces, table by table, in small steps."""

from collections.abc import Mapping

from redeemd.base.clock import Clock
from redeemd.resources.queries import QUERIES
from redeemd.store.base import STEP_ROWS, Store, Tx
from redeemd.store.sql import Query, query

# On PostgreSQL, a transaction that has read a namespace can still write into it after it was deleted. A purge looks for
# rows for this long, which is far more than a transaction takes.
PURGE_MS = 10 * 60 * 1000
PURGES_MAX = 100  # namespaces that are looked at


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


def find_query(tables: Mapping[str, object]) -> Query:
    """Return the query for the first table that has rows of a namespace: its place among `tables`, or no row."""
    exists = (
        f"SELECT {place} AS place WHERE EXISTS (SELECT 1 FROM {table} WHERE namespace_id = :namespace_id)"  # noqa: S608 -- our names
        for place, table in enumerate(tables)
    )
    return query("purge_find", " UNION ALL ".join(exists) + " LIMIT 1")


class NamespacePurge:
    """The chore that empties deleted namespaces. It searches by a reading transaction, and writes only to delete."""

    def __init__(self, store: Store, clock: Clock, tables: Mapping[str, tuple[str, ...]]) -> None:
        """`tables` are those keyed by namespace, with their keys."""
        self._store = store
        self._clock = clock
        self._find = find_query(tables)
        self._purges = [purge_query(table, key) for table, key in tables.items()]
        self._at: tuple[int, Query] | None = None

    async def step(self) -> bool:
        """Delete some rows of one table; return whether there may be more to delete."""
        at = self._at or await self._store.run(self._next, write=False)
        self._at = None
        if at is None:
            return False
        namespace_id, purge = at
        before = self._clock.now_ms() - PURGE_MS

        async def delete(tx: Tx) -> int:
            return await tx.run(purge, namespace_id=namespace_id, before=before, limit=STEP_ROWS)

        if await self._store.run(delete, write=True):
            self._at = at
        return True

    async def _next(self, tx: Tx) -> tuple[int, Query] | None:
        """Return a deleted namespace and the statement that deletes something of it, at last its own row; or None."""
        for row in await tx.all(QUERIES.namespace_buried, limit=PURGES_MAX):
            namespace_id = row["namespace_id"]
            if found := await tx.one(self._find, namespace_id=namespace_id):
                return namespace_id, self._purges[found["place"]]
            if row["deleted_at"] <= self._clock.now_ms() - PURGE_MS:
                return namespace_id, QUERIES.namespace_forget
        return None
