"""A copy of an embedded database as it is at one moment, made while a server goes on writing to it.

The copy is read by a connection of its own that cannot write (`mode=ro`), in one read transaction: in WAL mode such a
reader sees one moment and holds up no writer. It neither writes nor checkpoints, so two processes may share the file,
whatever `lock.py` says of two writers. The server is not asked: that would take a method for operators of this machine
only, and the server's CPU. While the copy is made the WAL cannot start over, so it grows by what is written meanwhile.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from redeemd.store import migrate
from redeemd.store.migrate import SchemaError

STEP_PAGES = 1000  # 4 MB: how often progress is told

# Hears what is being done, and how many of how many pages are; of 0 pages when that cannot be told.
Watch = Callable[[str, int, int], None]


class SnapshotError(Exception):
    """The file is no database that can be copied, or the copy is not good; the text says why."""


def copy(source: Path, target: Path, *, watch: Watch) -> dict[str, int]:
    """Copy into an empty file and check the copy; answer how many rows it has, by table.

    Only a database of redeemd, of a schema that this version knows, is copied. The caller syncs the file to disk.
    Raises SnapshotError or SchemaError.
    """
    try:
        with at_one_moment(source) as reader:
            _recognise(reader, source)
            with open_file(target) as writer:
                writer.execute("PRAGMA journal_mode = OFF")  # what is half is thrown away
                writer.execute("PRAGMA synchronous = OFF")
                reader.backup(
                    writer,
                    pages=STEP_PAGES,
                    progress=lambda _status, remaining, total: watch("copying", total - remaining, total),
                )
                writer.execute("PRAGMA journal_mode = DELETE")  # from WAL: the copy is one file, complete by itself
                watch("checking", 0, 0)
                rows = _count(writer)
                if rows != _count(reader):
                    raise SnapshotError(f"the copy of {source} does not have the rows that it has")
        check(target)
    except sqlite3.Error as error:
        raise SnapshotError(f"{source}: {error}") from error
    return rows


def master_key_checks(path: Path) -> dict[str, bytes]:
    """Answer what a database of ours knows of the master keys it was used with. Raises SnapshotError."""
    try:
        with at_one_moment(path) as reader:
            _recognise(reader, path)
            return dict(reader.execute("SELECT key_id, check_value FROM master_key_check"))
    except sqlite3.Error as error:
        raise SnapshotError(f"{path}: {error}") from error


@contextlib.contextmanager
def open_file(path: Path, mode: str = "rw") -> Iterator[sqlite3.Connection]:
    """Open a file that is there; nothing begins or commits by itself."""
    uri = f"{path.resolve().as_uri()}?mode={mode}"
    with contextlib.closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
        yield connection


@contextlib.contextmanager
def at_one_moment(path: Path) -> Iterator[sqlite3.Connection]:
    """Open for reading; what is read is of one moment. Without the transaction a write would start the copy over."""
    with open_file(path, "ro") as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        yield connection


def _recognise(connection: sqlite3.Connection, path: Path) -> None:
    """Raise SnapshotError unless it is a database of redeemd, SchemaError unless we know its schema."""
    known = migrate.load()
    if len(migrate.missing(applied(connection, path), known)) == len(known):
        raise SchemaError(f"{path} is a database of redeemd with nothing in it")


def applied(connection: sqlite3.Connection, path: Path) -> list[tuple[int, str, str]]:
    """Answer which migrations were applied. Raises SnapshotError when it is no database of redeemd."""
    if migrate.TABLE not in tables(connection):
        raise SnapshotError(f"{path} is not a database of redeemd")
    return connection.execute(migrate.APPLIED.sqlite).fetchall()


def _count(connection: sqlite3.Connection) -> dict[str, int]:
    return {
        table: connection.execute(f'SELECT COUNT(*) FROM "{table}"').fetchone()[0]  # noqa: S608 -- a name of our schema
        for table in tables(connection)
    }


def tables(connection: sqlite3.Connection) -> list[str]:
    """Answer the names of all tables but SQLite's own."""
    names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name"
    return [name for (name,) in connection.execute(names)]


def check(path: Path) -> None:
    """Have SQLite read all of a file, as it is on its own. Raises SnapshotError."""
    with open_file(path, "ro") as connection:
        found = [text for (text,) in connection.execute("PRAGMA integrity_check(1)")]
        if found != ["ok"]:
            raise SnapshotError(f"it is damaged: {found[0]}")
