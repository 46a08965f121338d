"""redeemd that prints the number of statements of each transaction to standard error; see issuing.py."""

import sys
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from redeemd import cli
from redeemd.app import database
from redeemd.app.environment import Environment
from redeemd.config import Settings
from redeemd.store.base import Body, Listener, Measure, Row, Store, Tx
from redeemd.store.sql import Query

T = TypeVar("T")

WORD = "statements: "


class _CountingTx:
    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self.statements = 0

    async def one(self, query: Query, **parameters: Any) -> Row | None:
        self.statements += 1
        return await self._tx.one(query, **parameters)

    async def all(self, query: Query, **parameters: Any) -> Sequence[Row]:
        self.statements += 1
        return await self._tx.all(query, **parameters)

    async def run(self, query: Query, **parameters: Any) -> int:
        self.statements += 1
        return await self._tx.run(query, **parameters)

    async def many(self, query: Query, parameters: Sequence[Mapping[str, Any]]) -> None:
        self.statements += len(parameters)
        await self._tx.many(query, parameters)

    async def lock(self, *names: str) -> None:
        await self._tx.lock(*names)

    def pin(self, name: str, version: int) -> None:
        self._tx.pin(name, version)

    @property
    def serial(self) -> bool:
        return self._tx.serial


class CountingStore:
    """A store that prints the statements of each body; savepoints and COMMIT are not counted."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def waiting(self) -> int:
        """See redeemd.store.base.Store."""
        return self._store.waiting

    @property
    def measures(self) -> Sequence[Measure]:
        """See redeemd.store.base.Store."""
        return self._store.measures

    async def require_rights(self, tables: Sequence[str]) -> None:
        """See redeemd.store.base.Store."""
        await self._store.require_rights(tables)

    async def close(self) -> None:
        """See redeemd.store.base.Store."""
        await self._store.close()

    async def run(self, body: Body[T], *, write: bool, autocommit: bool = False, queue: Collection[str] = ()) -> T:
        """See redeemd.store.base.Store."""

        async def counted(tx: Tx) -> T:
            counting = _CountingTx(tx)
            result = await body(counting)
            print(f"{WORD}{counting.statements}", file=sys.stderr, flush=True)
            return result

        return await self._store.run(counted, write=write, autocommit=autocommit, queue=queue)


@asynccontextmanager
async def open_store(settings: Settings, listener: Listener) -> AsyncIterator[Store]:
    """Open the store of the settings, and count its statements."""
    async with database.open_store(settings, listener) as store:
        yield CountingStore(store)


if __name__ == "__main__":
    cli.main(Environment(open_store=open_store))
