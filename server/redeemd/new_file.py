"""Files that are made whole or not at all, and never over another."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Make a file that only its owner can read; yields where to write it, and gives it its name when it is whole.

    Until then it stands beside, under a name of its own that ends in `.part`: two commands do not meet, and what a
    killed one left is used by nobody. The file is on disk before it has its name. Raises FileExistsError or another
    OSError.
    """
    if path.exists():
        raise FileExistsError(f"{path} exists")
    descriptor, name = tempfile.mkstemp(prefix=f"{path.name}.", suffix=".part", dir=path.parent)
    os.close(descriptor)
    part = Path(name)
    try:
        yield part
        _sync(part)
        os.link(part, path)  # not a rename, which would replace a file that came meanwhile
        _sync(path.parent)
    finally:
        part.unlink(missing_ok=True)


def new_secret(path: Path, text: str) -> None:
    """Write a new file of text, as new_file does. Raises FileExistsError or another OSError."""
    with new_file(path) as part:
        part.write_text(text, encoding="utf-8")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
