"""The embedded store: SQLite in WAL mode, one writing connection with group commit, several reading ones.

Each connection is a lane: an aiosqlite connection and a queue. A lane takes everything that waits and runs it in one
hop to the connection's thread, because a hop costs more than the statements. The writing lane commits once for all;
nobody is answered before that COMMIT returned.
"""

import asyncio
import contextvars
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import aiosqlite

from redeemd.store.base import Body, NotCommitted, OutcomeUnknown, Row, StoreError, Tx, Unavailable
from redeemd.store.sql import Query

T = TypeVar("T")

SQLITE_VERSION_MIN = (3, 37, 0)  # STRICT tables
BATCH_MAX = 256  # bounds how long the first of a batch waits for the last

# A commit costs as much CPU as ten bodies, whether it is for one or for many. So while calls keep coming in, the writer
# waits a little for more of them; a call that comes alone is run at once.
LINGER_SECONDS = 0.001
LINGER_STEPS_MAX = 8
REOPEN_SECONDS_MAX = 5.0

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # not NORMAL: a used code must stay used after power loss
    "PRAGMA busy_timeout = 5000",
    "PRAGMA cache_size = -65536",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA journal_size_limit = 67108864",
)

# Primary result codes that are the machine's doing, not a defect of a statement.
_CIRCUMSTANCES = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
    }
)
# Somebody else holds the database just now; the connection is fine.
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


class _Broken(Unavailable):
    """Nothing was changed, and the connection is of no use any more."""


class SuspendedBody(Exception):
    """A body awaited something that is not its Tx."""


class SqliteTx:
    """A transaction on a connection. Its coroutines never suspend, so a body can be run through on any thread."""

    __slots__ = ("_connection", "schema_changes")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.schema_changes = 0  # statements that SQLite does not count in total_changes

    async def one(self, query: Query, **parameters: Any) -> Row | None:
        """See Tx."""
        rows = self._connection.execute(query.sqlite, query.sqlite_parameters(parameters)).fetchall()
        if len(rows) > 1:
            raise RuntimeError(f"query {query.name} answered {len(rows)} rows where one was expected")
        return rows[0] if rows else None

    async def all(self, query: Query, **parameters: Any) -> Sequence[Row]:
        """See Tx."""
        return self._connection.execute(query.sqlite, query.sqlite_parameters(parameters)).fetchall()

    async def run(self, query: Query, **parameters: Any) -> int:
        """See Tx."""
        cursor = self._connection.execute(query.sqlite, query.sqlite_parameters(parameters))
        cursor.fetchall()
        if cursor.rowcount < 0:
            self.schema_changes += 1
        return max(cursor.rowcount, 0)


