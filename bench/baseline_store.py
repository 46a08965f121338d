"""redeemd over a store written the ordinary way: one aiosqlite transaction per call, statement by statement.

Everything else is redeemd itself: the same command line, access, validation, metrics, log, logic, queries, schema, and
the same settings of SQLite (WAL, synchronous=FULL, cached statements). So the difference is the group commit and the
single hop to SQLite's thread, and nothing else.
"""

import asyncio
import sqlite3
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite
from redeemd import cli
from redeemd.app import database
from redeemd.store.base import Body, Row
from redeemd.store.sql import Query
from redeemd.store.sqlite import store as real

T = TypeVar("T")

_PRAGMAS: tuple[str, ...] = real._PRAGMAS  # noqa: SLF001 -- exactly those of the store it is compared with


class OrdinaryTx:
    """A transaction whose every statement is awaited."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def one(self, query: Query, **parameters: Any) -> Row | None:
        """See redeemd.store.base.Tx."""
        async with self._connection.execute(query.sqlite, query.sqlite_parameters(parameters)) as cursor:
            return await cursor.fetchone()

    async def all(self, query: Query, **parameters: Any) -> Sequence[Row]:
        """See redeemd.store.base.Tx."""
        async with self._connection.execute(query.sqlite, query.sqlite_parameters(parameters)) as cursor:
            return list(await cursor.fetchall())

    async def run(self, query: Query, **parameters: Any) -> int:
        """See redeemd.store.base.Tx."""
        async with self._connection.execute(query.sqlite, query.sqlite_parameters(parameters)) as cursor:
            return max(cursor.rowcount, 0)

    async def many(self, query: Query, parameters: Sequence[Mapping[str, Any]]) -> None:
        """See redeemd.store.base.Tx."""
        await self._connection.executemany(query.sqlite, map(query.sqlite_parameters, parameters))

    async def lock(self, *names: str) -> None:
        """See redeemd.store.base.Tx; the store's own lock is held anyway."""

    serial = True

    def pin(self, name: str, version: int) -> None:
        """See redeemd.store.base.Tx; nothing is replaced meanwhile."""


class OrdinaryStore:
    """One connection, and a lock so that transactions do not mix."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._lock = asyncio.Lock()

    @classmethod
    async def open(cls, path: Path, **_options: object) -> "OrdinaryStore":
        """Open or make the database file; the other arguments of SqliteStore.open have no meaning here."""
        connection = await aiosqlite.connect(path, isolation_level=None, cached_statements=512)
        connection.row_factory = sqlite3.Row
        for pragma in _PRAGMAS:
            await connection.execute_fetchall(pragma)
        print("ordinary: one transaction per call", file=sys.stderr, flush=True)
        return cls(connection)

    def on_health(self, callback: Callable[[bool], None]) -> None:
        """Never call: this store does not look after its connection."""

    waiting = 0

    async def run(self, body: Body[T], *, write: bool, autocommit: bool = False, queue: Collection[str] = ()) -> T:
        """See redeemd.store.base.Store."""
        del autocommit, queue
        async with self._lock:
            await self._connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            try:
                result = await body(OrdinaryTx(self._connection))
            except BaseException:
                await self._connection.rollback()
                raise
            await self._connection.commit()
            return result

    async def close(self) -> None:
        """See redeemd.store.base.Store."""
        await self._connection.close()


if __name__ == "__main__":
    assert database.SqliteStore is real.SqliteStore, "database.py opens its store in another way"  # type: ignore[attr-defined]
    database.SqliteStore = OrdinaryStore  # type: ignore[attr-defined,assignment]  # the one difference
    cli.main()
