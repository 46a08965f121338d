"""Generations: backups of an embedded database in one folder, each complete, which share the blocks that are equal.

`generations/NNNNNNNN-<time>` lists the blocks of one generation in their order; `blocks/` has them. A generation gets
its name only when all of its blocks are on disk, and blocks are removed only when no generation lists them, so that a
process that is killed at any moment loses no earlier generation.

SQLite does not report to another process which pages have changed. So each generation begins with a copy of the whole
database, which is not synced to disk and removed at once: the cost is CPU, and space for one copy.
"""

import dataclasses
import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from redeemd.base.new_file import part_of, sync
from redeemd.store.sqlite import snapshot
from redeemd.store.sqlite.blocks import BLOCK_BYTES, Blocks, DamagedBackup
from redeemd.store.sqlite.lock import FolderLock
from redeemd.store.sqlite.snapshot import DiskFull, SnapshotError

_GENERATIONS = "generations"
_BLOCKS = "blocks"
_COPY = "redeemd-copy"  # of the whole database, while a generation is taken
_READERS_LOCK = "readers.lock"  # held while a generation is read: none is removed meanwhile
_FULL = {errno.ENOSPC, errno.EDQUOT}
_NAME = re.compile(r"^(\d{8})-\d{8}T\d{6}Z$")
_NAME_OF_PART = re.compile(r"^\d{8}-\d{8}T\d{6}Z\..+\.part$")


@dataclass(frozen=True, slots=True)
class Generation:
    """A backup of one moment."""

    database: int  # when the database was created: another one does not replace its backups
    size: int  # bytes
    blocks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """The result of taking a generation. `is_new` is false if the database has not changed since the last one."""

    name: str
    is_new: bool
    size: int
    written: int


class Archive:
    """The writer of a folder of generations. There is one at a time for each folder."""

    def __init__(self, folder: Path) -> None:
        """Create the folder, if it is missing, and lock it. Raises FolderInUse or OSError."""
        for path in (folder, folder / _GENERATIONS, folder / _BLOCKS):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._lock = FolderLock(folder)
        self._blocks = Blocks(folder / _BLOCKS)
        self._remove_incomplete()
        (folder / _READERS_LOCK).touch(mode=0o600)
        self._generations = _readable(folder)
        self._checked = False

    def _remove_incomplete(self) -> None:
        """Remove what a process that was killed was writing, and nothing that others keep in the folder."""
        for part in list(self._folder.glob(f"{_COPY}.*.part")):
            part.unlink()
        for part in list((self._folder / _GENERATIONS).glob("*.part")):
            if _NAME_OF_PART.match(part.name):
                part.unlink()
        self._blocks.remove_incomplete()

    def close(self) -> None:
        """Release the lock."""
        self._lock.release()

    def take(self, source: Path, now: datetime) -> Taken:
        """Back up a database as of this moment. An unchanged database only gives the last generation a new mtime.

        The first copy that an archive takes is checked by SQLite's integrity check. Raises DiskFull, after which the
        archive can be used as before, another SnapshotError, SchemaError or OSError.
        """
        try:
            return self._take(source, now)
        except OSError as problem:
            if problem.errno in _FULL:
                raise DiskFull(f"{self._folder}: {problem.strerror}") from None
            raise

    def _take(self, source: Path, now: datetime) -> Taken:
        with part_of(self._folder / _COPY) as copy:
            database = snapshot.copy_unchecked(source, copy)
            self._refuse_another(database, source)
            self._check_once(copy)
            with copy.open("rb") as pages:
                added = [self._blocks.add(block) for block in iter(lambda: pages.read(BLOCK_BYTES), b"")]
            taken = Generation(database, copy.stat().st_size, tuple(name for name, _ in added))
        written = sum(count for _, count in added)
        self._blocks.sync()
        last = next(reversed(self._generations), "")
        if last and self._generations[last] == taken:
            os.utime(self._folder / _GENERATIONS / last)
            return Taken(last, is_new=False, size=taken.size, written=written)
        name = self._record(taken, now)
        return Taken(name, is_new=True, size=taken.size, written=written)

    def _refuse_another(self, database: int, source: Path) -> None:
        if any(known.database != database for known in self._generations.values()):
            raise SnapshotError(f"{self._folder} has backups of another database than {source}: choose another folder")

    def _check_once(self, copy: Path) -> None:
        if not self._checked:
            snapshot.check(copy)
            self._checked = True

    def _record(self, generation: Generation, now: datetime) -> str:
        number = 1 + max((int(name[:8]) for name in names(self._folder)), default=0)
        name = f"{number:08}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        path = self._folder / _GENERATIONS / name
        with part_of(path) as part:
            part.write_text(_text(generation), encoding="utf-8")
            sync(part)
            part.replace(path)
            sync(path.parent)
        self._generations[name] = generation
        return name

    def has_room(self) -> bool:
        """Return whether the next generation surely fits: the copy, and the same again for its blocks."""
        last = next(reversed(self._generations.values()), None)
        return last is None or shutil.disk_usage(self._folder).free >= 2 * last.size

    def prune(self, keep: int) -> None:
        """Remove all but the last `keep` generations, and blocks that none of these has. Raises OSError.

        Does nothing while a generation is being read.
        """
        with (self._folder / _READERS_LOCK).open("r+b") as file, suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            kept = dict(list(self._generations.items())[-keep:])
            for name in names(self._folder):
                if name < min(kept, default=""):
                    (self._folder / _GENERATIONS / name).unlink()
            sync(self._folder / _GENERATIONS)  # before the blocks: no generation is ever without a block
            self._blocks.remove_all_but({block for each in kept.values() for block in each.blocks})
            self._generations = kept


