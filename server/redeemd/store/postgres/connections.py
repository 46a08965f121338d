"""The connection pool of a process: sessions with PostgreSQL, passed from run to run."""

import asyncio
from collections.abc import Awaitable, Callable

from redeemd.store.postgres.session import Session


class NoneFree(TimeoutError):
    """All connections that the run may use are in use, and none was released in time."""

    def __init__(self, *, stalled: bool) -> None:
        """`stalled` is whether no run released a connection meanwhile: the database may not respond any more."""
        super().__init__("no connection came free")
        self.stalled = stalled


def most_for_writing(connections: int) -> int:
    """Return how many of the connections writing runs may hold at the same time.

    A commit may wait for a synchronous standby, so writing runs could hold all connections for a long time. A fifth of
    them, at least one, is left to reading runs; a single connection is used for both.
    """
    return max(1, connections - max(1, connections // 5))


class Connections:
    """A pool with a maximum size."""

    def __init__(self, open_one: Callable[[], Awaitable[Session]], *, most: int, seconds: float) -> None:
        """`most` is the maximum number of sessions; `seconds` is how long to wait for one to be released."""
        self._open_one = open_one
        self._seconds = seconds
        self._places = asyncio.Semaphore(most)  # a run with a place finds a free session, or may open one
        self._writing_places = asyncio.Semaphore(most_for_writing(most))
        self._good: set[Session] = set()  # sessions that renew() has not marked for replacement
        self._free: list[Session] = []  # the most recently used one last
        self._released = 0
        self.waiting = 0  # the number of runs that wait for a session

    @property
    def open(self) -> int:
        """The number of open sessions that are to be used again."""
        return len(self._good)

    @property
    def free(self) -> int:
        """The number of sessions that no run uses."""
        return len(self._free)

    async def acquire(self, *, write: bool) -> Session:
        """Return a session for a run that writes or only reads: a free one, or a new one. Runs wait in their order.

        Raises NoneFree, or whatever opening a session raises.
        """
        await self._take_place(write=write)
        try:
            return self._free_one() or await self._open_another()
        except BaseException:
            self._give_back_place(write=write)
            raise

    async def _take_place(self, *, write: bool) -> None:
        released = self._released
        self.waiting += 1
        try:
            async with asyncio.timeout(self._seconds):
                if write:
                    await self._writing_places.acquire()
                await self._take_general_place(write=write)
        except TimeoutError as error:
            raise NoneFree(stalled=released == self._released) from error
        finally:
            self.waiting -= 1

    async def _take_general_place(self, *, write: bool) -> None:
        try:
            await self._places.acquire()
        except BaseException:
            if write:
                self._writing_places.release()
            raise

    def _give_back_place(self, *, write: bool) -> None:
        self._places.release()
        if write:
            self._writing_places.release()

    def _free_one(self) -> Session | None:
        while self._free:
            session = self._free.pop()
            if self._is_good(session):
                return session
            self._discard(session)
        return None

    async def _open_another(self) -> Session:
        session = await self._open_one()
        self._good.add(session)
        return session

    def release(self, session: Session, *, write: bool) -> None:
        """Keep a session for the next run, or close it if it is no longer usable. `write` is as in `acquire`."""
        self._released += 1
        if self._is_good(session):
            self._free.append(session)
        else:
            self._discard(session)
        self._give_back_place(write=write)

    def _is_good(self, session: Session) -> bool:
        return session in self._good and session.usable

    def _discard(self, session: Session) -> None:
        self._good.discard(session)
        session.terminate()

    def renew(self) -> None:
        """Replace all sessions; those in use are replaced when they are released."""
        self._good.clear()
        while self._free:
            self._discard(self._free.pop())

    async def close(self) -> None:
        """Close all sessions. Every run must have released its session."""
        free, self._free = self._free, []
        self._good.clear()
        await asyncio.gather(*(session.close() for session in free))
