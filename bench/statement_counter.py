"""redeemd that says on standard error how many statements each transaction ran; see issuing.py."""

import sys
from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar

from redeemd import cli
from redeemd.app import database
from redeemd.store.base import Body, Row, Tx
from redeemd.store.sql import Query
from redeemd.store.sqlite import store as real

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


class CountingStore(real.SqliteStore):
    """The embedded store; savepoints and COMMIT, which every transaction has, are not counted."""

    async def run(self, body: Body[T], *, write: bool, autocommit: bool = False, queue: Collection[str] = ()) -> T:
        """See redeemd.store.base.Store."""

        async def counted(tx: Tx) -> T:
            counting = _CountingTx(tx)
            result = await body(counting)
            print(f"{WORD}{counting.statements}", file=sys.stderr, flush=True)
            return result

        return await super().run(counted, write=write, autocommit=autocommit, queue=queue)


if __name__ == "__main__":
    assert database.SqliteStore is real.SqliteStore, "database.py opens its store in another way"  # type: ignore[attr-defined]
    database.SqliteStore = CountingStore  # type: ignore[attr-defined]  # how it is put in
    cli.main()
