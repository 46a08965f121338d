"""The embedded database as the source or the target of a copy."""

import contextlib
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

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
from redeemd.store.sqlite import snapshot
from redeemd.store.sqlite.batch import SqliteTx

_WIDE = ("TEXT", "BLOB")


class SqliteEnd:
    """One transaction on a connection; see copying.Source and copying.Target."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def tables(self) -> list[Table]:
        """See Source."""
        return [self._table(name) for name in snapshot.tables(self._connection) if name not in NOT_COPIED]

    def _table(self, name: str) -> Table:
        found = self._connection.execute("SELECT name, type, pk FROM pragma_table_info(?) ORDER BY cid", (name,))
        columns = found.fetchall()
        key = sorted((place, column) for column, _, place in columns if place)
        return Table(
            name,
            columns=tuple(column for column, _, _ in columns),
            key=tuple(column for _, column in key),
            wide=tuple(column for column, kind, _ in columns if kind in _WIDE),
        )

    async def count(self, table: Table) -> int:
        """See Source."""
        count: int = self._connection.execute(table.count()).fetchone()[0]
        return count

    async def rows(self, table: Table) -> AsyncIterator[Rows]:
        """See Source."""
        sizes = self._connection.execute(table.select_sizes("length"))
        rows = self._connection.execute(table.select())
        while some := sizes.fetchmany(STEP_ROWS_MAX):
            for step in steps([size for (size,) in some]):
                yield rows.fetchmany(step)

    async def master_key_ids(self) -> list[str]:
        """See Source."""
        return [key_id for (key_id,) in self._connection.execute(MASTER_KEY_IDS)]

    async def numbers_given(self) -> dict[str, int]:
        """See Source."""
        return dict(self._connection.execute("SELECT name, seq FROM sqlite_sequence"))

    async def write(self, table: Table, rows: Rows) -> None:
        """See Target."""
        values = ", ".join("?" * len(table.columns))
        insert = f"INSERT INTO {quoted([table.name])} ({quoted(table.columns)}) VALUES ({values})"
        self._connection.executemany(insert, rows)

    async def continue_numbers(self, given: dict[str, int]) -> None:
        """See Target. SQLite itself keeps track of the greatest number among the rows of a table."""
        numbering = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'"
        for (name,) in self._connection.execute(numbering).fetchall():
            if name in given:
                self._connection.execute("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
                self._connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (name, given[name]))


@contextlib.asynccontextmanager
async def source(path: Path) -> AsyncIterator[SqliteEnd]:
    """Read a database as of now; others can read and write it meanwhile.

    Raises CopyError or SnapshotError.
    """
    with _as_copy_error(path), snapshot.at_one_moment(path) as connection:
        require_schema(snapshot.applied(connection, path))
        yield SqliteEnd(connection)


@contextlib.asynccontextmanager
async def target(path: Path, *, now: int) -> AsyncIterator[SqliteEnd]:
    """Create a database in an empty file. Commits and checks it when the block ends; after an error it is unusable.

    The caller syncs the file to disk. Raises CopyError or SnapshotError.
    """
    with _as_copy_error(path):
        with snapshot.open_file(path) as connection:
            connection.execute("PRAGMA journal_mode = OFF")  # an incomplete copy is thrown away
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("PRAGMA cache_size = -262144")  # KiB; indexes are written in random order
            connection.execute("BEGIN")
            connection.row_factory = sqlite3.Row
            await make_schema(SqliteTx(connection), now=now)
            connection.row_factory = None
            with _without_triggers(connection):
                yield SqliteEnd(connection)
            connection.execute("COMMIT")
        snapshot.check(path)


@contextlib.contextmanager
def _without_triggers(connection: sqlite3.Connection) -> Iterator[None]:
    """Remove the triggers, and restore them after the block. What they did in the source is copied, too."""
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {quoted([name])}")
    yield
    for _, text in triggers:
        connection.execute(text)


@contextlib.contextmanager
def _as_copy_error(path: Path) -> Iterator[None]:
    if not path.exists():
        raise CopyError(f"the database {path} does not exist")
    try:
        yield
    except sqlite3.Error as error:
        raise CopyError(f"{path}: {error}") from error
