"""Copies the whole content of a database to another one, of either engine, and compares both before the commit.

Tables and columns are read from the schema, so those of later migrations are copied too. The schema has no foreign
keys, so the order of tables does not matter. The comparison uses a checksum of each table's rows in key order (both
engines compare keys by their bytes): of the rows read from the source, and of the rows read back from the target.
"""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from redeemd.store import migrate
from redeemd.store.base import Body, Tx

T = TypeVar("T")

STEP_ROWS_MAX = 10_000  # rows read and written at once
STEP_BYTES_MAX = 8 * 1024 * 1024  # likewise, unless a single row is larger
HASH_BYTES = 16
# Tables that belong to the database, not to its content: its migrations, its replicas and its event stream. A copy
# begins a new stream; it refuses the cursors of clients that watched the source as expired.
NOT_COPIED = frozenset({migrate.TABLE, migrate.COMPATIBILITY_TABLE, "master_key_announcement", "event"})
MASTER_KEY_IDS = "SELECT key_id FROM master_key_check ORDER BY created_at, key_id"

Rows = list[tuple[Any, ...]]  # of any table
# Called with the table, the step, the number of rows done and the total number of rows.
Watch = Callable[[str, str, int, int], None]


class CopyError(Exception):
    """The copy cannot be made; nothing was changed unless the text says otherwise."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table. `key` holds the columns of its primary key, `wide` the columns whose values have no fixed size."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    wide: tuple[str, ...]

    def select(self) -> str:
        """Return the statement that reads all rows in key order, the cheapest order in which to write them."""
        return f"SELECT {quoted(self.columns)} {self._from()}"

    def select_sizes(self, length: str) -> str:
        """Return the statement that reads the sizes of the same rows, in the same order."""
        size = " + ".join(f"coalesce({length}({quoted([column])}), 0)" for column in self.wide) or "0"
        return f"SELECT {size} {self._from()}"

    def _from(self) -> str:
        return f"FROM {quoted([self.name])} ORDER BY {quoted(self.key)}"

    def count(self) -> str:
        """Return the statement that counts the rows."""
        return f"SELECT count(*) FROM {quoted([self.name])}"


@dataclass(frozen=True, slots=True)
class Compared:
    """A table in the source and in the copy: the number of rows and their checksum."""

    name: str
    source: tuple[int, str]
    copy: tuple[int, str]

    @property
    def equal(self) -> bool:
        """Whether the copy equals the source."""
        return self.source == self.copy


class CopyDiffers(CopyError):
    """The rows read back from the target differ from those written to it."""

    def __init__(self, tables: list[Compared]) -> None:
        names = ", ".join(table.name for table in tables if not table.equal)
        super().__init__(f"the copy differs in {names}; nothing was committed")
        self.tables = tables


class Source(Protocol):
    """A database as of one moment."""

    async def tables(self) -> list[Table]:
        """Return the tables in the order of their names, without those of NOT_COPIED."""

    async def count(self, table: Table) -> int:
        """Return the number of rows of a table."""

    def rows(self, table: Table) -> AsyncIterator[Rows]:
        """Yield all rows in key order, in steps."""

    async def master_key_ids(self) -> list[str]:
        """Return the ids of the master keys with which the database was used."""

    async def numbers_given(self) -> dict[str, int]:
        """Return, for each table that numbers its rows, the last number assigned, even if its row was deleted."""


class Target(Source, Protocol):
    """An empty database with the required schema, in a transaction isolated from all others."""

    async def write(self, table: Table, rows: Rows) -> None:
        """Add rows. Raises CopyError when the engine cannot store a value."""

    async def continue_numbers(self, given: dict[str, int]) -> None:
        """Make tables that number their rows continue above their own rows and above the numbers in `given`."""


async def copy(source: Source, target: Target, *, watch: Watch) -> list[Compared]:
    """Copy all tables and compare them. Raises CopyError, CopyDiffers; then the target must not be committed."""
    tables = await source.tables()
    if {(table.name, frozenset(table.columns)) for table in tables} != {
        (table.name, frozenset(table.columns)) for table in await target.tables()
    }:
        raise CopyError("source and target do not have the same tables: one has tables that are not redeemd's")
    totals = {table.name: await source.count(table) for table in tables}
    sent, found = {}, {}
    for table in tables:
        sent[table.name] = await _go_through(source, table, totals[table.name], "copying", watch, write=target.write)
    await target.continue_numbers(await source.numbers_given())
    for table in tables:  # only after all are written: writing one table might change another
        found[table.name] = await _go_through(target, table, totals[table.name], "comparing", watch)
    compared = [Compared(table.name, sent[table.name], found[table.name]) for table in tables]
    if not all(table.equal for table in compared):
        raise CopyDiffers(compared)
    return compared


def require_schema(applied: list[tuple[int, str, str]]) -> None:
    """Raise CopyError unless the applied migrations of the source make up the schema of this version."""
    try:
        migrate.require_none(migrate.missing(applied, migrate.load()))
    except migrate.SchemaError as problem:
        raise CopyError(f"the source: {problem}") from None


async def make_schema(tx: Tx, *, now: int) -> None:
    """Create the missing parts of the schema in the transaction of the copy. Raises CopyError."""
    try:
        await migrate.apply(_OneTransaction(tx), now=now)
    except migrate.SchemaError as problem:
        raise CopyError(f"the target: {problem}") from None


class _OneTransaction:
    """A store that runs all bodies in one transaction, which it neither begins nor commits."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def run(
        self,
        body: Body[T],
        *,
        write: bool,  # noqa: ARG002 -- as in Store
        autocommit: bool = False,  # noqa: ARG002 -- likewise
        grouped: bool = False,  # noqa: ARG002 -- likewise
        queue: Collection[str] = (),  # noqa: ARG002 -- likewise
        callers: int = 1,  # noqa: ARG002 -- likewise
    ) -> T:
        """See Store."""
        return await body(self._tx)

    async def close(self) -> None:
        """See Store."""


def quoted(names: Sequence[str]) -> str:
    """Return quoted names for either engine, joined by commas."""
    return ", ".join('"{}"'.format(name.replace('"', '""')) for name in names)


def steps(sizes: Sequence[int]) -> Iterator[int]:
    """Split rows of these sizes into steps that are not too large; yield the number of rows of each."""
    rows = size = 0
    for more in sizes:
        if rows and size + more > STEP_BYTES_MAX:
            yield rows
            rows = size = 0
        rows, size = rows + 1, size + more
    yield rows


async def _go_through(
    end: Source,
    table: Table,
    total: int,
    step: str,
    watch: Watch,
    *,
    write: Callable[[Table, Rows], Awaitable[None]] | None = None,
) -> tuple[int, str]:
    """Read a table, pass its rows to `write` if given, and return the number of its rows and their checksum.

    The repr of numbers, strings, bytes and None is the same for both engines.
    """
    count = 0
    checksum = hashlib.blake2b(digest_size=HASH_BYTES)
    watch(table.name, step, 0, total)
    async for rows in end.rows(table):
        if write is not None:
            await write(table, rows)
        checksum.update(f"{repr(rows)[1:-1]}, ".encode())
        count += len(rows)
        watch(table.name, step, count, total)
    return count, checksum.hexdigest()
