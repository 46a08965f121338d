"""PostgreSQL as the source or the target of a copy.

Uses a connection of its own and a single transaction, so it works behind a pooler as well. No row is visible until the
target's transaction is committed; a server that uses the target meanwhile waits for a lock and, after its statement
timeout, reports the database as unavailable.
"""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import asyncpg

from redeemd.store import migrate
from redeemd.store.copy.copying import (
    MASTER_KEY_IDS,
    NOT_COPIED,
    STEP_ROWS_MAX,
    CopyError,
    Rows,
    Table,
    make_schema,
    quoted,
    require_schema,
    steps,
)
from redeemd.store.postgres import bulk
from redeemd.store.postgres.faults import first_line
from redeemd.store.postgres.tx import PostgresTx

CONNECT_SECONDS = 10.0
LOCK_SECONDS = 10.0  # for locks that others hold in the target, although nobody should be using it

_REFUSALS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
_SECRET = ("token", "upload_id")  # key columns whose values must not be shown

# Timeouts that a database or a role may have set for ordinary calls. Not every version of PostgreSQL has all of them.
_NO_LIMITS = """
SELECT set_config(name, '0', true) FROM pg_settings
 WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')
"""
# The tallies are copied: the triggers that keep them must not count the copied rows again.
_NO_TALLIES = "SELECT set_config('redeemd.copying', 'on', true)"
_OURS = "FROM pg_class c WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())"
# Tables that are not partitions of another table, with their columns in order.
_TABLES = f"""
SELECT c.relname::text AS name, a.columns, a.wide,
       (SELECT array_agg(k.attname::text ORDER BY array_position(i.indkey::int2[], k.attnum))
          FROM pg_index i JOIN pg_attribute k ON k.attrelid = c.oid AND k.attnum = ANY (i.indkey::int2[])
         WHERE i.indrelid = c.oid AND i.indisprimary) AS key
  FROM (SELECT c.oid, c.relname {_OURS} AND c.relkind IN ('r', 'p') AND NOT c.relispartition) c,
       LATERAL (SELECT array_agg(attname::text ORDER BY attnum) AS columns,
                       array_agg(attname::text) FILTER (WHERE atttypid IN ('text'::regtype, 'bytea'::regtype)) AS wide
                  FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) a
 ORDER BY 1
"""
_IDENTITIES = f"""
SELECT c.name, c.column, c.sequence, pg_sequence_last_value(c.sequence::regclass) AS last
  FROM (SELECT c.relname::text AS name, a.attname::text AS column,
               pg_get_serial_sequence(quote_ident(c.relname), a.attname) AS sequence
          FROM (SELECT c.oid, c.relname {_OURS} AND NOT c.relispartition) c
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attidentity <> '') c
"""


class PostgresEnd:
    """One transaction on a connection; see copying.Source and copying.Target."""

    # asyncpg ships no types.
    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def tables(self) -> list[Table]:
        """See Source."""
        found = await self._connection.fetch(_TABLES)
        return [
            Table(row["name"], tuple(row["columns"] or ()), tuple(row["key"] or ()), tuple(row["wide"] or ()))
            for row in found
            if row["name"] not in NOT_COPIED
        ]

    async def count(self, table: Table) -> int:
        """See Source."""
        count: int = await self._connection.fetchval(table.count())
        return count

    async def rows(self, table: Table) -> AsyncIterator[Rows]:
        """See Source."""
        sizes = await self._connection.cursor(table.select_sizes("octet_length"))
        rows = await self._connection.cursor(table.select())
        while some := await sizes.fetch(STEP_ROWS_MAX):
            for step in steps([size for (size,) in some]):
                yield [tuple(row) for row in await rows.fetch(step)]

    async def master_key_ids(self) -> list[str]:
        """See Source."""
        return [row["key_id"] for row in await self._connection.fetch(MASTER_KEY_IDS)]

    async def numbers_given(self) -> dict[str, int]:
        """See Source. Sequences are not transactional: a number may be greater than those of the snapshot, which does
        no harm.
        """
        return {row["name"]: row["last"] for row in await self._connection.fetch(_IDENTITIES) if row["last"]}

    async def write(self, table: Table, rows: Rows) -> None:
        """See Target."""
        try:
            for part in bulk.parts(rows):
                await self._connection.copy_records_to_table(table.name, records=part, columns=table.columns)
        except asyncpg.CharacterNotInRepertoireError:
            _report_nul(table, rows)
            raise

    async def continue_numbers(self, given: dict[str, int]) -> None:
        """See Target."""
        for row in await self._connection.fetch(_IDENTITIES):
            greatest = f"SELECT max({quoted([row['column']])}) FROM {quoted([row['name']])}"
            last = max(await self._connection.fetchval(greatest) or 0, given.get(row["name"], 0))
            if last:
                await self._connection.execute("SELECT setval($1::text::regclass, $2)", row["sequence"], last)

    async def require_ours(self) -> None:
        """Raise CopyError unless this is a database of redeemd with the schema of this version."""
        if await self._connection.fetchval("SELECT to_regclass($1)", migrate.TABLE) is None:
            raise CopyError("the source is not a database of redeemd")
        applied = await self._connection.fetch(migrate.APPLIED.postgres)
        require_schema([tuple(row) for row in applied])

    async def make_ready(self, *, now: int) -> None:
        """Create the schema if it is missing, and lock all tables, which must be empty. Raises CopyError."""
        await self._require_empty()  # before the locks make others wait
        await self._connection.execute(f"SET LOCAL lock_timeout = {int(LOCK_SECONDS * 1000)}")
        try:
            await make_schema(PostgresTx(self._connection), now=now)
            names = [table.name for table in await self.tables()]
            await self._connection.execute(f"LOCK TABLE {quoted(names)} IN ACCESS EXCLUSIVE MODE")
        except asyncpg.LockNotAvailableError:
            raise CopyError("the target is in use: stop every process that reads or writes it") from None
        await self._require_empty()

    async def _require_empty(self) -> None:
        filled = [
            table.name
            for table in await self.tables()
            if await self._connection.fetchval(f"SELECT EXISTS (SELECT FROM {quoted([table.name])})")
        ]
        if filled:
            raise CopyError(f"the target is not empty: there are rows in {', '.join(filled)}")

    async def analyze(self) -> None:
        """Update the planner statistics; until the next autovacuum, queries would be planned for empty tables."""
        await self._connection.execute(f"ANALYZE {quoted([table.name for table in await self.tables()])}")


