"""The store for any number of replicas: PostgreSQL through asyncpg.

Transactions are READ COMMITTED with guarded statements. When a rule needs more than one statement, the body first locks
a name: see Tx.lock. A body is run again only when the database reports a conflict with another transaction. A
connection lost before the commit has changed nothing; one lost during the commit, or a commit that is not acknowledged
in time, leaves the outcome unknown.
"""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from typing import TypeVar

import asyncpg

from redeemd.store.base import NO_LISTENER, Body, Listener, RunAgain, Saturated, StoreError, Unavailable, WriteConflict
from redeemd.store.postgres import idle, readiness
from redeemd.store.postgres.abandoned import STILL_BUSY, Abandoned
from redeemd.store.postgres.connections import Connections, NoneFree
from redeemd.store.postgres.faults import (
    IN_THE_WAY,
    NoAnswer,
    circumstance,
    connection_suspect,
    first_line,
    unreachable,
)
from redeemd.store.postgres.opening import Connect, Opener
from redeemd.store.postgres.reachability import Reachability
from redeemd.store.postgres.run import Run
from redeemd.store.postgres.session import Session
from redeemd.store.postgres.times import Times
from redeemd.store.postgres.turns import Turns

T = TypeVar("T")

TRIES = 6  # attempts at a body that conflicts with other transactions
PAUSE_SECONDS_MAX = 0.1  # random pause before the next attempt
TIMES = Times()


