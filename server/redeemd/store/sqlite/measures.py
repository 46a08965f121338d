"""The sizes of an embedded database and its disk."""

import os
from collections.abc import Sequence
from pathlib import Path

from redeemd.store.base import Measure


def of(database: Path) -> Sequence[Measure]:
    """Return what can be measured of a database by the path of its file."""
    log = database.with_name(f"{database.name}-wal")
    return (
        Measure("redeemd_store_file_bytes", "Size of the database file.", lambda: _size(database)),
        Measure("redeemd_store_wal_bytes", "Size of the write-ahead log.", lambda: _size(log)),
        Measure("redeemd_store_disk_free_bytes", "Free space for the database.", lambda: _free(database.parent)),
    )


def _size(path: Path) -> float:
    try:
        return path.stat().st_size
    except OSError:
        return 0.0


def _free(folder: Path) -> float:
    try:
        found = os.statvfs(folder)
    except OSError:
        return 0.0
    return float(found.f_bavail * found.f_frsize)
