"""The store for any number of replicas: PostgreSQL through asyncpg.

Transactions are READ COMMITTED with guarded statements. When a rule needs more than one statement, the body first locks
a name: see Tx.lock. A body is run again only when the database reports a conflict with another transaction. A
connection lost before the commit has changed nothing; one lost during the commit, or a commit that is not acknowledged
in time, leaves the outcome unknown.
"""

import asyncio
import contextlib
import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

import asyncpg

from redeemd.base.tasks import Tasks
from redeemd.store.base import NO_LISTENER, Body, Listener, Measure, RunAgain, Unavailable, WriteConflict
from redeemd.store.postgres import idle, readiness
from redeemd.store.postgres.faults import IN_THE_WAY, first_line, is_operational
from redeemd.store.postgres.opening import Connect, Opener
from redeemd.store.postgres.run import Run
from redeemd.store.postgres.session import Session
from redeemd.store.postgres.sessions import Sessions
from redeemd.store.postgres.times import Times
from redeemd.store.postgres.turns import Turns

T = TypeVar("T")

BODY_TRIES_MAX = 6  # attempts at a body that conflicts with other transactions
PAUSE_SECONDS_MAX = 0.1  # random pause before the next attempt
TIMES = Times()

# How long a transaction of several callers waits for each lock.
_SHARED = "; SET LOCAL lock_timeout = '100ms'"


class Shared(NamedTuple):
    """A body for several callers: their number, the time when the first began to wait, and the names that it locks."""

    size: int
    queued: float
    locks: Collection[str] = ()


