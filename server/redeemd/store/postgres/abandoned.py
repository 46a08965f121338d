"""Commits that PostgreSQL has not acknowledged in time, and whose callers received CommitUnknown."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from redeemd.store.base import Unavailable
from redeemd.store.postgres.faults import is_operational
from redeemd.store.postgres.session import Session

# Sessions with these process ids that are not idle. The state of another role's session is hidden, and the sessions
# behind a pooler are unknown.
STILL_BUSY = "SELECT pid FROM pg_stat_activity WHERE pid = ANY ($1::int[]) AND state <> 'idle'"

Ask = Callable[[Sequence[int]], Awaitable[frozenset[int]]]


class Abandoned:
    """Keeps the sessions of such commits open while the database is busy with them.

    A commit that waits for a synchronous standby keeps waiting, and keeps its locks, even if its connection is closed.
    If the connection were closed, a new one would take its place and wait in turn: without a standby, backends would
    pile up to the connection limit of the database. A session is therefore kept, and counts against the limit of
    connections, until the commit is acknowledged, or until the database, queried over a new connection, does not know
    the session: then it was on a server that is gone.
    """

    def __init__(self, ask: Ask, *, connections: int, pause: float) -> None:
        """`ask` returns those of the given process ids whose sessions are busy; `pause` is in seconds."""
        self._ask = ask
        self._pause = pause
        self._enough = max(1, connections // 2)
        self._sessions: set[Session] = set()
        self._watch: asyncio.Task[None] | None = None
        self._closing = False

    def __len__(self) -> int:
        return len(self._sessions)

    def require_room(self) -> None:
        """Raise Unavailable when so many commits are waiting that another one would only wait as well."""
        if len(self._sessions) >= self._enough:
            raise Unavailable(f"PostgreSQL has not acknowledged {len(self._sessions)} commits; is a standby missing?")

    def take(self, session: Session) -> None:
        """Keep a session, or close it if the store is closing."""
        if self._closing:
            session.terminate()
            return
        self._sessions.add(session)
        if self._watch is None:
            self._watch = asyncio.create_task(self._until_none())

    def ended(self, session: Session) -> None:
        """Record that the run of a session has ended."""
        self._sessions.discard(session)

    async def _until_none(self) -> None:
        try:
            while self._sessions:
                await self._close_lost()
                await asyncio.sleep(self._pause)
        finally:
            self._watch = None

    async def _close_lost(self) -> None:
        suspects = tuple(self._sessions)
        try:
            busy = await self._ask([session.process_id for session in suspects])
        except Exception as error:
            if not is_operational(error):
                raise
            return  # unknown for now
        for session in suspects:
            if session.process_id not in busy:
                session.terminate()

    async def close(self) -> None:
        """Close all sessions; sessions taken later are closed at once."""
        self._closing = True
        for session in self._sessions:
            session.terminate()
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait({self._watch})
