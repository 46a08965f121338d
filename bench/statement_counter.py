"""redeemd that prints the number of statements of each transaction to standard error; see issuing.py."""

import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Unpack

from redeemd import cli
from redeemd.app import database
from redeemd.app.environment import Environment
from redeemd.config import Settings
from redeemd.store.base import Body, Listener, Row, RunOptions, Store, T, Tx
from redeemd.store.delegating import DelegatingStore, DelegatingTx
from redeemd.store.sql import Query

WORD = "statements: "


class _CountingTx(DelegatingTx):
    __slots__ = ("statements",)

    def __init__(self, tx: Tx) -> None:
        super().__init__(tx)
        self.statements = 0

    async def one(self, query: Query, **parameters: object) -> Row | None:
        self.statements += 1
        return await super().one(query, **parameters)

    async def all(self, query: Query, **parameters: object) -> Sequence[Row]:
        self.statements += 1
        return await super().all(query, **parameters)

    async def run(self, query: Query, **parameters: object) -> int:
        self.statements += 1
        return await super().run(query, **parameters)

    async def many(self, query: Query, parameters: Sequence[Mapping[str, object]]) -> None:
        self.statements += len(parameters)
        await super().many(query, parameters)


class CountingStore(DelegatingStore):
    """A store that prints the statements of each body; savepoints and COMMIT are not counted."""

    async def run(self, body: Body[T], **options: Unpack[RunOptions]) -> T:
        """See redeemd.store.base.Store."""

        async def counted(tx: Tx) -> T:
            counting = _CountingTx(tx)
            result = await body(counting)
            print(f"{WORD}{counting.statements}", file=sys.stderr, flush=True)
            return result

        return await super().run(counted, **options)


@asynccontextmanager
async def open_store(settings: Settings, listener: Listener) -> AsyncIterator[Store]:
    """Open the store of the settings, and count its statements."""
    async with database.open_store(settings, listener) as store:
        yield CountingStore(store)


if __name__ == "__main__":
    cli.main(Environment(open_store=open_store))
