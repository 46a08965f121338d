"""The store for any number of replicas: PostgreSQL, by asyncpg.

READ COMMITTED with guarded statements. Where a rule needs more than one statement, the body locks a name first: see
Tx.lock. A body is run again only when the database says that another transaction was in its way; a connection that is
lost before the commit changed nothing, one that is lost in it leaves the outcome unknown.
"""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, Generic, TypeVar

import asyncpg

from redeemd.store.base import Body, Conflict, NotCommitted, OutcomeUnknown, Row, RunAgain, StoreError, Unavailable
from redeemd.store.connections import Connections
from redeemd.store.sql import Query, query
from redeemd.store.turns import Turns

T = TypeVar("T")

TRIES = 6  # of a body that others are in the way of
PAUSE_SECONDS_MAX = 0.1  # before the next try, at random
ACQUIRE_SECONDS = 5.0  # for a connection, new or from the pool
STATEMENT_SECONDS = 15.0
# A process that was stopped in the middle of a transaction must not keep its locks.
IDLE_IN_TRANSACTION_SECONDS = 10.0
PROBE_SECONDS_MAX = 5.0
STATEMENTS_CACHED = 512

_BEGIN_WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
_BEGIN_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"  # one state of the database for all statements
# One after the other, in the order in which they are given.
_LOCK = query(
    "lock",
    "SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM (SELECT name FROM "
    "unnest(:names::text[]) WITH ORDINALITY AS wanted (name, place) ORDER BY place OFFSET 0) AS ordered",
)
_WRITABLE = "SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'"

# The database says that another transaction was in the way: it has rolled back, so the body can run again.
_IN_THE_WAY = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InvalidCachedStatementError,  # a migration was applied meanwhile
)
# SQLSTATE classes and codes that are the machine's or its operator's doing.
_CIRCUMSTANCES = ("08", "28", "3D", "53", "55P03", "57", "58", "25006", "25P03", "25P04")
_READ_ONLY = "25006"
_LEFT = "nobody waits for it any more"


class PostgresTx:
    """A transaction on a connection.

    `turns` are the names that the run has a turn at: it locks all of them together, and no others, so that it never
    waits for a lock while it holds one that sorts behind. None: whatever it locks is locked at once.
    """

    __slots__ = ("_connection", "_locked", "_pinned", "_turns")

    serial = False

    def __init__(self, connection: Any, turns: frozenset[str] | None = None) -> None:
        self._connection = connection
        self._turns = turns
        self._locked = False
        self._pinned: dict[str, int] = {}

    async def one(self, query: Query, **parameters: Any) -> Row | None:
        """See Tx."""
        rows: Sequence[Row] = await self._connection.fetch(query.postgres, *query.postgres_parameters(parameters))
        if len(rows) > 1:
            raise RuntimeError(f"query {query.name} answered {len(rows)} rows where one was expected")
        return rows[0] if rows else None

    async def all(self, query: Query, **parameters: Any) -> Sequence[Row]:
        """See Tx."""
        rows: Sequence[Row] = await self._connection.fetch(query.postgres, *query.postgres_parameters(parameters))
        return rows

    async def run(self, query: Query, **parameters: Any) -> int:
        """See Tx."""
        done: str = await self._connection.execute(query.postgres, *query.postgres_parameters(parameters))
        command, *_, number = done.split()
        return int(number) if command in {"INSERT", "UPDATE", "DELETE"} else 0

    async def many(self, query: Query, parameters: Sequence[Mapping[str, Any]]) -> None:
        """See Tx."""
        await self._connection.executemany(query.postgres, map(query.postgres_parameters, parameters))

    async def lock(self, *names: str) -> None:
        """See Tx."""
        if self._turns is not None:
            if not self._turns.issuperset(names):
                raise RunAgain(names)
            if self._locked or not names:
                return
            names, self._locked = tuple(self._turns), True
        await self.all(_LOCK, names=sorted(set(names)))  # in one order, lest two transactions wait for each other

    def pin(self, name: str, version: int) -> None:
        """See Tx."""
        if self._turns is not None and self._pinned.setdefault(name, version) != version:
            raise RunAgain([name])


class _ReadingTx(PostgresTx):
    """A transaction that cannot write, also where its statements are not in a READ ONLY one."""

    __slots__ = ()

    async def one(self, query: Query, **parameters: Any) -> Row | None:
        _require_reading(query)
        return await super().one(query, **parameters)

    async def run(self, query: Query, **parameters: Any) -> int:
        _require_reading(query)
        return await super().run(query, **parameters)

    async def all(self, query: Query, **parameters: Any) -> Sequence[Row]:
        _require_reading(query)
        return await super().all(query, **parameters)

    async def many(self, query: Query, parameters: Sequence[Mapping[str, Any]]) -> None:
        _require_reading(query)
        await super().many(query, parameters)


def _require_reading(query: Query) -> None:
    if not query.postgres.startswith("SELECT"):
        raise RuntimeError(f"query {query.name} writes in a reading run")


