"""Answers that are held back, so that callers who do nothing but ask again at once take less of the server."""

import asyncio


class Slowly:
    """Lets calls wait that are to be refused; at most so many at once, for what waits takes room.

    Beyond that, they are refused at once.
    """

    def __init__(self, seconds: float, *, waiting_max: int) -> None:
        self._seconds = seconds
        self._waiting_max = waiting_max
        self.waiting = 0

    async def wait(self) -> None:
        """Wait, if there is room and a time to wait."""
        if not self._seconds or self.waiting >= self._waiting_max:
            return
        self.waiting += 1
        try:
            await asyncio.sleep(self._seconds)
        finally:
            self.waiting -= 1
