"""The data folder of an embedded database: which keys are in it, and whether they have lost their database.

Keys are worth what the database records. A database that is gone, of length 0 or without tables beside keys that were
made with it was lost, or the folder is the wrong one: made anew without a word, it would know no code and no player.
"""

import re
import sqlite3
from pathlib import Path

from redeemd.auth import keys
from redeemd.base.new_file import new_secret
from redeemd.config import MASTER_KEY_FILE, Settings
from redeemd.crypto.keyring import KeyRingError

ADMIN_KEY_FILE = "admin.key"
_ADMIN_KEYS = re.compile(r"^admin(?:-(?P<number>[1-9][0-9]{0,8}))?\.key$")
_JOURNALS = ("-wal", "-journal")


class DatabaseLost(Exception):
    """There are keys without the database that they belong to; the text says what to do."""


def refuse_lost(settings: Settings) -> None:
    """Raise DatabaseLost for a data folder with keys whose database is missing or empty, unless that is intended.

    Raises OSError where the folder cannot be read. Nothing is changed.
    """
    if settings.allow_empty_database:
        return
    found = [path for path in (settings.data / MASTER_KEY_FILE, *admin_key_files(settings.data)) if path.exists()]
    state = _state(settings.database_path)
    if found and state:
        names = " and ".join(path.name for path in found)
        raise DatabaseLost(
            f"the data folder {settings.data} holds {names}, but the database {settings.database_path} {state}: "
            "restore it (docs/how-to/backup.md), or, to start with an empty one, serve once with "
            "--allow-empty-database true"
        )


def _state(path: Path) -> str:
    """Return what is wrong with a database in which there should be something; empty if nothing is."""
    if not path.exists():
        left = [path.name + end for end in _JOURNALS if path.with_name(path.name + end).exists()]
        return f"is missing ({left[0]} is there)" if left else "is missing"
    if not path.stat().st_size:
        return "is of length 0"
    return "" if _has_tables(path) else "has no tables"


def _has_tables(path: Path) -> bool:
    """Return whether a database has tables. What cannot be read is no empty one; opening it says more."""
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        try:
            return bool(connection.execute("SELECT EXISTS (SELECT 1 FROM sqlite_master)").fetchone()[0])
        finally:
            connection.close()
    except sqlite3.Error:
        return True


def admin_key_files(folder: Path) -> list[Path]:
    """Return the files of first keys, in the order in which they were made: admin.key, admin-2.key, ..."""
    return sorted((path for path in folder.glob("admin*.key") if _number(path)), key=_number)


def _number(path: Path) -> int:
    """Return which file of a first key this is, from 1 on; 0 if it is none."""
    match = _ADMIN_KEYS.match(path.name)
    return int(match["number"] or 1) if match else 0


def read_admin_key(path: Path) -> keys.NewKey:
    """Read a first key that no database knows. Raises KeyRingError, which does not quote it, or OSError."""
    key = keys.parse(path.read_text(encoding="utf-8", errors="replace").strip())
    if key is None:
        raise KeyRingError(f"{path} holds no API key, and is not overwritten: move it away, and another key is made")
    return key


def write_admin_key(folder: Path, key: keys.NewKey) -> Path:
    """Write a first key into a file that is not there yet; return the file. Raises OSError."""
    number = 1 + max(map(_number, admin_key_files(folder)), default=0)
    path = folder / (ADMIN_KEY_FILE if number == 1 else f"admin-{number}.key")
    new_secret(path, key.text + "\n")
    return path
