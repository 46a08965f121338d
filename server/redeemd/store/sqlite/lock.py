"""Ensures that only one process owns an embedded database.

Two processes that write to the same SQLite WAL are slow, and they can corrupt it (SQLite 3.7.0 to 3.51.2,
www.sqlite.org/wal.html, "the WAL-reset bug").
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FolderInUse(Exception):
    """Another process owns the folder."""


class FolderLock:
    """An exclusive lock on a data folder or a folder of backups, held until it is released or the process ends."""

    def __init__(self, folder: Path) -> None:
        """Take the lock without waiting. Raises FolderInUse."""
        path = folder / "redeemd.lock"
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(self._file, 32).decode(errors="replace").strip() or "unknown"
            os.close(self._file)
            raise FolderInUse(f"the folder {folder} is in use by another redeemd (process {owner})") from None
        os.ftruncate(self._file, 0)
        os.write(self._file, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Release the lock."""
        os.close(self._file)


@contextmanager
def place_for_database(path: Path) -> Iterator[None]:
    """Lock the folder in which an embedded database is to be created, which must not hold files of an earlier one.

    SQLite would apply the journal of the earlier database to the new one. Raises FolderInUse, FileExistsError or
    another OSError.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FolderLock(path.parent)
    try:
        for name in (path.name, f"{path.name}-wal", f"{path.name}-journal"):
            if path.with_name(name).exists():
                raise FileExistsError(f"{path.with_name(name)} exists: choose a folder without a database")
        yield
    finally:
        lock.release()
