"""The embedded store: SQLite in WAL mode, with one writing connection with group commit and several reading ones.

Each lane is an aiosqlite connection with a queue. A lane takes everything that is queued and runs it in one hop to the
connection's thread, because a hop costs more than the statements. The writing lane commits the whole batch at once; no
caller gets its result before that COMMIT has returned.
"""

import asyncio
import sqlite3
import time
from collections import deque
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from redeemd.store.base import (
    NO_LISTENER,
    Body,
    CommitFailed,
    CommitUnknown,
    Listener,
    Measure,
    StoreError,
    Unavailable,
)
from redeemd.store.sqlite import measures
from redeemd.store.sqlite.batch import Unit, fail_all, read_batch, write_batch

T = TypeVar("T")

SQLITE_VERSION_MIN = (3, 37, 0)  # STRICT tables
BATCH_MAX = 256  # bounds how long the first of a batch waits for the last

# A commit costs as much CPU as ten bodies, whether for one body or many. While calls keep arriving, the writer waits
# briefly for more of them; a call that arrives alone runs at once.
LINGER_SECONDS = 0.001
LINGER_STEPS_MAX = 8
REOPEN_SECONDS_MAX = 5.0

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # not NORMAL: a used code must stay used after power loss
    "PRAGMA busy_timeout = 5000",
    # 32 MB: enough for the upper pages of indexes of some GB; the system caches the others.
    "PRAGMA cache_size = -32768",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA journal_size_limit = 67108864",
    # 32 MB, not 4: a checkpoint holds the writer, and pages that were changed often are written once.
    "PRAGMA wal_autocheckpoint = 8000",
)


