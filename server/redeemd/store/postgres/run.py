"""One run of a body on PostgreSQL."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Generic, TypeVar

import asyncpg

from redeemd.store.base import Body, CommitFailed, CommitUnknown, StoreError, Unavailable
from redeemd.store.postgres.faults import first_line, unreachable, unsure
from redeemd.store.postgres.session import Session
from redeemd.store.postgres.tx import PostgresTx, ReadingTx

T = TypeVar("T")

# Without READ WRITE, so that default_transaction_read_only, with which operators close a database, stops writes.
_BEGIN_WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED"
_BEGIN_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"  # one state of the database for all statements


class Run(Generic[T]):
    """A body, how to run it, and the future of its outcome."""

    def __init__(
        self,
        body: Body[T],
        *,
        write: bool,
        autocommit: bool,
        limits: str,
        turns: frozenset[str],
        abandon: Callable[[Session], None],
    ) -> None:
        """`turns` are the names it may lock; `abandon` is called with the session of an unacknowledged commit."""
        self._body: Callable[[Any], Awaitable[T]] = body  # called with either kind of Tx
        self.write = write
        self.autocommit = autocommit and not limits  # limits are set within a transaction
        self._begin = (_BEGIN_WRITE if write else _BEGIN_READ) + limits
        self._abandon = abandon
        self.turns = turns
        self._locks_first = False
        self._committing = False
        loop = asyncio.get_running_loop()
        self.size = 1  # the number of callers for whom it works
        self.queued = loop.time()  # when it began to wait
        self.begun = False  # whether it has a connection; then it is finished even if the caller leaves
        self.outcome: asyncio.Future[T] = loop.create_future()

    @property
    def abandoned(self) -> bool:
        """Whether the caller was cancelled and no longer waits."""
        return self.outcome.cancelled()

    def succeed(self, result: T) -> None:
        """Give the caller a result, unless it already has an outcome or no longer waits."""
        if not self.outcome.done():
            self.outcome.set_result(result)

    def fail(self, error: BaseException) -> None:
        """Raise an error in the caller, unless it already has an outcome or no longer waits."""
        if not self.outcome.done():
            self.outcome.set_exception(error)
            self.outcome.exception()  # marks it as retrieved: the caller may be cancelled before it does so

    def needs(self, names: frozenset[str]) -> None:
        """Lock these names, with those of the turns so far, before the body runs again."""
        self.turns |= names
        self._locks_first = True

    async def attempt(self, session: Session) -> T:
        """Run the body once."""
        turns = None if self.autocommit else self.turns
        tx = PostgresTx(session, turns) if self.write else ReadingTx(session, turns)
        self._committing = False
        if self.autocommit:
            with self._commits(session):
                return await self._unless_abandoned(tx)
        try:
            await session.execute(self._begin)
            if self._locks_first:
                await tx.lock(*self.turns)
            result = await self._unless_abandoned(tx)
        except BaseException:
            await _roll_back(session)
            raise
        with self._commits(session):
            # PostgreSQL responds ROLLBACK if a statement failed, even if the body handled the error.
            if await session.execute("COMMIT") != "COMMIT":
                raise CommitFailed("PostgreSQL rolled back")
        return result

    @contextlib.contextmanager
    def _commits(self, session: Session) -> Iterator[None]:
        """Mark the statement in the block as one that may commit even if no response arrives."""
        self._committing = self.write
        if self.write:
            session.on_overdue = lambda: self._overdue(session)
        try:
            yield
        finally:
            session.on_overdue = session.terminate
        if self.write and session.warned:
            raise CommitUnknown("PostgreSQL gave a warning instead of waiting for a standby")

    def _overdue(self, session: Session) -> None:
        self.fail(CommitUnknown("PostgreSQL did not acknowledge the commit in time"))
        self._abandon(session)

    async def _unless_abandoned(self, tx: PostgresTx) -> T:
        if self.abandoned:
            raise Unavailable("the caller no longer waits for the result")
        return await self._body(tx)

    def refusal(self, error: Exception) -> StoreError:
        """Return the error of the store for an error of PostgreSQL or the network."""
        text = f"PostgreSQL: {first_line(error)}"
        if self._committing and unsure(error):
            return CommitUnknown(text)
        return Unavailable(text) if unreachable(error) else CommitFailed(text)


async def _roll_back(session: Session) -> None:
    try:
        await session.execute("ROLLBACK")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        session.terminate()  # the database rolls back a transaction whose connection is gone
