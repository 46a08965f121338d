"""A disk that is small enough to become full."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from support import lacking


@contextlib.contextmanager
def small_disk(folder: Path, size: str = "8m") -> Iterator[None]:
    """Create a folder on a disk of its own; skips the test where none can be mounted."""
    folder.mkdir(mode=0o700)
    as_root = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
    options = f"size={size},mode=700,uid={os.geteuid()},gid={os.getegid()}"
    mount = [*as_root, "mount", "-t", "tmpfs", "-o", options, "none", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        lacking.skip(f"a disk cannot be mounted: {error}")
    try:
        yield
    finally:
        subprocess.run([*as_root, "umount", "--lazy", str(folder)], check=True)


def fill(path: Path, *, leave: int = 0) -> None:
    """Write a file until the disk is full; then cut it by `leave` bytes."""
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    os.truncate(path, max(path.stat().st_size - leave, 0))
