"""Blocks of backups: files that are named by the SHA-256 of their content.

Backups of successive moments share the blocks that did not change, so that a backup writes the changed ones only.
"""

import hashlib
import re
from collections.abc import Collection
from pathlib import Path

from redeemd.base.new_file import part_of, sync
from redeemd.store.sqlite.snapshot import SnapshotError

# 16 pages: a file for each page would be too many, and larger blocks hold more that did not change.
BLOCK_BYTES = 65_536

_OURS = re.compile(r"[0-9a-f]{64}(?:\..+\.part)?")  # the name of a block, or of one that is being written


class DamagedBackup(SnapshotError):
    """A part of a backup is missing, or is not what was written; the text says which."""


class Blocks:
    """The blocks in a folder. Blocks are written by one process at a time; any number may read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: set[str] = set()  # blocks that were written or verified by this process

    def add(self, block: bytes) -> tuple[str, int]:
        """Store a block; return its name and how many bytes were written, 0 if it was there. Raises OSError.

        A block that this process did not write itself is read and compared, and replaced if it is damaged. Only after
        `sync` does the block survive a loss of power.
        """
        name = hashlib.sha256(block).hexdigest()
        if name in self._known:
            return name, 0
        written = 0 if self._is_intact(name) else self._write(name, block)
        self._known.add(name)
        return name, written

    def _is_intact(self, name: str) -> bool:
        try:
            self.read(name)
        except DamagedBackup:
            return False
        return True

    def _write(self, name: str, block: bytes) -> int:
        path = self._folder / name
        with part_of(path) as part:
            part.write_bytes(block)
            sync(part)
            part.replace(path)
        return len(block)

    def sync(self) -> None:
        """Make all added blocks survive a loss of power. Raises OSError."""
        sync(self._folder)

    def read(self, name: str) -> bytes:
        """Return a block. Raises DamagedBackup."""
        try:
            block = (self._folder / name).read_bytes()
        except OSError as error:
            raise DamagedBackup(f"block {name}: {error.strerror}") from error
        if hashlib.sha256(block).hexdigest() != name:
            raise DamagedBackup(f"block {name} does not have the content that was written")
        return block

    def remove_all_but(self, names: Collection[str]) -> None:
        """Remove the other blocks, and incomplete ones of a process that was killed. Raises OSError."""
        for path in list(self._folder.iterdir()):
            if path.name not in names and _OURS.fullmatch(path.name):
                self._known.discard(path.name)
                path.unlink()

    def remove_incomplete(self) -> None:
        """Remove incomplete blocks of a process that was killed. Raises OSError."""
        for path in list(self._folder.glob("*.part")):
            if _OURS.fullmatch(path.name):
                path.unlink()
