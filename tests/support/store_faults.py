"""Ways to make a SqliteStore fail, and to wait for the failure."""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

from redeemd.store.base import Tx
from redeemd.store.sql import query
from redeemd.store.sqlite.store import SqliteStore

from support.patience import WAIT_SECONDS

FLOOD = query(
    "flood",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) "
    "INSERT INTO thing (name, number) SELECT 'flood-' || i, i FROM n",
)


async def settle(*runs: Awaitable[Any]) -> list[Any]:
    """Run at once, hence in one batch; return results and exceptions."""
    return await asyncio.gather(*runs, return_exceptions=True)


async def on_writer(store: SqliteStore, method: str, *arguments: object) -> Any:
    """Call a method of the writing connection on its thread."""
    connection: Any = store._writer.connection
    return await connection._execute(getattr(connection._conn, method), *arguments)


async def pragma(store: SqliteStore, text: str, lane: Any = None) -> Any:
    """Return the value of a pragma of the writing connection, or of another."""
    lane = store._writer if lane is None else lane
    ((value,),) = await lane.connection.execute_fetchall(f"PRAGMA {text}")
    return value


async def until(condition: Callable[[], object]) -> None:
    """Wait for a condition that has no event to wait for."""
    async with asyncio.timeout(WAIT_SECONDS):
        while not condition():  # noqa: ASYNC110 -- the queue of the writer has no event to wait for
            await asyncio.sleep(0.002)


async def deny_commit(store: SqliteStore) -> None:
    """Make the next COMMIT fail; a reopened connection knows nothing of it."""

    def authorize(action: int, what: str | None, *_: object) -> int:
        denied = action == sqlite3.SQLITE_TRANSACTION and what == "COMMIT"
        return sqlite3.SQLITE_DENY if denied else sqlite3.SQLITE_OK

    await on_writer(store, "set_authorizer", authorize)


@contextlib.contextmanager
def full_disk_at_commit(store: SqliteStore) -> Iterator[None]:
    """Make SQLite find no room at every commit inside the block."""
    writer: Any = store._writer
    batch = writer._batch

    class Full:
        """The writing connection, whose COMMIT fails as SQLite's does."""

        def __init__(self, connection: Any) -> None:
            self._connection = connection

        def __getattr__(self, name: str) -> Any:
            return getattr(self._connection, name)

        def execute(self, text: str, *parameters: Any) -> Any:
            if text != "COMMIT":
                return self._connection.execute(text, *parameters)
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode, error.sqlite_errorname = sqlite3.SQLITE_FULL, "SQLITE_FULL"
            raise error

    writer._batch = lambda connection, units: batch(Full(connection), units)
    try:
        yield
    finally:
        writer._batch = batch


@contextlib.asynccontextmanager
async def blocked_writer(store: SqliteStore) -> AsyncIterator[None]:
    """Hold the writing thread inside a body for as long as the block lasts."""
    entered, release = threading.Event(), threading.Event()

    async def body(_tx: Tx) -> None:
        entered.set()
        release.wait(WAIT_SECONDS)

    blocker = asyncio.create_task(store.run(body, write=True))
    try:
        assert await asyncio.to_thread(entered.wait, WAIT_SECONDS)
        yield
    finally:
        release.set()
        await blocker


@contextlib.contextmanager
def no_way_to_reopen(store: SqliteStore) -> Iterator[None]:
    """Make it impossible to open the file inside the block."""
    writer: Any = store._writer
    connect, lasts = writer._connect, True

    async def failing() -> Any:
        if lasts:
            raise sqlite3.OperationalError("unable to open database file")
        return await connect()

    writer._connect = failing
    try:
        yield
    finally:
        lasts = False


class Flood:
    """A body that writes a million rows, and the means to interrupt it from another thread in the middle of it."""

    def __init__(self, store: SqliteStore) -> None:
        connection: Any = store._writer.connection
        self._connection = connection._conn
        self._running, self._interrupted = threading.Event(), threading.Event()

    def _progress(self) -> int:
        self._running.set()
        return 0 if self._interrupted.wait(WAIT_SECONDS) else 1  # which interrupts, too: a test that failed ends

    async def body(self, tx: Tx) -> None:
        """Write, until interrupted."""
        self._connection.set_progress_handler(self._progress, 10_000)
        try:
            await tx.run(FLOOD)
        finally:
            self._connection.set_progress_handler(None, 0)

    def interrupt(self) -> None:
        """Wait until the statement runs, and interrupt it."""
        assert self._running.wait(WAIT_SECONDS)
        self._connection.interrupt()
        self._interrupted.set()


class Heard:
    """The reports of a store to its observers."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.health: list[bool] = []
        self.healthy = asyncio.Event()
        self.on_loss: Callable[[], object] = lambda: None

    def batch(self, size: int, _seconds: float) -> None:
        """Note the size of a batch."""
        self.sizes.append(size)

    def store_health(self, healthy: bool) -> None:
        """Note a change of health."""
        self.health.append(healthy)
        if healthy:
            self.healthy.set()
        else:
            self.on_loss()
