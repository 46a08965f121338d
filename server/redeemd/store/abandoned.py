"""Commits that PostgreSQL leaves unanswered, and whose callers were told so."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from redeemd.store.base import Unavailable
from redeemd.store.postgres_faults import circumstance
from redeemd.store.session import Session

# Sessions of these numbers that still do something. Of another role's it is not told, and a pooler's are not known.
STILL_BUSY = "SELECT pid FROM pg_stat_activity WHERE pid = ANY ($1::int[]) AND state <> 'idle'"

Ask = Callable[[Sequence[int]], Awaitable[frozenset[int]]]


class Abandoned:
    """Keeps the sessions of such commits for as long as the database is busy with them.

    A commit waits for a synchronous standby whatever becomes of its connection, and holds its locks. Were the
    connection closed, another one would take its place, and wait in its turn: so without a standby the backends would
    pile up, to the last that the database allows. So a session is kept, and counts against the limit of connections,
    until the commit is answered, or the database, asked by a new connection, knows nothing of it: then it was on a
    server that is gone.
    """

    def __init__(self, ask: Ask, *, connections: int, pause: float) -> None:
        """`ask` returns which of some sessions, by their numbers, the database is busy with."""
        self._ask = ask
        self._pause = pause
        self._most = max(1, connections - 1)  # one is left to read with
        self._enough = max(1, connections // 2)
        self._sessions: set[Session] = set()
        self._watch: asyncio.Task[None] | None = None
        self._closing = False

    def __len__(self) -> int:
        return len(self._sessions)

    def require_room(self) -> None:
        """Raise Unavailable when so many commits wait that another would only join them."""
        if len(self._sessions) >= self._enough:
            raise Unavailable(f"PostgreSQL leaves {len(self._sessions)} commits unanswered; is a standby missing?")

    def take(self, session: Session) -> None:
        """Keep a session, or close it where that is not to be done."""
        if self._closing or len(self._sessions) >= self._most:
            session.terminate()
            return
        self._sessions.add(session)
        if self._watch is None:
            self._watch = asyncio.create_task(self._until_none())

    def ended(self, session: Session) -> None:
        """Record that the run of a session came to its end."""
        self._sessions.discard(session)

    async def _until_none(self) -> None:
        try:
            while self._sessions:
                await self._close_lost()
                await asyncio.sleep(self._pause)
        finally:
            self._watch = None

    async def _close_lost(self) -> None:
        asked = tuple(self._sessions)
        try:
            busy = await self._ask([session.process_id for session in asked])
        except Exception as error:
            if not circumstance(error):
                raise
            return  # nobody can tell
        for session in asked:
            if session.process_id not in busy:
                session.terminate()

    async def close(self) -> None:
        """Close all, and any that is still to come."""
        self._closing = True
        for session in self._sessions:
            session.terminate()
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait({self._watch})