@contextlib.asynccontextmanager
async def source(url: str) -> AsyncIterator[PostgresEnd]:
    """Read a database as of now. Raises CopyError."""
    async with (
        _connected(url, "source") as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        await connection.execute(_NO_LIMITS)
        end = PostgresEnd(connection)
        await end.require_ours()
        yield end


@contextlib.asynccontextmanager
async def target(url: str, *, now: int) -> AsyncIterator[PostgresEnd]:
    """Write to an empty database. Commits when the block ends without an error, otherwise rolls back.

    Raises CopyError.
    """
    async with _connected(url, "target") as connection:
        transaction = connection.transaction(isolation="read_committed")
        await transaction.start()
        try:
            end = PostgresEnd(connection)
            await connection.execute(_NO_LIMITS)
            await connection.execute(_NO_TALLIES)
            await end.make_ready(now=now)
            yield end
            await end.analyze()
        except BaseException:
            with contextlib.suppress(*_REFUSALS, OSError):  # connection lost: PostgreSQL rolls back by itself
                await transaction.rollback()
            raise
        await _commit(transaction)


# asyncpg ships no types.
async def _commit(transaction: Any) -> None:
    try:
        await transaction.commit()
    except (
        asyncpg.PostgresConnectionError,
        asyncpg.OperatorInterventionError,
        asyncpg.InterfaceError,
        OSError,
    ) as error:
        raise CopyError(
            f"PostgreSQL: {first_line(error)}. It is not known whether the copy was committed; if it was, the next "
            "attempt is refused because the target is not empty"
        ) from error


@contextlib.asynccontextmanager
async def _connected(url: str, end: str) -> AsyncIterator[Any]:  # asyncpg ships no types
    """Connect. Raises CopyError for whatever PostgreSQL refuses."""
    try:
        connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS, statement_cache_size=0)
    except (*_REFUSALS, OSError, ValueError) as error:
        raise CopyError(f"the {end}, PostgreSQL: {first_line(error)}") from error
    try:
        yield connection
    except _REFUSALS as error:
        raise CopyError(f"PostgreSQL: {first_line(error)}") from error
    finally:
        with contextlib.suppress(*_REFUSALS, OSError):
            await connection.close(timeout=CONNECT_SECONDS)


def _report_nul(table: Table, rows: Rows) -> None:
    """Raise CopyError that locates the text that PostgreSQL cannot store."""
    for row in rows:
        values = dict(zip(table.columns, row, strict=True))
        for column, value in values.items():
            if isinstance(value, str) and "\0" in value:
                key = ", ".join(f"{name} {values[name]!r}" for name in table.key if name not in _SECRET)
                raise CopyError(f"{table.name}.{column}, {key}: a text with a NUL character, which PostgreSQL refuses")
