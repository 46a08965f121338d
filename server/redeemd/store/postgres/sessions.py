"""The sessions of a store with its database, and what happens to them when the database does not respond."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from redeemd.store.base import Listener, Measure, Saturated, StoreError, Unavailable
from redeemd.store.postgres import idle, readiness
from redeemd.store.postgres.abandoned import STILL_BUSY, Abandoned
from redeemd.store.postgres.connections import Connections, NoneFree
from redeemd.store.postgres.faults import NoResponse, connection_suspect, first_line, is_operational, unreachable
from redeemd.store.postgres.opening import Opener
from redeemd.store.postgres.reachability import Reachability
from redeemd.store.postgres.session import Session
from redeemd.store.postgres.times import Times

T = TypeVar("T")


class Sessions:
    """The connection pool, the commits that are not acknowledged, and whether the database is reachable."""

    def __init__(self, opener: Opener, *, connections: int, times: Times, listener: Listener) -> None:
        """`connections` is the maximum number, not counting two that probe a database that seems unreachable."""
        self._most = connections
        self._open = opener.open
        self._listener = listener
        self._pool = Connections(opener.open, most=connections, seconds=times.free)
        self._abandoned = Abandoned(self._still_busy, connections=connections, pause=times.pause_max)
        self._reachability = Reachability(self._is_writable, listener.health, pause_max=times.pause_max)
        self._watching: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """The number of runs that wait for a session."""
        return self._pool.waiting

    @property
    def measures(self) -> Sequence[Measure]:
        """The measures of the pool."""
        pool = self._pool
        return (
            Measure("redeemd_store_connections", "Open connections to PostgreSQL.", lambda: pool.open),
            Measure("redeemd_store_connections_in_use", "Connections in use.", lambda: pool.open - pool.free),
            Measure("redeemd_store_connections_max", "Connections that may be open.", lambda: self._most),
        )

    async def use(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """Call `work` with a session of the pool. Raises its errors, and whatever opening a session raises."""
        session = await self._pool.acquire(write=False)
        try:
            return await work(session)
        finally:
            self._pool.release(session, write=False)

    def require_room(self) -> None:
        """Raise Unavailable when so many commits are not acknowledged that another one would only wait as well."""
        self._abandoned.require_room()

    async def acquire(self, *, write: bool) -> Session:
        """Return a session for a run that writes or only reads. Raises Saturated or Unavailable."""
        try:
            return await self._pool.acquire(write=write)
        except NoneFree as error:
            raise self._none_free(error) from error
        except Exception as error:
            if not is_operational(error):
                raise
            self._listener.fault(error)
            self._reachability.doubt()
            raise Unavailable(f"PostgreSQL: {first_line(error)}") from error

    def _none_free(self, error: NoneFree) -> StoreError:
        """Return the error for a run that got no session. The database is suspect only if no other run ended."""
        if error.stalled:
            self._reachability.doubt()
        if error.stalled and self._reachability.away:
            return Unavailable("PostgreSQL does not respond")
        return Saturated(str(error))

    def release(self, session: Session, *, write: bool) -> None:
        """Return a session whose run has ended. `write` is as in `acquire`."""
        self._abandoned.ended(session)
        self._pool.release(session, write=write)

    def failed(self, error: Exception) -> None:
        """Report an operational error of a run; replace the sessions and probe the database if it suggests so."""
        self._listener.fault(error)
        if connection_suspect(error):
            self._pool.renew()  # new ones may find the new primary
        if unreachable(error):
            self._reachability.doubt()

    def abandon(self, session: Session) -> None:
        """Stop waiting for the acknowledgement of a commit, without cancelling the commit."""
        self._listener.fault(NoResponse())
        self._abandoned.take(session)
        self._pool.renew()
        self._reachability.doubt()

    def watch(self, busy: Callable[[], bool], *, seconds: float) -> None:
        """From now on, ping the database every few seconds, except while runs are under way (`busy`)."""
        watching = idle.watch(lambda: busy() or self._reachability.away, self._ping, self._suspect, seconds=seconds)
        self._watching = asyncio.create_task(watching)

    async def _ping(self) -> bool:
        """Return whether an idle connection can write; also if there is none."""
        try:
            return await self.use(readiness.is_writable)
        except NoneFree:
            return True
        except Exception as error:
            if is_operational(error):
                return False
            raise

    def _suspect(self) -> None:
        self._pool.renew()  # what one connection suffers from, the others may, too
        self._reachability.doubt(patience=idle.CONNECT_SECONDS)

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
            if is_operational(error):
                return False
            raise
        if not writable:
            self._pool.renew()
        return writable

    async def begin_to_close(self) -> None:
        """Stop pinging, and leave the commits that are not acknowledged to the database, so that their runs end."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait({self._watching})  # it may have a connection
        await self._abandoned.close()

    async def close(self) -> None:
        """Close all sessions. Every run must have ended."""
        await self._reachability.close()
        await self._pool.close()
