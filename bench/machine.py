"""The machine: which core serves, which sends, how much processor time a process has had, and what all this runs on."""

import os
import platform
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "bench" / ".work"  # on the disk of the checkout, not in /tmp: that is often memory, where fsync is free

_CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE = _CORES[0]
LOAD_CORE = _CORES[-1]


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Run this thread, and every process that is started meanwhile, on one core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process, of all its threads, in user and in system mode.

    The same number as utime + stime of /proc/<pid>/stat, but in nanoseconds instead of steps of 10 ms: this is what
    clock_getcpuclockid(3) makes of a process id.
    """
    return time.clock_gettime(~pid << 3 | 2)


def family_cpu_seconds(pid: int) -> float:
    """Return the processor time of a process, of its children, and of the children that have ended.

    The last is a number in /proc/<pid>/stat, in steps of 10 ms: the kernel adds a child's time when its parent waits
    for it.
    """
    alive = 0.0
    for member in _family(pid):
        with suppress(OSError):  # it has ended meanwhile
            alive += cpu_seconds(member)
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return alive + (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")  # cutime and cstime


def family_written_bytes(pid: int) -> int:
    """Return how many bytes a process and its children, ended ones included, have passed to write(2) and its kin.

    Not write_bytes, the bytes that reach the disk: for a write of 8 KiB the kernel counts the whole folio that it
    changes, which in a file of 16 MiB may be hundreds of KiB.
    """
    return sum(map(_written_bytes, _family(pid)))


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [pid, *map(int, children.split())]


def _written_bytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/io").read_text(encoding="ascii").splitlines()
    except OSError:  # it has ended meanwhile
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("wchar:")), 0)


def description() -> dict[str, str]:
    """Return what the figures depend on."""
    cores = f"{len(_CORES)}"
    pinning = f"servers on core {SERVER_CORE}, load on core {LOAD_CORE}"
    if SERVER_CORE == LOAD_CORE:
        pinning = "only one core: servers and load share it, so calls/s say little"
    packages = ("grpcio", "protobuf", "protovalidate", "aiosqlite", "uvloop", "numpy", "cryptography")
    return {
        "processor": f"{_processor()}, {cores} cores",
        "pinning": pinning,
        "system": f"{platform.system()} {platform.release()}, data on {_file_system(WORK)}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "SQLite": sqlite3.sqlite_version,
        "packages": ", ".join(f"{name} {version(name)}" for name in packages),
        "load": _output("go", "version").removeprefix("go version "),
        "redeemd": f"{version('redeemd')}, commit {_output('git', 'describe', '--always', '--dirty', '--exclude=*')}",
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _file_system(path: Path) -> str:
    return _output("df", "--output=fstype", str(path)).split()[-1]


def _output(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    return done.stdout.strip() or "unknown"