def names(folder: Path) -> list[str]:
    """Return the names of all generations, oldest first. Raises OSError."""
    return sorted(path.name for path in (folder / _GENERATIONS).iterdir() if _NAME.match(path.name))


def assemble(folder: Path, name: str, target: Path) -> str:
    """Write a generation, or the last one for an empty name, as a database file; return its name.

    The caller checks the database. Raises SnapshotError if there is no such generation, DamagedBackup or OSError.
    """
    with _reading(folder):
        try:
            found = names(folder)
        except FileNotFoundError:
            found = []
        if not found or (name and name not in found):
            raise SnapshotError(f"{folder} has no generation {name}".rstrip())
        chosen = name or found[-1]
        try:
            with target.open("wb") as file:
                _write(folder, chosen, file)
        except DamagedBackup as error:
            others = ", ".join(each for each in found if each != chosen) or "none"
            raise DamagedBackup(
                f"generation {chosen} is damaged: {error}; others, for --generation: {others}"
            ) from error
    return chosen


def _write(folder: Path, name: str, file: BinaryIO) -> None:
    generation = _read(folder, name)
    blocks = Blocks(folder / _BLOCKS)
    file.writelines(blocks.read(block) for block in generation.blocks)
    if file.tell() != generation.size:
        raise DamagedBackup(f"its blocks have {file.tell()} bytes instead of {generation.size}")


@contextmanager
def _reading(folder: Path) -> Iterator[None]:
    """Keep generations from being removed. A copy of the folder has perhaps no file of the lock."""
    try:
        file = (folder / _READERS_LOCK).open("rb")
    except FileNotFoundError:
        yield
        return
    with file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


def _readable(folder: Path) -> dict[str, Generation]:
    """Return the generations whose lists are intact, oldest first."""
    found = {}
    for name in names(folder):
        with suppress(DamagedBackup):
            found[name] = _read(folder, name)
    return found


def _text(generation: Generation) -> str:
    body = json.dumps(dataclasses.asdict(generation))
    return f"{body}\n{hashlib.sha256(body.encode()).hexdigest()}\n"


def _read(folder: Path, name: str) -> Generation:
    try:
        body, digest = (folder / _GENERATIONS / name).read_bytes().splitlines()
    except (OSError, ValueError) as error:
        raise DamagedBackup(f"the list of its blocks cannot be read ({error})") from error
    if hashlib.sha256(body).hexdigest().encode() != digest:
        raise DamagedBackup("the list of its blocks does not have the content that was written")
    values = json.loads(body)
    return Generation(values["database"], values["size"], tuple(values["blocks"]))
