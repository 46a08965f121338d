"""Creates and replaces files atomically."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Create a file that only its owner can read; yield the path to write to, and rename the file when it is complete.

    Until then it has a unique name in the same folder that ends in `.part`, so that two commands do not collide, and
    the incomplete file of a killed command is never used. The file is synced to disk before it gets its name. Raises
    FileExistsError or another OSError.
    """
    if path.is_symlink() and not path.exists():
        raise FileExistsError(f"{path} is a symbolic link to a file that does not exist")
    if path.exists():
        raise FileExistsError(f"{path} exists")
    with part_of(path) as part:
        yield part
        sync(part)
        os.link(part, path)  # not a rename, which would replace a file created in the meantime
        sync(path.parent)


def new_secret(path: Path, text: str) -> None:
    """Write text to a new file, as `new_file` does. Raises FileExistsError or another OSError."""
    with new_file(path) as part:
        part.write_text(text, encoding="utf-8")


def replace_secret(path: Path, text: str) -> None:
    """Replace a file atomically by one with this text, which only its owner can read. Raises OSError."""
    with part_of(path) as part:
        part.write_text(text, encoding="utf-8")
        sync(part)
        part.replace(path)
        sync(path.parent)


@contextmanager
def part_of(path: Path) -> Iterator[Path]:
    """Create a file that only its owner can read in the folder of another; remove it at the end, if it is still there.

    Its name is unique, and ends in `.part`. Raises OSError.
    """
    try:
        descriptor, name = tempfile.mkstemp(prefix=f"{path.name}.", suffix=".part", dir=path.parent)
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no folder {path.parent}") from None
    os.close(descriptor)
    part = Path(name)
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Sync a file, or the entries of a folder, to disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