class _Unit:
    """One body that waits for its turn, and what became of it."""

    __slots__ = ("begun", "body", "context", "error", "future", "result")

    def __init__(self, body: Body[Any], future: asyncio.Future[Any]) -> None:
        self.body = body
        self.future = future
        self.context = contextvars.copy_context()  # request id and span survive the hop
        self.begun = False
        self.result: Any = None
        self.error: BaseException | None = None

    @property
    def left(self) -> bool:
        """Whether the caller left before the body began; a body that began is finished."""
        return self.future.cancelled() and not self.begun

    def run(self, tx: Tx, circumstances: frozenset[int]) -> None:
        """Run the body through; keep what it returned or raised."""
        self.begun = True
        self.result = self.error = None
        try:
            coroutine = cast("Coroutine[Any, Any, Any]", self.body(tx))
            try:
                self.context.run(coroutine.send, None)
            except StopIteration as done:
                self.result = done.value
                return
            coroutine.close()
            self.error = SuspendedBody(f"{self.body} suspended inside a transaction")
        except sqlite3.Error as error:
            self.error = _translate(error, circumstances)
        except StopIteration:
            self.error = RuntimeError("a body raised StopIteration, which no future can carry")
        except BaseException as error:  # noqa: BLE001 -- whatever a body raises, the lane goes on
            self.error = error

    def answer(self) -> None:
        """Hand the outcome to the caller, unless it has left."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)


def _translate(error: sqlite3.Error, circumstances: frozenset[int]) -> Exception:
    if _primary_code(error) in circumstances:
        refusal = NotCommitted(f"SQLite: {error}")
        refusal.__cause__ = error
        return refusal
    return error


def _primary_code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _write_batch(connection: sqlite3.Connection, units: Sequence[_Unit]) -> int:
    """Run bodies in one transaction; answer how many were dealt with. The others were not begun.

    Almost all bodies either succeed or refuse before they change anything, so the first attempt has no savepoints,
    which cost as much as a statement each. Only when a body failed after a change all are rolled back and run again,
    which bodies have to bear by contract, each in a savepoint of its own.

    Raises OutcomeUnknown when the COMMIT failed, Unavailable when the transaction could not begin.
    """
    done = _attempt(connection, units, savepoints=False)
    if done is None:
        done = _attempt(connection, units, savepoints=True)
    assert done is not None
    return done


def _attempt(connection: sqlite3.Connection, units: Sequence[_Unit], *, savepoints: bool) -> int | None:
    """See _write_batch; None: rolled back, because a body failed after a change and there are no savepoints."""
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        busy = _primary_code(error) in _BUSY
        raise (Unavailable if busy else _Broken)(f"SQLite: {error}") from error
    tx = SqliteTx(connection)
    for number, unit in enumerate(units, 1):
        if unit.left:
            continue
        if savepoints:
            connection.execute("SAVEPOINT unit")
        changes = connection.total_changes, tx.schema_changes
        unit.run(tx, _CIRCUMSTANCES)
        if not connection.in_transaction:
            # SQLite rolled everything back by itself (disk full, interrupt). Whatever the bodies so far found,
            # refusals included, may rest on what is gone.
            _fail(units[:number], NotCommitted("SQLite rolled the batch back"))
            return number
        changed = (connection.total_changes, tx.schema_changes) != changes
        if unit.error is not None and changed and not savepoints:
            connection.execute("ROLLBACK")
            return None
        if savepoints:
            if unit.error is not None:
                connection.execute("ROLLBACK TO unit")
            connection.execute("RELEASE unit")
    try:
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise OutcomeUnknown(f"SQLite: {error}") from error
    return len(units)


def _read_batch(connection: sqlite3.Connection, units: Sequence[_Unit]) -> int:
    """Run bodies, each in a read transaction of its own."""
    tx = SqliteTx(connection)
    for unit in units:
        if unit.left:
            continue
        connection.execute("BEGIN")
        unit.run(tx, _CIRCUMSTANCES - {sqlite3.SQLITE_READONLY})  # a reading body that writes is a defect
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return len(units)


class _Lane:
    """One connection and those who wait for it."""

    def __init__(self, path: Path, *, write: bool, observe: Callable[[int, float], None]) -> None:
        self._path = path
        self._batch = _write_batch if write else _read_batch
        self._write = write
        self._observe = observe
        self._waiting: deque[_Unit] = deque()
        self._wake = asyncio.Event()
        self._last_batch = 0
        self._closing = False
        self.connection: aiosqlite.Connection | None = None
        self.set_health: Callable[[bool], None] = lambda _: None
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
            await _close_quietly(connection)  # its thread would outlive it
            raise
        return connection

    def __len__(self) -> int:
        return len(self._waiting)

    def submit(self, body: Body[T]) -> "asyncio.Future[T]":
        if self._closing or self.connection is None:
            raise Unavailable("the store is not open")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Unit(body, future))
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
        """Answer those who wait when there is no connection."""
        while self._waiting:
            unit = self._waiting.popleft()
            unit.error = Unavailable("the database is not open")
            unit.answer()

    async def _linger(self) -> None:
        """Wait while the queue grows, if this is a time when calls come together."""
        if not self._write or (len(self._waiting) < 2 and self._last_batch < 2):  # noqa: PLR2004 -- alone, twice
            return
        for _ in range(LINGER_STEPS_MAX):
            seen = len(self._waiting)
            await asyncio.sleep(LINGER_SECONDS)
            if seen == len(self._waiting) or seen >= BATCH_MAX or self._closing:
                return

    async def _run(self, units: list[_Unit]) -> None:
        assert self.connection is not None
        started = time.perf_counter()
        done = len(units)
        lost = False
        try:
            # aiosqlite has no public way to run a function on its thread; the version is pinned and this is tested.
            run: Any = self.connection._execute  # noqa: SLF001
            done = await run(self._batch, self.connection._conn, units)  # noqa: SLF001
        except asyncio.CancelledError:
            # The loop is going down under a store that nobody closed.
            self._closing = True
            _fail(units, OutcomeUnknown("the store was cancelled"))
        except Exception as error:  # noqa: BLE001 -- whatever happened, every caller hears of it
            _fail(units, error if isinstance(error, StoreError) else OutcomeUnknown(type(error).__name__))
            lost = type(error) is not Unavailable
        self._waiting.extendleft(reversed(units[done:]))
        self._last_batch = done
        self._observe(done, time.perf_counter() - started)
        if lost:
            self.set_health(False)
        for unit in units[:done]:
            unit.answer()
        if lost:
            await self._reopen()

    async def _reopen(self) -> None:
        """Get a fresh connection, however long that takes; those who wait meanwhile are refused."""
        assert self.connection is not None
        await _close_quietly(self.connection)
        self.connection = None
        pause = 0.05
        while self.connection is None and not self._closing:
            try:
                self.connection = await self._connect()
            except (sqlite3.Error, OSError):
                self._refuse_waiting()
                await asyncio.sleep(pause)
                pause = min(pause * 2, REOPEN_SECONDS_MAX)
        if self.connection is not None:
            self.set_health(True)

    async def close(self) -> None:
        self._closing = True
        self._wake.set()
        if self._task is not None:
            await self._task
        if self.connection is not None:
            await _close_quietly(self.connection)
            self.connection = None


def _fail(units: Sequence[_Unit], error: Exception) -> None:
    for unit in units:
        unit.error = error


async def _close_quietly(connection: aiosqlite.Connection) -> None:
    try:
        await connection.close()
    except sqlite3.Error:
        # The connection is given up because it is broken; that it cannot say goodbye is no news.
        return


class SqliteStore:
    """See redeemd.store.base.Store for what is promised."""

    def __init__(self, path: Path, *, readers: int, observe: Callable[[int, float], None]) -> None:
        self._writer = _Lane(path, write=True, observe=observe)
        self._readers = [_Lane(path, write=False, observe=lambda _size, _seconds: None) for _ in range(readers)]

    @classmethod
    async def open(
        cls, path: Path, *, readers: int = 2, observe: Callable[[int, float], None] = lambda _size, _seconds: None
    ) -> "SqliteStore":
        """Open or make the database file. `observe` hears the size and the seconds of each batch of writes.

        The caller holds the lock of the folder. Raises Unavailable.
        """
        if sqlite3.sqlite_version_info < SQLITE_VERSION_MIN:
            needed = ".".join(map(str, SQLITE_VERSION_MIN))
            raise Unavailable(f"SQLite {needed} or newer is needed; this Python has {sqlite3.sqlite_version}")
        store = cls(path, readers=readers, observe=observe)
        try:
            await store._writer.open()
            for reader in store._readers:
                await reader.open()
        except sqlite3.Error as error:
            await store.close()
            raise Unavailable(f"{path}: {error}") from error
        return store

    def on_health(self, callback: Callable[[bool], None]) -> None:
        """Call `callback` with False when the writer lost its connection and with True when it has a new one."""
        self._writer.set_health = callback

    @property
    def waiting(self) -> int:
        """How many bodies wait for the writer."""
        return len(self._writer)

    async def run(self, body: Body[T], *, write: bool) -> T:
        """See Store."""
        lane = self._writer if write else min(self._readers, key=len)
        return await lane.submit(body)

    async def close(self) -> None:
        """See Store."""
        lanes = (self._writer, *self._readers)
        outcomes = await asyncio.gather(*(lane.close() for lane in lanes), return_exceptions=True)
        for outcome in outcomes:
            if outcome is not None:
                raise outcome