class PostgresStore:
    """See redeemd.store.base.Store for what is promised."""

    def __init__(
        self, connections: Connections, *, limits: Mapping[str, str], observe: Callable[[int, float], None]
    ) -> None:
        """`limits` are settings of each transaction, where connections cannot have them."""
        self._limits = "".join(f"; SET LOCAL {name} = {value}" for name, value in limits.items())
        self._observe = observe
        self._connections = connections
        self._turns = Turns()
        self._running: set[asyncio.Task[Any]] = set()
        self._closing = False
        self._set_health: Callable[[bool], None] = lambda _: None
        self._probe: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        connections: int = 10,
        prepared: bool = True,
        observe: Callable[[int, float], None] = lambda _size, _seconds: None,
    ) -> "PostgresStore":
        """Connect. `connections` is how many there are at most. `observe` hears the seconds of each writing run.

        Without `prepared`, nothing is kept on a connection beyond a transaction, and nothing asked of it when it is
        made, as a pooler in transaction mode wants it. Raises Unavailable.
        """
        limits = {
            "statement_timeout": str(int(STATEMENT_SECONDS * 1000)),
            "idle_in_transaction_session_timeout": str(int(IDLE_IN_TRANSACTION_SECONDS * 1000)),
        }
        settings = {"application_name": "redeemd"}  # which poolers pass on
        if prepared:
            settings |= limits | {"default_transaction_isolation": "read committed"}
        try:
            pool = await asyncpg.create_pool(
                url,
                min_size=1,
                max_size=connections,
                timeout=ACQUIRE_SECONDS,
                command_timeout=STATEMENT_SECONDS * 2,  # where the database does not answer at all
                statement_cache_size=STATEMENTS_CACHED if prepared else 0,
                max_cached_statement_lifetime=0,  # they are few, and always the same
                server_settings=settings,
                reset=_leave_as_it_is,
            )
        except Exception as error:
            if _circumstance(error) or isinstance(error, ValueError | asyncpg.InterfaceError):
                raise Unavailable(f"PostgreSQL: {in_words(error)}") from error
            raise
        opened = Connections(pool, most=connections, seconds=ACQUIRE_SECONDS)
        return cls(opened, limits={} if prepared else limits, observe=observe)

    def on_health(self, callback: Callable[[bool], None]) -> None:
        """Call `callback` with False when the database cannot be written to any more and with True when it can."""
        self._set_health = callback

    @property
    def waiting(self) -> int:
        """How many bodies wait for a connection."""
        return self._connections.waiting

    async def run(self, body: Body[T], *, write: bool, autocommit: bool = False, queue: Collection[str] = ()) -> T:
        """See Store."""
        if self._closing:
            raise Unavailable("the store is closed")
        run = _Run(body, write=write, autocommit=autocommit, limits=self._limits)
        if write:
            run.turns = frozenset(queue)
        # A task of its own, because a body that began is finished when its caller leaves.
        task = asyncio.create_task(self._through(run))
        self._running.add(task)
        task.add_done_callback(self._done)
        try:
            result: T = await asyncio.shield(task)
        except asyncio.CancelledError:
            run.left = True
            raise
        return result

    def _done(self, task: "asyncio.Task[Any]") -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # perhaps nobody waits for it any more

    async def _through(self, run: "_Run[T]") -> T:
        """Run a body, and again when others are in its way or it needs more locks than it has a turn at."""
        for tries_left in reversed(range(TRIES)):
            try:
                return await self._in_turn(run)
            except RunAgain as wanted:
                if not tries_left or run.left:
                    raise Conflict("PostgreSQL: the body needs other locks each time") from None
                run.needs(wanted.names)
                continue
            except _IN_THE_WAY as error:
                if not tries_left or run.left:
                    raise Conflict(f"PostgreSQL: {in_words(error)}") from error
            await asyncio.sleep(random.uniform(0, PAUSE_SECONDS_MAX))  # noqa: S311 -- nobody gains by guessing it
        raise AssertionError("unreachable")

    async def _in_turn(self, run: "_Run[T]") -> T:
        if not run.turns:
            return await self._on_a_connection(run)
        async with self._turns.taken(run.turns):
            return await self._on_a_connection(run)

    async def _on_a_connection(self, run: "_Run[T]") -> T:
        if run.left:
            raise Unavailable(_LEFT)
        connection = await self._acquired()
        try:
            return await self._once(run, connection)
        finally:
            await self._connections.release(connection)

    async def _acquired(self) -> Any:
        try:
            return await self._connections.acquire()
        except Exception as error:
            if not _circumstance(error):
                raise
            self._look_into_it()
            raise Unavailable(f"PostgreSQL: {in_words(error)}") from error

    async def _once(self, run: "_Run[T]", connection: Any) -> T:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            return await run.through(connection)
        except Exception as error:
            if not _circumstance(error):
                raise
            await self._lost(error)
            raise run.refusal(error) from error
        finally:
            if run.write:
                self._observe(1, loop.time() - began)

    async def _lost(self, error: Exception) -> None:
        if getattr(error, "sqlstate", "") == _READ_ONLY:
            await self._connections.renew()  # new ones may find the new primary
        self._look_into_it()

    def _look_into_it(self) -> None:
        """Find out whether the database is away; if it is, say so, and when it is back."""
        if self._probe is None and not self._closing:
            self._probe = asyncio.create_task(self._until_it_answers())

    async def _until_it_answers(self) -> None:
        pause, away = 0.05, False
        try:
            while not await self._answers():
                if not away:
                    away = True
                    self._set_health(False)
                await asyncio.sleep(pause)
                pause = min(pause * 2, PROBE_SECONDS_MAX)
            if away:
                self._set_health(True)
        finally:
            self._probe = None

    async def _answers(self) -> bool:
        try:
            connection = await self._connections.acquire()
            try:
                writable: bool = await connection.fetchval(_WRITABLE)
            finally:
                await self._connections.release(connection)
        except Exception as error:
            if _circumstance(error):
                return False
            raise
        if not writable:
            await self._connections.renew()
        return writable

    async def close(self) -> None:
        """See Store."""
        self._closing = True
        while self._running:
            await asyncio.wait(set(self._running))
        if self._probe is not None:
            self._probe.cancel()
            await asyncio.wait({self._probe})  # it may have a connection
        await self._connections.close()