class PostgresStore:
    """See redeemd.store.base.Store for what is promised."""

    def __init__(self, sessions: Sessions, *, limits: Mapping[str, str], times: Times, listener: Listener) -> None:
        """`limits` are settings made in each transaction, when they cannot be settings of the connection."""
        self._limits = "".join(f"; SET LOCAL {name} = {value}" for name, value in limits.items())
        self._listener = listener
        self._sessions = sessions
        self._turns = Turns(seconds=times.turn)
        self._running = Tasks()
        self._closing = False

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        connections: int = 10,
        prepared: bool = True,
        times: Times = TIMES,
        listener: Listener = NO_LISTENER,
        connect: Connect = asyncpg.connect,
    ) -> "PostgresStore":
        """Connect. `connections` is the maximum number, not counting two that probe a database that seems unreachable.

        Writing runs hold at most `most_for_writing(connections)` of them at the same time.

        Without `prepared`, connections keep no state between transactions and get no settings when they are opened, as
        a pooler in transaction mode requires. `connect` is called like asyncpg.connect. Raises Unavailable with one
        line that says what is wrong.
        """
        limits = {
            "statement_timeout": str(int(times.statement * 1000)),
            "idle_in_transaction_session_timeout": str(int(times.idle_in_transaction * 1000)),
        }
        settings = {"application_name": "redeemd"}  # poolers pass this one on
        if prepared:
            settings |= limits | {"default_transaction_isolation": "read committed"}
        with _in_a_line():
            opener = Opener(url, times=times, settings=settings, prepared=prepared, connect=connect)
            sessions = Sessions(opener, connections=connections, times=times, listener=listener)
            store = cls(sessions, limits={} if prepared else limits, times=times, listener=listener)
            try:
                await sessions.use(readiness.require_usable)
            except BaseException:
                await store.close()
                raise
        return store

    def watch(self, *, seconds: float = idle.PING_SECONDS) -> None:
        """From now on, detect that the database is gone or read-only even if nothing runs."""
        self._sessions.watch(lambda: bool(self._running), seconds=seconds)

    async def require_rights(self, tables: Sequence[str]) -> None:
        """See Store."""
        with _in_a_line():
            await self._sessions.use(lambda session: readiness.require_rights(session, tables))

    @property
    def waiting(self) -> int:
        """See Store."""
        return self._sessions.waiting

    @property
    def measures(self) -> Sequence[Measure]:
        """See Store."""
        return self._sessions.measures

    async def run(
        self,
        body: Body[T],
        *,
        write: bool,
        autocommit: bool = False,
        grouped: bool = False,  # noqa: ARG002 -- see redeemd.store.postgres.coalescing
        queue: Collection[str] = (),
        callers: int = 1,
    ) -> T:
        """See Store."""
        if callers > 1:
            shared = Shared(callers, asyncio.get_running_loop().time())
            return await self.run_set(body, write=write, autocommit=False, shared=shared)
        turns = frozenset(queue) if write else frozenset[str]()
        return await self._settled(self._new(body, write=write, autocommit=autocommit, turns=turns))

    async def run_set(self, body: Body[T], *, write: bool, autocommit: bool, shared: Shared) -> T:
        """Run a body that works for several callers, as `run` does.

        A transaction of several statements raises CommitFailed if it has to wait for a lock for long: it would hold up
        callers that do not need the lock.
        """
        turns, limits = frozenset(shared.locks), "" if autocommit else _SHARED
        run = self._new(body, write=write, autocommit=autocommit, turns=turns, limits=limits)
        run.size, run.queued = shared.size, shared.queued
        return await self._settled(run)

    def require_open(self, *, write: bool) -> None:
        """Raise Unavailable if the store is closing, or has no room for a run that writes."""
        if self._closing:
            raise Unavailable("the store is closed")
        if write:
            self._sessions.require_room()

    def _new(
        self, body: Body[T], *, write: bool, autocommit: bool, turns: frozenset[str], limits: str = ""
    ) -> "Run[T]":
        self.require_open(write=write)
        return Run(
            body,
            write=write,
            autocommit=autocommit,
            limits=self._limits + limits,
            turns=turns,
            abandon=self._sessions.abandon,
        )

    async def _settled(self, run: "Run[T]") -> T:
        # In a task of its own, because a body that has begun is finished even when its caller is cancelled.
        task = self._running.start(self._serve(run))
        try:
            return await run.outcome
        except asyncio.CancelledError:
            if not run.begun:
                task.cancel()  # takes the run out of the queue
            raise

    async def _serve(self, run: "Run[T]") -> None:
        """Run a body and give its outcome to the caller."""
        try:
            run.succeed(await self._with_retries(run))
        except BaseException as error:  # noqa: BLE001 -- the caller gets whatever a body raises
            run.fail(error)

    async def _with_retries(self, run: "Run[T]") -> T:
        """Run a body, again after a conflict or when it needs locks at which the run has no turn yet."""
        for tries_left in reversed(range(BODY_TRIES_MAX)):
            try:
                return await self._in_turn(run)
            except RunAgain as wanted:
                if not tries_left or run.abandoned:
                    raise WriteConflict("PostgreSQL: the body needed other locks at each attempt") from None
                run.needs(wanted.names)
                run.queued = asyncio.get_running_loop().time()
                continue
            except IN_THE_WAY as error:
                if not tries_left or run.abandoned:
                    raise WriteConflict(f"PostgreSQL: {first_line(error)}") from error
            await asyncio.sleep(random.uniform(0, PAUSE_SECONDS_MAX))  # noqa: S311 -- not a secret
            run.queued = asyncio.get_running_loop().time()
        raise AssertionError("unreachable")

    async def _in_turn(self, run: "Run[T]") -> T:
        if not run.turns:
            return await self._with_connection(run)
        async with self._turns.taken(run.turns):
            return await self._with_connection(run)

    async def _with_connection(self, run: "Run[T]") -> T:
        session = await self._sessions.acquire(write=run.write)
        run.begun = True
        self._listener.wait(asyncio.get_running_loop().time() - run.queued)
        try:
            return await self._once(run, session)
        finally:
            run.begun = False
            self._sessions.release(session, write=run.write)

    async def _once(self, run: "Run[T]", session: Session) -> T:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            return await run.attempt(session)
        except Exception as error:
            if not is_operational(error):
                raise
            if run.size == 1 or not isinstance(error, asyncpg.LockNotAvailableError):  # see run_set
                self._sessions.failed(error)
            raise run.refusal(error) from error
        finally:
            if run.write:
                self._listener.batch(run.size, loop.time() - began)

    async def close(self) -> None:
        """See Store. A commit that is not acknowledged in time is left to the database."""
        self._closing = True
        await self._sessions.begin_to_close()
        while self._running:
            await asyncio.wait(set(self._running))
        await self._sessions.close()


@contextlib.contextmanager
def _in_a_line() -> Iterator[None]:
    """Raise the errors of PostgreSQL and asyncpg as Unavailable, with a text of one line."""
    try:
        yield
    except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, ValueError) as error:
        raise Unavailable(f"PostgreSQL: {first_line(error)}") from error
