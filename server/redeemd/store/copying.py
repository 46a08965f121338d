"""A copy of all that a database holds in another one, of the same engine or the other, compared before it is committed.

Tables and columns are read from the schema, so that one of a later migration is copied too. There are no foreign keys
in it, so any order of tables will do. What is compared is the checksum of each table's rows in the order of their keys,
which both engines compare by their bytes: of what was read from the source, and of what was read back from the target.
"""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from redeemd.store import migrate
from redeemd.store.base import Body, Tx

T = TypeVar("T")

STEP_ROWS_MAX = 10_000  # are read and written at once
STEP_BYTES_MAX = 8 * 1024 * 1024  # likewise, unless one row alone is larger
HASH_BYTES = 16
# What belongs to a database, and not to what it holds: its migrations, and its stream of events. A copy begins another
# stream; whoever watched the source hears from the copy that the cursor has expired.
NOT_COPIED = frozenset({migrate.TABLE, "event"})
MASTER_KEY_IDS = "SELECT key_id FROM master_key_check ORDER BY created_at, key_id"

Rows = list[tuple[Any, ...]]
# Hears the table, what is done with it, how many of how many rows it is done with.
Watch = Callable[[str, str, int, int], None]


class CopyError(Exception):
    """The copy cannot be made; nothing was changed, unless the text says otherwise."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table. `key` are the columns of its primary key, `wide` those whose values have no fixed size."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    wide: tuple[str, ...]

    def select(self) -> str:
        """Answer the statement that reads all rows by key, the order in which it is cheapest to write them again."""
        return f"SELECT {quoted(self.columns)} {self._from()}"

    def select_sizes(self, length: str) -> str:
        """Answer the statement that reads the sizes of the same rows, in the same order."""
        size = " + ".join(f"coalesce({length}({quoted([column])}), 0)" for column in self.wide) or "0"
        return f"SELECT {size} {self._from()}"

    def _from(self) -> str:
        return f"FROM {quoted([self.name])} ORDER BY {quoted(self.key)}"

    def count(self) -> str:
        """Answer the statement that counts the rows."""
        return f"SELECT count(*) FROM {quoted([self.name])}"


@dataclass(frozen=True, slots=True)
class Compared:
    """A table in the source and in the copy: rows and checksum."""

    name: str
    source: tuple[int, str]
    copy: tuple[int, str]

    @property
    def equal(self) -> bool:
        """Whether the copy holds what the source holds."""
        return self.source == self.copy


class CopyDiffers(CopyError):
    """The target does not answer what was written to it."""

    def __init__(self, tables: list[Compared]) -> None:
        names = ", ".join(table.name for table in tables if not table.equal)
        super().__init__(f"the copy differs in {names}; nothing was committed")
        self.tables = tables


class Source(Protocol):
    """A database as it is at one moment."""

    async def tables(self) -> list[Table]:
        """Answer the tables that hold data, by name; not those of NOT_COPIED."""

    async def count(self, table: Table) -> int:
        """Answer how many rows a table has."""

    def rows(self, table: Table) -> AsyncIterator[Rows]:
        """Answer all rows by key, in steps."""

    async def master_key_ids(self) -> list[str]:
        """Answer the ids of the master keys that the database was used with."""

    async def numbers_given(self) -> dict[str, int]:
        """Answer the last number that each table which numbers its rows has given, to a row that may be gone."""


class Target(Source, Protocol):
    """A database of the needed schema without a row, in a transaction that nobody else sees or comes between."""

    async def write(self, table: Table, rows: Rows) -> None:
        """Add rows. Raises CopyError when the engine cannot hold a value."""

    async def continue_numbers(self, given: dict[str, int]) -> None:
        """Let tables that number their rows go on above what they hold and what was given, which is no less."""


async def copy(source: Source, target: Target, *, watch: Watch) -> list[Compared]:
    """Copy all tables and compare them. Raises CopyError, CopyDiffers; then the target must not be committed."""
    tables = await source.tables()
    if {(table.name, frozenset(table.columns)) for table in tables} != {
        (table.name, frozenset(table.columns)) for table in await target.tables()
    }:
        raise CopyError("source and target do not have the same tables: one has some that are not redeemd's")
    totals = {table.name: await source.count(table) for table in tables}
    sent, found = {}, {}
    for table in tables:
        sent[table.name] = await _go_through(source, table, totals[table.name], "copying", watch, write=target.write)
    await target.continue_numbers(await source.numbers_given())
    for table in tables:  # not before all are written: writing one might change another
        found[table.name] = await _go_through(target, table, totals[table.name], "comparing", watch)
    compared = [Compared(table.name, sent[table.name], found[table.name]) for table in tables]
    if not all(table.equal for table in compared):
        raise CopyDiffers(compared)
    return compared


def require_schema(applied: list[tuple[int, str, str]]) -> None:
    """Raise CopyError unless the source has the schema of this version, given what was applied to it."""
    try:
        migrate.require_none(migrate.missing(applied, migrate.load()))
    except migrate.SchemaError as problem:
        raise CopyError(f"the source: {problem}") from None


async def make_schema(tx: Tx, *, now: int) -> None:
    """Make the schema in the transaction of the copy, as far as it is not there. Raises CopyError."""
    try:
        await migrate.apply(_OneTransaction(tx), now=now)
    except migrate.SchemaError as problem:
        raise CopyError(f"the target: {problem}") from None


class _OneTransaction:
    """A store whose bodies all run in one transaction, which it neither begins nor commits."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def run(
        self,
        body: Body[T],
        *,
        write: bool,  # noqa: ARG002 -- as in Store
        autocommit: bool = False,  # noqa: ARG002 -- likewise
        queue: Collection[str] = (),  # noqa: ARG002 -- likewise
    ) -> T:
        """See Store."""
        return await body(self._tx)

    async def close(self) -> None:
        """See Store."""


def quoted(names: Sequence[str]) -> str:
    """Answer names as both engines read them, with commas."""
    return ", ".join('"{}"'.format(name.replace('"', '""')) for name in names)


def steps(sizes: Sequence[int]) -> Iterator[int]:
    """Cut rows of these sizes into steps that are not too large; answer how many rows each has."""
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
    """Read a table, and write it too if asked; answer the number of its rows and their checksum.

    Numbers, texts, bytes and None have one spelling in Python, whatever engine they are of.
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
