"""Copies an embedded database as of one moment, while a server keeps writing to it.

The copy is read over a separate read-only connection (`mode=ro`) in one read transaction: in WAL mode such a reader
sees a consistent snapshot and blocks no writer. It neither writes nor checkpoints, so two processes may share the file
in spite of what `lock.py` says about two writers. The server is not involved: that would need a method for operators of
this machine only, and the server's CPU. The WAL cannot restart during the copy, so it grows by what is written
meanwhile.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from redeemd.store import migrate
from redeemd.store.migrate import SchemaError

STEP_PAGES = 1000  # 4 MB: progress is reported once per step

# Called with the step, the number of pages done and the total; the total is 0 when it is unknown.
Watch = Callable[[str, int, int], None]

_NOT_WRITTEN = {"SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_TRUNCATE", "SQLITE_IOERR_FSYNC"}
_CREATED = f"SELECT MIN(applied_at) FROM {migrate.TABLE}"  # noqa: S608 -- a name of our schema


class SnapshotError(Exception):
    """The file is not a database that can be copied, or the copy is faulty; the text says why."""


def copy(source: Path, target: Path, *, watch: Watch) -> dict[str, int]:
    """Copy into an empty file, check the copy, and return its number of rows by table.

    Only a database of redeemd with a schema that this version knows is copied. The caller syncs the file to disk.
    Raises SnapshotError or SchemaError.
    """
    try:
        with at_one_moment(source) as reader:
            _recognise(reader, source)
            with open_file(target) as writer:
                _copy_pages(reader, writer, watch)
                watch("checking", 0, 0)
                rows = _count(writer)
                if rows != _count(reader):
                    raise SnapshotError(f"the copy of {source} does not have the rows that it has")
        check(target)
    except sqlite3.Error as error:
        raise SnapshotError(f"{_culprit(error, source, target)}: {error}") from error
    return rows


class DiskFull(SnapshotError):
    """A copy of a database needs more space than there is."""


def copy_unchecked(source: Path, target: Path) -> int:
    """Copy into an empty file; return when the database was created, as Unix time in milliseconds, which identifies it.

    The bytes of the copy depend on nothing but the content of the database. Raises DiskFull, another SnapshotError
    or SchemaError.
    """
    try:
        with at_one_moment(source) as reader:
            _recognise(reader, source)
            with open_file(target) as writer:
                _copy_pages(reader, writer, lambda _step, _done, _total: None)
            return int(reader.execute(_CREATED).fetchone()[0])
    except sqlite3.Error as error:
        kind = DiskFull if getattr(error, "sqlite_errorname", "") == "SQLITE_FULL" else SnapshotError
        raise kind(f"{_culprit(error, source, target)}: {error}") from error


def _culprit(error: sqlite3.Error, source: Path, target: Path) -> Path:
    """Return the file of an error. The source is only read, so that what cannot be written is the copy."""
    return target if getattr(error, "sqlite_errorname", "") in _NOT_WRITTEN else source


def _copy_pages(reader: sqlite3.Connection, writer: sqlite3.Connection, watch: Watch) -> None:
    writer.execute("PRAGMA journal_mode = OFF")  # an incomplete copy is thrown away
    writer.execute("PRAGMA synchronous = OFF")
    reader.backup(
        writer,
        pages=STEP_PAGES,
        progress=lambda _status, remaining, total: watch("copying", total - remaining, total),
    )
    writer.execute("PRAGMA journal_mode = DELETE")  # not WAL: the copy is one self-contained file


def master_key_checks(path: Path) -> dict[str, bytes]:
    """Return the check values, by key id, of the master keys with which a database was used. Raises SnapshotError."""
    try:
        with at_one_moment(path) as reader:
            _recognise(reader, path)
            return dict(reader.execute("SELECT key_id, check_value FROM master_key_check"))
    except sqlite3.Error as error:
        raise SnapshotError(f"{path}: {error}") from error


@contextlib.contextmanager
def open_file(path: Path, mode: str = "rw") -> Iterator[sqlite3.Connection]:
    """Open an existing file, without implicit transactions."""
    uri = f"{path.resolve().as_uri()}?mode={mode}"
    with contextlib.closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
        yield connection


@contextlib.contextmanager
def at_one_moment(path: Path) -> Iterator[sqlite3.Connection]:
    """Open for reading one consistent snapshot. Without the transaction, a write would restart the copy."""
    with open_file(path, "ro") as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        yield connection


def _recognise(connection: sqlite3.Connection, path: Path) -> None:
    """Raise SnapshotError unless it is a database of redeemd, SchemaError unless this version can serve it."""
    known = migrate.load()
    found = applied(connection, path)
    compatible = dict(connection.execute(migrate.COMPATIBLE.sqlite)) if len(found) > len(known) else {}
    if len(migrate.missing(found, known, compatible)) == len(known):
        raise SchemaError(f"{path} is an empty database of redeemd")


def applied(connection: sqlite3.Connection, path: Path) -> list[tuple[int, str, str]]:
    """Return the applied migrations (version, name, sha256). Raises SnapshotError if it is not a redeemd database."""
    if migrate.TABLE not in tables(connection):
        raise SnapshotError(f"{path} is not a database of redeemd")
    return connection.execute(migrate.APPLIED.sqlite).fetchall()


def _count(connection: sqlite3.Connection) -> dict[str, int]:
    return {
        table: connection.execute(f'SELECT COUNT(*) FROM "{table}"').fetchone()[0]  # noqa: S608 -- a name of our schema
        for table in tables(connection)
    }


def tables(connection: sqlite3.Connection) -> list[str]:
    """Return the names of all tables except SQLite's own."""
    names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name"
    return [name for (name,) in connection.execute(names)]


def check(path: Path) -> None:
    """Run SQLite's integrity check on a file. Raises SnapshotError."""
    with open_file(path, "ro") as connection:
        found = [text for (text,) in connection.execute("PRAGMA integrity_check(1)")]
        if found != ["ok"]:
            raise SnapshotError(f"it is damaged: {found[0]}")