class _Run(Generic[T]):
    """A body, and how it is to be run."""

    def __init__(self, body: Body[T], *, write: bool, autocommit: bool, limits: str) -> None:
        self._body: Callable[[Any], Awaitable[T]] = body
        self.write = write
        self.autocommit = autocommit and not limits  # which belong to a transaction
        self._begin = (_BEGIN_WRITE if write else _BEGIN_READ) + limits
        self.left = False  # nobody waits for it any more
        self.turns: frozenset[str] = frozenset()  # the names that it may lock
        self._locks_first = False
        self._committing = False

    def needs(self, names: frozenset[str]) -> None:
        """Have these names locked before the body runs again, with those that it had a turn at."""
        self.turns |= names
        self._locks_first = True

    async def through(self, connection: Any) -> T:
        """Run the body once."""
        turns = None if self.autocommit else self.turns
        tx = PostgresTx(connection, turns) if self.write else _ReadingTx(connection, turns)
        self._committing = self.autocommit and self.write
        if self.autocommit:
            return await self._unless_left(tx)
        try:
            await connection.execute(self._begin)
            if self._locks_first:
                await tx.lock(*self.turns)
            result = await self._unless_left(tx)
        except BaseException:
            await _roll_back(connection)
            raise
        self._committing = self.write
        # A transaction in which a statement failed answers ROLLBACK, whatever its body made of the failure.
        if await connection.execute("COMMIT") != "COMMIT":
            raise NotCommitted("PostgreSQL rolled back")
        return result

    async def _unless_left(self, tx: PostgresTx) -> T:
        if self.left:
            raise Unavailable(_LEFT)
        return await self._body(tx)

    def refusal(self, error: Exception) -> StoreError:
        """Answer what the caller is told when the circumstances did not allow it."""
        # What the database itself refuses, it did not do. Where it merely fell silent, nobody can tell.
        refused = isinstance(error, asyncpg.PostgresError) and error.sqlstate[:2] not in {"08", "57"}
        cancelled = isinstance(error, asyncpg.QueryCanceledError)
        if self._committing and not refused and not cancelled:
            return OutcomeUnknown(f"PostgreSQL: {in_words(error)}")
        return Unavailable(f"PostgreSQL: {in_words(error)}")


async def _roll_back(connection: Any) -> None:
    try:
        await connection.execute("ROLLBACK")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        with contextlib.suppress(asyncpg.InterfaceError):  # lost, and back in the pool by itself
            connection.terminate()  # the database rolls back what has no connection any more


async def _leave_as_it_is(_connection: Any) -> None:
    """Reset a connection that comes back: nothing of ours outlives a transaction."""


def _circumstance(error: Exception) -> bool:
    """Answer whether an error is the world's doing, and not a defect of a statement."""
    if isinstance(error, asyncpg.PostgresError):
        return error.sqlstate is not None and error.sqlstate.startswith(_CIRCUMSTANCES)
    if isinstance(error, asyncpg.InterfaceError):
        return any(words in str(error) for words in ("closed", "closing", "released back to the pool"))
    return isinstance(error, OSError | TimeoutError | asyncpg.InternalClientError | ConnectionError)


def in_words(error: Exception) -> str:
    """Render the first line of an error: the others may quote a row. Those that only come with a type have no text."""
    if isinstance(error, ValueError) and not isinstance(error, asyncpg.InterfaceError):
        # Its text may quote what it took for a port, which may be a part of a password.
        return "the URL cannot be read; in a user or password write a special character as % and two digits"
    return str(error).partition("\n")[0] or type(error).__name__
