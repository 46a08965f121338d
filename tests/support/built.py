"""Programs in other languages that tests install or compile."""

import fcntl
import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from support.contract import REPOSITORY

BUILDS = REPOSITORY / ".tools" / "built"
BUILD_SECONDS = 280
NPM_CI = ["npm", "ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]


def built(source: Path, *commands: Sequence[str]) -> Path:
    """Return a copy of a folder in which the commands have run; they run again when a file of the folder has changed.

    Raises CalledProcessError for a command that fails.
    """
    files = sorted(path for path in source.iterdir() if path.is_file())
    digest = hashlib.sha256(b"".join(path.name.encode() + b"\0" + path.read_bytes() for path in files)).hexdigest()
    done = BUILDS / f"{source.name}-{digest[:16]}"
    BUILDS.mkdir(parents=True, exist_ok=True)
    with (BUILDS / f"{source.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another process may be building it
        if not done.exists():
            _build(files, commands, done)
    return done


def _build(files: Sequence[Path], commands: Sequence[Sequence[str]], done: Path) -> None:
    """Build in a folder that becomes `done` at once."""
    with tempfile.TemporaryDirectory(dir=done.parent) as scratch:
        folder = Path(scratch) / done.name
        folder.mkdir()
        for path in files:
            shutil.copy(path, folder)
        for command in commands:
            subprocess.run(command, check=True, cwd=folder, timeout=BUILD_SECONDS)
        folder.rename(done)
