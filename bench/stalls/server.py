"""`redeemd` with an instrument in its process that measures how long the event loop is blocked, and how memory grows.

A timer on the event loop reads the processor time of the process and of the loop's own thread each millisecond. What
passed between two readings is how long nothing else could run: a wait costs nothing, and another program on the same
core does not count. A thread responds to the benchmark on a Unix socket; see watch.py.

Usage: as redeemd; REDEEMD_BENCH_INSTRUMENT is the path of the socket.
"""

import asyncio
import ctypes
import gc
import os
import resource
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection
from multiprocessing.connection import Listener as SocketListener
from pathlib import Path

from redeemd import cli
from redeemd.app import database
from redeemd.app.environment import Environment
from redeemd.config import Settings
from redeemd.store.base import Listener, Store

SOCKET = "REDEEMD_BENCH_INSTRUMENT"
MEMORY_MAX = 3 * 1024**3  # a request that needs more ends the server, not the machine
TICK_SECONDS = 0.001
TICKS_AT_END = 3  # after that many, no gap is still open

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_RESET_PEAK = "5"  # see proc(5)
_KIB = 1024


class Instrument:
    """The longest gap since the last reset, in seconds of processor time."""

    def __init__(self) -> None:
        self.ticks = 0
        self.process_gap = self.loop_gap = 0.0
        self._process = self._loop = 0.0
        self._began = self._resident = 0.0

    def start(self) -> None:
        """Measure the running event loop of this thread from now on."""
        loop = asyncio.get_running_loop()

        def tick() -> None:
            process, own = time.process_time(), time.thread_time()
            self.process_gap = max(self.process_gap, process - self._process)
            self.loop_gap = max(self.loop_gap, own - self._loop)
            self._process, self._loop = process, own
            self.ticks += 1
            loop.call_later(TICK_SECONDS, tick)

        self._process, self._loop = time.process_time(), time.thread_time()
        tick()

    def reset(self) -> None:
        """Return freed memory to the system and begin a new measurement."""
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)
        self._wait()
        _CLEAR.write_text(_RESET_PEAK, encoding="ascii")
        self._began, self._resident = time.process_time(), _kib("VmRSS")
        self.process_gap = self.loop_gap = 0.0

    def read(self) -> dict[str, float]:
        """Return what was measured since the reset, when the loop is free."""
        self._wait()
        return {
            "process_ms": self.process_gap * 1000,
            "loop_ms": self.loop_gap * 1000,
            "cpu_ms": (time.process_time() - self._began) * 1000,
            "growth_mib": max(0, _kib("VmHWM") - self._resident) / _KIB,
        }

    def _wait(self) -> None:
        until = self.ticks + TICKS_AT_END
        while self.ticks < until:
            time.sleep(TICK_SECONDS)


def _kib(field: str) -> int:
    line = next(line for line in _STATUS.read_text(encoding="ascii").splitlines() if line.startswith(field))
    return int(line.split()[1])


def _answer(instrument: Instrument, connection: Connection) -> None:
    work = {"reset": instrument.reset, "read": instrument.read}
    while True:
        connection.send(work[connection.recv()]())


def _listen(instrument: Instrument, path: str) -> None:
    with SocketListener(path, family="AF_UNIX") as listener, listener.accept() as connection:
        try:
            _answer(instrument, connection)
        except EOFError:  # the benchmark ended
            return


def watched(path: str) -> Environment:
    """Return an environment that measures the event loop of the server, and responds on a Unix socket."""
    instrument = Instrument()

    @asynccontextmanager
    async def open_store(settings: Settings, listener: Listener) -> AsyncIterator[Store]:
        instrument.start()
        async with database.open_store(settings, listener) as store:
            yield store

    threading.Thread(target=_listen, args=(instrument, path), daemon=True).start()
    return Environment(open_store=open_store)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_MAX, MEMORY_MAX))
    cli.main(watched(os.environ[SOCKET]))
