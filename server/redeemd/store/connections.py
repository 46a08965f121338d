"""The connections to PostgreSQL of a process: opened by asyncpg's pool, handed from run to run past it."""

import asyncio
from collections import deque
from typing import Any

import asyncpg


class Connections:
    """At most so many connections of a pool."""

    def __init__(self, pool: Any, *, most: int, seconds: float) -> None:
        """`most` is how many the pool opens; `seconds` how long to wait for one, new or given back."""
        self._pool = pool
        self._most = most
        self._seconds = seconds
        self._held = 0  # that the pool gave or is about to, whether a run has them or they are free
        self._good: set[Any] = set()  # those that were not lost, nor are to be made anew
        self._free: list[Any] = []  # the one used last at the end
        self._waiters: deque[asyncio.Future[Any]] = deque()

    @property
    def waiting(self) -> int:
        """How many wait for one."""
        return len(self._waiters)

    async def acquire(self) -> Any:
        """Answer a connection: a free one, or one that the pool opens, or the next that another run gives back."""
        while True:
            while self._free:
                connection = self._free.pop()
                if self._is_good(connection):
                    return connection
                await self._return(connection)
            if self._held < self._most:
                return await self._open_another()
            connection = await self._wait_for_one()
            if connection is not None:
                return connection

    async def _open_another(self) -> Any:
        self._held += 1
        try:
            connection = await self._pool.acquire(timeout=self._seconds)
        except BaseException:
            self._held -= 1
            self._hand_on(None)
            raise
        self._good.add(connection)
        return connection

    async def _wait_for_one(self) -> Any:
        """Answer a connection, or None when there is one less, and another may be opened. Raises TimeoutError."""
        turn: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiters.append(turn)
        try:
            async with asyncio.timeout(self._seconds):
                return await turn
        except BaseException:
            if turn.done() and not turn.cancelled():  # it came too late
                await self._pass_on(turn.result())
            raise

    async def _pass_on(self, given: Any) -> None:
        if given is None:
            self._hand_on(None)
        else:
            await self.release(given)

    async def release(self, connection: Any) -> None:
        """Hand a connection on to the next run: a way through the pool takes as much CPU as two statements.

        One that is of no use any more goes back to the pool, which closes it.
        """
        if not self._is_good(connection):
            await self._return(connection)
        elif not self._hand_on(connection):
            self._free.append(connection)

    def _is_good(self, connection: Any) -> bool:
        try:
            if connection.is_in_transaction():  # it could not be rolled back
                connection.terminate()
            return connection in self._good and not connection.is_closed()
        except asyncpg.InterfaceError:  # lost, and back in the pool by itself
            return False

    async def _return(self, connection: Any) -> None:
        """Give the pool a connection back that it is to close, or has closed."""
        self._held -= 1
        self._good.discard(connection)
        try:
            await self._pool.release(connection)
        finally:
            self._hand_on(None)

    def _hand_on(self, connection: Any) -> bool:
        """Give the run that waits longest a connection, or the chance to open one; answer whether any waits."""
        while self._waiters:
            turn = self._waiters.popleft()
            if not turn.done():
                turn.set_result(connection)
                return True
        return False

    async def renew(self) -> None:
        """Have all connections made anew, when they come back from their runs."""
        await self._pool.expire_connections()
        self._good.clear()
        await self._return_free()

    async def close(self) -> None:
        """Close all; every run has given its connection back."""
        await self._return_free()
        await self._pool.close()

    async def _return_free(self) -> None:
        while self._free:
            await self._return(self._free.pop())