class PostgresStore:
    """See redeemd.store.base.Store for what is promised."""

    def __init__(
        self,
        opener: Opener,
        *,
        connections: int,
        times: Times,
        limits: Mapping[str, str],
        listener: Listener,
    ) -> None:
        """`limits` are settings made in each transaction, when they cannot be settings of the connection."""
        self._limits = "".join(f"; SET LOCAL {name} = {value}" for name, value in limits.items())
        self._listener = listener
        self._open = opener.open
        self._connections = Connections(opener.open, most=connections, seconds=times.free)
        self._abandoned = Abandoned(self._still_busy, connections=connections, pause=times.pause_max)
        self._reachability = Reachability(self._is_writable, listener.health, pause_max=times.pause_max)
        self._turns = Turns()
        self._running: set[asyncio.Task[None]] = set()
        self._closing = False
        self._watching: asyncio.Task[None] | None = None

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
            store = cls(
                opener,
                connections=connections,
                times=times,
                limits={} if prepared else limits,
                listener=listener,
            )
            try:
                await store._with_session(readiness.require_usable)
            except BaseException:
                await store.close()
                raise
        return store

    def watch(self, *, seconds: float = idle.PING_SECONDS) -> None:
        """From now on, detect that the database is gone or read-only even if nothing runs."""
        watching = idle.watch(self._is_busy, self._ping, self._suspect, seconds=seconds)
        self._watching = asyncio.create_task(watching)

    def _is_busy(self) -> bool:
        return bool(self._running) or self._reachability.away

    def _suspect(self) -> None:
        self._connections.renew()  # what one connection suffers from, the others may, too
        self._reachability.doubt()

    async def _ping(self) -> bool:
        """Return whether an idle connection can write; also if there is none."""
        try:
            return await self._with_session(readiness.is_writable)
        except NoneFree:
            return True
        except Exception as error:
            if circumstance(error):
                return False
            raise

    async def require_rights(self, tables: Sequence[str]) -> None:
        """See Store."""
        with _in_a_line():
            await self._with_session(lambda session: readiness.require_rights(session, tables))

    async def _with_session(self, use: Callable[[Session], Awaitable[T]]) -> T:
        session = await self._connections.acquire(write=False)
        try:
            return await use(session)
        finally:
            self._connections.release(session, write=False)

    @property
    def waiting(self) -> int:
        """See Store."""
        return self._connections.waiting

    async def run(self, body: Body[T], *, write: bool, autocommit: bool = False, queue: Collection[str] = ()) -> T:
        """See Store."""
        if self._closing:
            raise Unavailable("the store is closed")
        if write:
            self._abandoned.require_room()
        run = Run(
            body,
            write=write,
            autocommit=autocommit,
            limits=self._limits,
            turns=frozenset(queue) if write else frozenset(),
            abandon=self._abandon,
        )
        # In a task of its own, because a body that has begun is finished even when its caller is cancelled.
        task = asyncio.create_task(self._serve(run))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            return await run.answer
        except asyncio.CancelledError:
            if not run.begun:
                task.cancel()  # takes the run out of the queue
            raise

    async def _serve(self, run: "Run[T]") -> None:
        """Run a body and give its outcome to the caller."""
        try:
            run.succeed(await self._through(run))
        except BaseException as error:  # noqa: BLE001 -- the caller gets whatever a body raises
            run.fail(error)

    async def _through(self, run: "Run[T]") -> T:
        """Run a body, again after a conflict or when it needs locks at which the run has no turn yet."""
        for tries_left in reversed(range(TRIES)):
            try:
                return await self._in_turn(run)
            except RunAgain as wanted:
                if not tries_left or run.left:
                    raise WriteConflict("PostgreSQL: the body needed other locks at each attempt") from None
                run.needs(wanted.names)
                continue
            except IN_THE_WAY as error:
                if not tries_left or run.left:
                    raise WriteConflict(f"PostgreSQL: {first_line(error)}") from error
            await asyncio.sleep(random.uniform(0, PAUSE_SECONDS_MAX))  # noqa: S311 -- not a secret
        raise AssertionError("unreachable")

    async def _in_turn(self, run: "Run[T]") -> T:
        if not run.turns:
            return await self._with_connection(run)
        async with self._turns.taken(run.turns):
            return await self._with_connection(run)

    async def _with_connection(self, run: "Run[T]") -> T:
        session = await self._acquired(write=run.write)
        run.begun = True
        try:
            return await self._once(run, session)
        finally:
            run.begun = False
            self._abandoned.ended(session)
            self._connections.release(session, write=run.write)

    async def _acquired(self, *, write: bool) -> Session:
        try:
            return await self._connections.acquire(write=write)
        except NoneFree as error:
            raise self._none_free(error) from error
        except Exception as error:
            if not circumstance(error):
                raise
            self._listener.fault(error)
            self._reachability.doubt()
            raise Unavailable(f"PostgreSQL: {first_line(error)}") from error

    def _none_free(self, error: NoneFree) -> StoreError:
        """Return the error for a run that got no connection. The database is suspect only if no other run ended."""
        if error.stalled:
            self._reachability.doubt()
        if error.stalled and self._reachability.away:
            return Unavailable("PostgreSQL does not respond")
        return Saturated(str(error))

    async def _once(self, run: "Run[T]", session: Session) -> T:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            return await run.through(session)
        except Exception as error:
            if not circumstance(error):
                raise
            self._lost(error)
            raise run.refusal(error) from error
        finally:
            if run.write:
                self._listener.batch(1, loop.time() - began)

    def _lost(self, error: Exception) -> None:
        self._listener.fault(error)
        if connection_suspect(error):
            self._connections.renew()  # new ones may find the new primary
        if unreachable(error):
            self._reachability.doubt()

    def _abandon(self, session: Session) -> None:
        """Stop waiting for the acknowledgement of a commit, without cancelling the commit."""
        self._listener.fault(NoAnswer())
        self._abandoned.take(session)
        self._connections.renew()
        self._reachability.doubt()

    async def _still_busy(self, process_ids: Sequence[int]) -> frozenset[int]:
        session = await self._open()
        try:
            return frozenset(row["pid"] for row in await session.fetch(STILL_BUSY, process_ids))
        finally:
            await session.close()

    async def _is_writable(self) -> bool:
        """Return whether a new connection can write: those in the pool may be in use or lead to another server."""
        try:
            session = await self._open()
            try:
                writable = await readiness.is_writable(session)
            finally:
                await session.close()
        except Exception as error:
            if circumstance(error):
                return False
            raise
        if not writable:
            self._connections.renew()
        return writable

    async def close(self) -> None:
        """See Store. A commit that is not acknowledged in time is left to the database."""
        self._closing = True
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait({self._watching})  # it may have a connection
        await self._abandoned.close()
        while self._running:
            await asyncio.wait(set(self._running))
        await self._reachability.close()
        await self._connections.close()


@contextlib.contextmanager
def _in_a_line() -> Iterator[None]:
    """Raise the errors of PostgreSQL and asyncpg as Unavailable, with a text of one line."""
    try:
        yield
    except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, ValueError) as error:
        raise Unavailable(f"PostgreSQL: {first_line(error)}") from error
