"""A transaction and a store that pass everything on to another one. Derive from them to change or observe a part."""

from collections.abc import Mapping, Sequence
from typing import Unpack

from redeemd.store.base import Body, Measure, Row, RunOptions, Store, T, Tx
from redeemd.store.sql import Query


class DelegatingTx:
    """Passes everything on to another transaction. See Tx."""

    __slots__ = ("_tx",)

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    @property
    def serial(self) -> bool:
        """See Tx."""
        return self._tx.serial

    async def one(self, query: Query, **parameters: object) -> Row | None:
        """See Tx."""
        return await self._tx.one(query, **parameters)

    async def all(self, query: Query, **parameters: object) -> Sequence[Row]:
        """See Tx."""
        return await self._tx.all(query, **parameters)

    async def run(self, query: Query, **parameters: object) -> int:
        """See Tx."""
        return await self._tx.run(query, **parameters)

    async def many(self, query: Query, parameters: Sequence[Mapping[str, object]]) -> None:
        """See Tx."""
        await self._tx.many(query, parameters)

    async def lock(self, *names: str) -> None:
        """See Tx."""
        await self._tx.lock(*names)

    def pin(self, name: str, version: int) -> None:
        """See Tx."""
        self._tx.pin(name, version)


class DelegatingStore:
    """Passes everything on to another store. See Store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def waiting(self) -> int:
        """See Store."""
        return self._store.waiting

    @property
    def measures(self) -> Sequence[Measure]:
        """See Store."""
        return self._store.measures

    async def require_rights(self, tables: Sequence[str]) -> None:
        """See Store."""
        await self._store.require_rights(tables)

    async def close(self) -> None:
        """See Store."""
        await self._store.close()

    async def run(self, body: Body[T], **options: Unpack[RunOptions]) -> T:
        """See Store."""
        return await self._store.run(body, **options)
