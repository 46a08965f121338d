"""Runs bodies on a SQLite connection, many in one transaction. All of this runs on the connection's thread."""

import asyncio
import contextvars
import sqlite3
import time
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, cast

from redeemd.store.base import Body, CommitFailed, CommitUnknown, Row, Tx, Unavailable
from redeemd.store.sql import Query

# Primary result codes that come from the environment, not from a defect of a statement.
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
# Another process holds the database at the moment; the connection is intact.
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
# Errors of a COMMIT that has committed nothing.
_NOTHING_WRITTEN = _BUSY | {sqlite3.SQLITE_FULL}


class BrokenConnection(Unavailable):
    """Nothing was changed, and the connection is no longer usable."""


class SuspendedBody(Exception):
    """A body awaited something other than its Tx."""


class SqliteTx:
    """A transaction on a connection. Its coroutines never suspend, so a body can run to its end on any thread."""

    __slots__ = ("_connection", "schema_changes")

    serial = True

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.schema_changes = 0  # statements that SQLite does not count in total_changes

    async def one(self, query: Query, **parameters: object) -> Row | None:
        """See Tx."""
        rows = self._connection.execute(query.sqlite, query.sqlite_parameters(parameters)).fetchall()
        if len(rows) > 1:
            raise RuntimeError(f"query {query.name} returned {len(rows)} rows where one was expected")
        return rows[0] if rows else None

    async def all(self, query: Query, **parameters: object) -> Sequence[Row]:
        """See Tx."""
        return self._connection.execute(query.sqlite, query.sqlite_parameters(parameters)).fetchall()

    async def run(self, query: Query, **parameters: object) -> int:
        """See Tx."""
        cursor = self._connection.execute(query.sqlite, query.sqlite_parameters(parameters))
        cursor.fetchall()
        if cursor.rowcount < 0:
            self.schema_changes += 1
        return max(cursor.rowcount, 0)

    async def many(self, query: Query, parameters: Sequence[Mapping[str, object]]) -> None:
        """See Tx."""
        self._connection.executemany(query.sqlite, map(query.sqlite_parameters, parameters))

    async def lock(self, *_names: str) -> None:
        """See Tx. Has no effect: no other transaction writes at the same time."""

    def pin(self, name: str, version: int) -> None:
        """See Tx. Has no effect: nothing is replaced at the same time."""


class Unit:
    """One queued body and its outcome."""

    __slots__ = ("begun", "body", "context", "error", "future", "queued", "result")

    # A batch holds bodies with results of different types.
    def __init__(self, body: Body[Any], future: asyncio.Future[Any]) -> None:
        self.body = body
        self.future = future
        self.context = contextvars.copy_context()  # request id and span survive the hop
        self.queued = time.perf_counter()
        self.begun = False
        self.result: object = None
        self.error: BaseException | None = None

    @property
    def abandoned(self) -> bool:
        """Whether the caller was cancelled before the body began; a body that has begun is finished."""
        return self.future.cancelled() and not self.begun

    def run(self, tx: Tx, operational: frozenset[int]) -> None:
        """Run the body to its end and keep its result or error."""
        self.begun = True
        self.result = self.error = None
        try:
            coroutine = cast("Coroutine[object, None, object]", self.body(tx))
            try:
                self.context.run(coroutine.send, None)
            except StopIteration as done:
                self.result = done.value
                return
            coroutine.close()
            self.error = SuspendedBody(f"{self.body} suspended inside a transaction")
        except sqlite3.Error as error:
            self.error = _translate(error, operational)
        except StopIteration:
            self.error = RuntimeError("a body raised StopIteration, which a future cannot hold")
        except BaseException as error:  # noqa: BLE001 -- whatever a body raises, the lane must continue
            self.error = error

    def complete(self) -> None:
        """Give the outcome to the caller, unless it was cancelled."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)


def _translate(error: sqlite3.Error, operational: frozenset[int]) -> Exception:
    if _primary_code(error) in operational:
        refusal = CommitFailed(f"SQLite: {error}")
        refusal.__cause__ = error
        return refusal
    return error


def _primary_code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def write_batch(connection: sqlite3.Connection, units: Sequence[Unit]) -> int:
    """Run bodies in one transaction and return how many of them have an outcome. The others were not begun.

    Almost all bodies either succeed or refuse before they change anything, so the first attempt uses no savepoints,
    each of which costs as much as a statement. Only when a body fails after a change are all of them rolled back and
    run again, each in a savepoint of its own; by contract, bodies can be run again.

    Raises CommitFailed when the COMMIT failed and changed nothing, CommitUnknown when that is not certain, and
    Unavailable or CommitFailed when the transaction could not begin.
    """
    done = _attempt(connection, units, savepoints=False)
    if done is None:
        done = _attempt(connection, units, savepoints=True)
    assert done is not None
    return done


def _attempt(connection: sqlite3.Connection, units: Sequence[Unit], *, savepoints: bool) -> int | None:
    """See write_batch. Returns None after a rollback, when a body failed after a change and there are no savepoints."""
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        code = _primary_code(error)
        kind = CommitFailed if code == sqlite3.SQLITE_FULL else Unavailable if code in _BUSY else BrokenConnection
        raise kind(f"SQLite: {error}") from error
    tx = SqliteTx(connection)
    for number, unit in enumerate(units, 1):
        if unit.abandoned:
            continue
        if savepoints:
            connection.execute("SAVEPOINT unit")
        changes = connection.total_changes, tx.schema_changes
        unit.run(tx, _CIRCUMSTANCES)
        if not connection.in_transaction:
            # SQLite rolled everything back by itself (disk full, interrupt). All outcomes so far, including refusals,
            # may depend on changes that are gone.
            refusal = CommitFailed("SQLite rolled the batch back")
            refusal.__cause__ = unit.error.__cause__ if unit.error is not None else None
            fail_all(units[:number], refusal)
            return number
        changed = (connection.total_changes, tx.schema_changes) != changes
        if unit.error is not None and changed and not savepoints:
            connection.execute("ROLLBACK")
            return None
        if savepoints:
            if unit.error is not None:
                connection.execute("ROLLBACK TO unit")
            connection.execute("RELEASE unit")
    _commit(connection)
    return len(units)


def _commit(connection: sqlite3.Connection) -> None:
    try:
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        # On a full disk the commit frame was not written, and with the database locked no frame was. After any other
        # failure, such as that of a sync, recovery after a crash may find all frames complete.
        if _primary_code(error) in _NOTHING_WRITTEN and _rolled_back(connection):
            raise CommitFailed(f"SQLite: {error}") from error
        raise CommitUnknown(f"SQLite: {error}") from error


def _rolled_back(connection: sqlite3.Connection) -> bool:
    try:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    except sqlite3.Error:
        return False
    return not connection.in_transaction


def read_batch(connection: sqlite3.Connection, units: Sequence[Unit]) -> int:
    """Run bodies, each in a read transaction of its own, and return their number."""
    tx = SqliteTx(connection)
    for unit in units:
        if unit.abandoned:
            continue
        connection.execute("BEGIN")
        unit.run(tx, _CIRCUMSTANCES - {sqlite3.SQLITE_READONLY})  # a reading body that writes is a defect
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return len(units)


def fail_all(units: Sequence[Unit], error: Exception) -> None:
    """Replace the outcomes of units by an error."""
    for unit in units:
        unit.error = error
