"""redeemd with a conventional store: one aiosqlite transaction per call, statement by statement.

Everything else is the same: command line, access control, validation, metrics, log, logic, queries, schema, and the
settings of SQLite (WAL, synchronous=FULL, cached statements). The only difference is group commit with a single hop to
SQLite's thread.
"""

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar, Unpack

import aiosqlite
from redeemd import cli
from redeemd.app.environment import Environment
from redeemd.config import Settings
from redeemd.store.base import Body, Listener, Measure, Row, RunOptions, Store
from redeemd.store.sql import Query
from redeemd.store.sqlite import store as real

T = TypeVar("T")

_PRAGMAS: tuple[str, ...] = real._PRAGMAS  # noqa: SLF001 -- exactly those of the store it is compared with


class BaselineTx:
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


class BaselineStore:
    """One connection, and a lock so that transactions do not mix."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._lock = asyncio.Lock()

    @classmethod
    async def open(cls, path: Path) -> "BaselineStore":
        """Open or create the database file."""
        connection = await aiosqlite.connect(path, isolation_level=None, cached_statements=512)
        connection.row_factory = sqlite3.Row
        for pragma in _PRAGMAS:
            await connection.execute_fetchall(pragma)
        print("baseline: one transaction per call", file=sys.stderr, flush=True)
        return cls(connection)

    waiting = 0
    measures: Sequence[Measure] = ()

    async def require_rights(self, tables: Sequence[str]) -> None:
        """See redeemd.store.base.Store; who can open the file can write to every table."""

    async def run(self, body: Body[T], **options: Unpack[RunOptions]) -> T:
        """See redeemd.store.base.Store."""
        async with self._lock:
            await self._connection.execute("BEGIN IMMEDIATE" if options["write"] else "BEGIN")
            try:
                result = await body(BaselineTx(self._connection))
            except BaseException:
                await self._connection.rollback()
                raise
            await self._connection.commit()
            return result

    async def close(self) -> None:
        """See redeemd.store.base.Store."""
        await self._connection.close()


@asynccontextmanager
async def open_store(settings: Settings, _listener: Listener) -> AsyncIterator[Store]:
    """Open or create the database of an embedded server."""
    settings.database_path.parent.mkdir(parents=True, exist_ok=True)
    store = await BaselineStore.open(settings.database_path)
    try:
        yield store
    finally:
        await store.close()


if __name__ == "__main__":
    cli.main(Environment(open_store=open_store))
