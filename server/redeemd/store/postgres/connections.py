"""The connection pool of a process: sessions with PostgreSQL, passed from run to run."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from redeemd.store.postgres.session import Session


class NoneFree(TimeoutError):
    """All connections are in use, and none was released in time."""


class Connections:
    """A pool with a maximum size."""

    def __init__(self, open_one: Callable[[], Awaitable[Session]], *, most: int, seconds: float) -> None:
        """`most` is the maximum number of sessions; `seconds` is how long to wait for one to be released."""
        self._open_one = open_one
        self._most = most
        self._seconds = seconds
        self._held = 0  # open, or being opened
        self._good: set[Session] = set()  # sessions that renew() has not marked for replacement
        self._free: list[Session] = []  # the most recently used one last
        self._waiters: deque[asyncio.Future[Session | None]] = deque()

    @property
    def waiting(self) -> int:
        """The number of runs that wait for a session."""
        return len(self._waiters)

    async def acquire(self) -> Session:
        """Return a session: a free one, a new one, or the next one that another run releases.

        Raises NoneFree, or whatever opening a session raises.
        """
        while True:
            while self._free:
                session = self._free.pop()
                if self._is_good(session):
                    return session
                self._discard(session)
            if self._held < self._most:
                return await self._open_another()
            given = await self._wait_for_one()
            if given is not None:
                return given

    async def _open_another(self) -> Session:
        self._held += 1
        try:
            session = await self._open_one()
        except BaseException:
            self._held -= 1
            self._hand_on(None)
            raise
        self._good.add(session)
        return session

    async def _wait_for_one(self) -> Session | None:
        """Return a session, or None when one was discarded and another may be opened. Raises NoneFree."""
        turn: asyncio.Future[Session | None] = asyncio.get_running_loop().create_future()
        self._waiters.append(turn)
        try:
            async with asyncio.timeout(self._seconds):
                return await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():  # it came too late
                self._pass_on(turn.result())
            if isinstance(error, TimeoutError):
                raise NoneFree("no connection came free") from error
            raise

    def _pass_on(self, given: Session | None) -> None:
        if given is None:
            self._hand_on(None)
        else:
            self.release(given)

    def release(self, session: Session) -> None:
        """Pass a session to the next run, or close it if it is no longer usable."""
        if not self._is_good(session):
            self._discard(session)
        elif not self._hand_on(session):
            self._free.append(session)

    def _is_good(self, session: Session) -> bool:
        return session in self._good and session.usable

    def _discard(self, session: Session) -> None:
        self._held -= 1
        self._good.discard(session)
        session.terminate()
        self._hand_on(None)

    def _hand_on(self, session: Session | None) -> bool:
        """Give the run that has waited longest a session, or the chance to open one; return whether any was waiting."""
        while self._waiters:
            turn = self._waiters.popleft()
            if not turn.done():
                turn.set_result(session)
                return True
        return False

    def renew(self) -> None:
        """Replace all sessions; those in use are replaced when they are released."""
        self._good.clear()
        while self._free:
            self._discard(self._free.pop())

    async def close(self) -> None:
        """Close all sessions. Every run must have released its session."""
        free, self._free = self._free, []
        self._good.clear()
        self._held -= len(free)
        await asyncio.gather(*(session.close() for session in free))
