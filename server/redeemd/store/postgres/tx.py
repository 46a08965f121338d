"""Transactions on a connection to PostgreSQL."""

from collections.abc import Mapping, Sequence
from typing import Any

from redeemd.store.base import Row, RunAgain
from redeemd.store.postgres import bulk
from redeemd.store.set_form import set_form
from redeemd.store.sql import Query, query

# Takes the locks one after the other, in the given order.
_LOCK = query(
    "lock",
    "SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM (SELECT name FROM "
    "unnest(:names::text[]) WITH ORDINALITY AS wanted (name, place) ORDER BY place OFFSET 0) AS ordered",
)


class PostgresTx:
    """A transaction on a connection.

    `turns` are the names at which the run has a turn. It locks all of them together, and no others, so that it never
    waits for a lock while it holds one that sorts after it. With None, each call of `lock` takes its locks at once.
    """

    __slots__ = ("_connection", "_locked", "_pinned", "_turns")

    serial = False

    # asyncpg ships no types.
    def __init__(self, connection: Any, turns: frozenset[str] | None = None) -> None:
        self._connection = connection
        self._turns = turns
        self._locked = False
        self._pinned: dict[str, int] = {}

    async def one(self, query: Query, **parameters: object) -> Row | None:
        """See Tx."""
        rows: Sequence[Row] = await self._connection.fetch(query.postgres, *query.postgres_parameters(parameters))
        if len(rows) > 1:
            raise RuntimeError(f"query {query.name} returned {len(rows)} rows where one was expected")
        return rows[0] if rows else None

    async def all(self, query: Query, **parameters: object) -> Sequence[Row]:
        """See Tx."""
        rows: Sequence[Row] = await self._connection.fetch(query.postgres, *query.postgres_parameters(parameters))
        return rows

    async def run(self, query: Query, **parameters: object) -> int:
        """See Tx."""
        done: str = await self._connection.execute(query.postgres, *query.postgres_parameters(parameters))
        command, *_, number = done.split()
        return int(number) if command in {"INSERT", "UPDATE", "DELETE"} else 0

    async def many(self, query: Query, parameters: Sequence[Mapping[str, object]]) -> None:
        """See Tx."""
        target = bulk.target(query) if len(parameters) >= bulk.ROWS_MIN else None
        if target is not None:
            for rows in bulk.parts(list(map(query.postgres_parameters, parameters))):
                await self._connection.copy(target, rows)
            return
        form = set_form(query) if len(parameters) > 1 else None
        if form is not None:
            await self.all(form.query, **form.arguments(parameters))
        else:
            await self._connection.executemany(query.postgres, map(query.postgres_parameters, parameters))

    async def lock(self, *names: str) -> None:
        """See Tx."""
        if self._turns is not None:
            if not self._turns.issuperset(names):
                raise RunAgain(names)
            if self._locked or not names:
                return
            names, self._locked = tuple(self._turns), True
        await self.all(_LOCK, names=sorted(set(names)))  # in a fixed order, to avoid deadlocks

    def pin(self, name: str, version: int) -> None:
        """See Tx."""
        if self._turns is not None and self._pinned.setdefault(name, version) != version:
            raise RunAgain([name])


class ReadingTx(PostgresTx):
    """A transaction that cannot write, even if its statements do not run in a READ ONLY transaction."""

    __slots__ = ()

    async def one(self, query: Query, **parameters: object) -> Row | None:
        """See Tx."""
        _require_reading(query)
        return await super().one(query, **parameters)

    async def run(self, query: Query, **parameters: object) -> int:
        """See Tx."""
        _require_reading(query)
        return await super().run(query, **parameters)

    async def all(self, query: Query, **parameters: object) -> Sequence[Row]:
        """See Tx."""
        _require_reading(query)
        return await super().all(query, **parameters)

    async def many(self, query: Query, parameters: Sequence[Mapping[str, object]]) -> None:
        """See Tx."""
        _require_reading(query)
        await super().many(query, parameters)


def _require_reading(query: Query) -> None:
    if not query.postgres.startswith("SELECT"):
        raise RuntimeError(f"query {query.name} writes in a reading run")
