"""A watched server, and what one request to it cost."""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Client, Connection
from pathlib import Path

from bench import servers
from bench.servers import Server
from bench.stalls import server as program

CONNECT_SECONDS_MAX = 10.0


class ServerLost(Exception):
    """The server ended, or its loop was not free again in time."""


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of a request to the server.

    process_ms is the longest time that the event loop did not come round, in milliseconds of CPU of the whole process:
    another thread that holds the interpreter blocks the loop as well. loop_ms counts the loop's own thread only.
    """

    process_ms: float
    loop_ms: float
    cpu_ms: float
    growth_mib: float


@dataclass(frozen=True, slots=True)
class Watched:
    """A running server with its instrument."""

    server: Server
    _connection: Connection

    def reset(self, seconds_max: float) -> None:
        """Begin a measurement. Raises ServerLost."""
        self._ask("reset", seconds_max)

    def read(self, seconds_max: float) -> Cost:
        """End a measurement. Raises ServerLost."""
        found = self._ask("read", seconds_max)
        assert isinstance(found, dict)
        return Cost(**found)

    def least(self, cpu_seconds_before: float) -> Cost:
        """Return the least that a request cost which has no end yet, or ended the server."""
        peak = _peak_mib(self.server.pid)
        if not peak:  # it ended, most likely because it was not given more memory
            return Cost(0.0, 0.0, 0.0, program.MEMORY_MAX / 1024**2)
        cpu_ms = (self.server.cpu_seconds() - cpu_seconds_before) * 1000
        return Cost(cpu_ms, cpu_ms, cpu_ms, peak)

    def kill(self) -> None:
        """End the server at once."""
        os.kill(self.server.pid, signal.SIGKILL)

    def _ask(self, what: str, seconds_max: float) -> object:
        try:
            self._connection.send(what)
            if not self._connection.poll(seconds_max):
                raise ServerLost
            return self._connection.recv()
        except (OSError, EOFError):
            raise ServerLost from None


@contextmanager
def watched(data: Path, *flags: str) -> Iterator[Watched]:
    """Run a watched server over a data folder, which may have been served before."""
    path = data / "instrument"
    path.unlink(missing_ok=True)
    os.environ[program.SOCKET] = str(path)
    command = [*servers.redeemd(data, "bench.stalls.server"), *flags]
    with servers.running(command, data) as server, _connected(path) as connection:
        yield Watched(server, connection)


def _connected(path: Path) -> Connection:
    until = time.monotonic() + CONNECT_SECONDS_MAX
    while True:
        try:
            return Client(str(path), family="AF_UNIX")
        except (FileNotFoundError, ConnectionRefusedError):
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def empty(data: Path) -> None:
    """Make an empty data folder."""
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)


def _peak_mib(pid: int) -> float:
    """Return the most memory that a process had, in MiB; 0 for one that ended and was not waited for."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return sum(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024