class _Lane:
    """One connection and the queue of bodies that wait for it."""

    def __init__(self, path: Path, *, write: bool, listener: Listener) -> None:
        self._path = path
        self._batch = write_batch if write else read_batch
        self._write = write
        self._listener = listener
        self._waiting: deque[Unit] = deque()
        self._wake = asyncio.Event()
        self._last_batch = 0
        self._closing = False
        self.connection: aiosqlite.Connection | None = None
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        self.connection = await self._connect()
        self._task = asyncio.create_task(self._serve(), name=f"sqlite-{'writer' if self._write else 'reader'}")

    async def _connect(self) -> aiosqlite.Connection:
        connection = await aiosqlite.connect(self._path, isolation_level=None, cached_statements=512)
        connection.row_factory = sqlite3.Row
        try:
            for pragma in _PRAGMAS if self._write else (*_PRAGMAS[1:], "PRAGMA query_only = ON"):
                await connection.execute_fetchall(pragma)
        except BaseException:
            await _close_quietly(connection)  # otherwise its thread would keep running
            raise
        return connection

    async def _connect_to_write(self) -> aiosqlite.Connection:
        """Connect and, for the writing lane, commit something: a file that can merely be opened may not be writable."""
        connection = await self._connect()
        try:
            if self._write:
                ((version,),) = await connection.execute_fetchall("PRAGMA user_version")
                await connection.execute_fetchall(f"PRAGMA user_version = {version}")
        except BaseException:
            await _close_quietly(connection)
            raise
        return connection

    def __len__(self) -> int:
        return len(self._waiting)

    def submit(self, body: Body[T]) -> "asyncio.Future[T]":
        if self._closing or self.connection is None:
            raise Unavailable("the store is not open")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(Unit(body, future))
        self._wake.set()
        return future

    async def _serve(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting and self.connection is not None:
                await self._linger()
                units = [self._waiting.popleft() for _ in range(min(BATCH_MAX, len(self._waiting)))]
                if units := [unit for unit in units if not unit.future.cancelled()]:
                    await self._run(units)
            self._refuse_waiting()
            if self._closing:
                return

    def _refuse_waiting(self) -> None:
        """Raise Unavailable in the queued callers when there is no connection."""
        while self._waiting:
            unit = self._waiting.popleft()
            unit.error = Unavailable("the database is not open")
            unit.complete()

    async def _linger(self) -> None:
        """Wait while the queue grows, if calls are arriving in groups."""
        if not self._write or (len(self._waiting) < 2 and self._last_batch < 2):  # noqa: PLR2004 -- alone, twice
            return
        for _ in range(LINGER_STEPS_MAX):
            seen = len(self._waiting)
            await asyncio.sleep(LINGER_SECONDS)
            if seen == len(self._waiting) or seen >= BATCH_MAX or self._closing:
                return

    async def _run(self, units: list[Unit]) -> None:
        assert self.connection is not None
        started = time.perf_counter()
        self._listener.wait(started - units[0].queued)
        done = len(units)
        lost = False
        try:
            # aiosqlite has no public way to run a function on its thread; the version is pinned and this is tested.
            # A private method of aiosqlite, which it does not type.
            run: Any = self.connection._execute  # noqa: SLF001
            done = await run(self._batch, self.connection._conn, units)  # noqa: SLF001
        except asyncio.CancelledError:
            # The event loop is shutting down although the store was not closed.
            self._closing = True
            fail_all(units, CommitUnknown("the store was cancelled"))
        except Exception as error:  # noqa: BLE001 -- every caller gets the error, whatever it is
            fail_all(units, error if isinstance(error, StoreError) else CommitUnknown(type(error).__name__))
            self._listener.fault(_cause(error))
            lost = type(error) not in {Unavailable, CommitFailed}
        self._waiting.extendleft(reversed(units[done:]))
        self._last_batch = done
        self._listener.batch(done, time.perf_counter() - started)
        self._report(units[:done])
        if lost:
            self._listener.health(False)
        for unit in units[:done]:
            unit.complete()
        if lost:
            await self._reopen()

    def _report(self, units: list[Unit]) -> None:
        for unit in units:
            if isinstance(unit.error, StoreError) and isinstance(unit.error.__cause__, sqlite3.Error):
                self._listener.fault(unit.error.__cause__)

    async def _reopen(self) -> None:
        """Open a new connection, retrying until it works; callers that wait meanwhile are refused."""
        assert self.connection is not None
        await _close_quietly(self.connection)
        self.connection = None
        pause = 0.05
        while self.connection is None and not self._closing:
            try:
                self.connection = await self._connect_to_write()
            except (sqlite3.Error, OSError) as error:
                self._listener.fault(error)
                self._refuse_waiting()
                await asyncio.sleep(pause)
                pause = min(pause * 2, REOPEN_SECONDS_MAX)
        if self.connection is not None:
            self._listener.health(True)

    async def stop(self) -> None:
        """Refuse what comes from now on, and wait until the rest has ended."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            await self._task

    async def disconnect(self) -> None:
        if self.connection is not None:
            await _close_quietly(self.connection)
            self.connection = None


def _cause(error: Exception) -> Exception:
    cause = error.__cause__
    return cause if isinstance(cause, Exception) else error


def _require_opening(path: Path) -> None:
    """Raise sqlite3.OperationalError if a database cannot be opened."""
    sqlite3.connect(path).close()


async def _close_quietly(connection: aiosqlite.Connection) -> None:
    try:
        await connection.close()
    except sqlite3.Error:
        # The connection is dropped because it is broken, so a failure to close it is expected.
        return


class SqliteStore:
    """See redeemd.store.base.Store for what is promised."""

    def __init__(self, path: Path, *, readers: int, listener: Listener) -> None:
        self._path = path
        self._writer = _Lane(path, write=True, listener=listener)
        of_readers = Listener(fault=listener.fault)
        self._readers = [_Lane(path, write=False, listener=of_readers) for _ in range(readers)]

    @classmethod
    async def open(cls, path: Path, *, readers: int = 2, listener: Listener = NO_LISTENER) -> "SqliteStore":
        """Open or create the database file.

        The caller holds the lock of the folder. Raises Unavailable.
        """
        if sqlite3.sqlite_version_info < SQLITE_VERSION_MIN:
            needed = ".".join(map(str, SQLITE_VERSION_MIN))
            raise Unavailable(f"SQLite {needed} or newer is needed; this Python has {sqlite3.sqlite_version}")
        store = cls(path, readers=readers, listener=listener)
        try:
            # If it fails in aiosqlite, a thread reports to the loop afterwards, perhaps when that is closed.
            await asyncio.to_thread(_require_opening, path)
            await store._writer.open()
            for reader in store._readers:
                await reader.open()
        except sqlite3.Error as error:
            await store.close()
            raise Unavailable(f"{path}: {error}") from error
        return store

    @property
    def waiting(self) -> int:
        """See Store."""
        return len(self._writer)

    @property
    def measures(self) -> Sequence[Measure]:
        """See Store."""
        return measures.of(self._path)

    async def require_rights(self, tables: Sequence[str]) -> None:
        """See Store; who can open the file to write can write to every table."""

    async def run(
        self,
        body: Body[T],
        *,
        write: bool,
        autocommit: bool = False,  # noqa: ARG002 -- only other stores need it
        grouped: bool = False,  # noqa: ARG002 -- all bodies of a batch share a transaction
        queue: Collection[str] = (),  # noqa: ARG002 -- all bodies wait for the one writer
        callers: int = 1,  # noqa: ARG002 -- likewise
    ) -> T:
        """See Store."""
        lane = self._writer if write else min(self._readers, key=len)
        return await lane.submit(body)

    async def close(self) -> None:
        """See Store."""
        lanes = (*self._readers, self._writer)
        outcomes = await asyncio.gather(*(lane.stop() for lane in lanes), return_exceptions=True)
        # One after the other: SQLite moves the WAL into the database file when the last connection closes, but not if
        # two close at the same time, or if the last one cannot write.
        for lane in lanes:
            await lane.disconnect()
        for outcome in outcomes:
            if outcome is not None:
                raise outcome
