"""Answers that are held back, so that callers who do nothing but ask again at once take less of the server."""

import asyncio
from collections.abc import Callable


class Slowly:
    """Lets calls of such callers wait; at most so many at once, for what waits takes room.

    Beyond that, they do not wait. Each waits for half as long as told to one and a half times as long, by a `draw`
    between 0 and 1, lest all of them come back in the same moment.
    """

    def __init__(self, seconds: float, *, waiting_max: int, draw: Callable[[], float]) -> None:
        self._seconds = seconds
        self._draw = draw
        self._waiting_max = waiting_max
        self.waiting = 0

    async def wait(self, enough_ms: int) -> int:
        """Wait, if there is room and a time to wait; answer how many milliseconds that was.

        So long is enough on average. What it depends on should be the same for the whole crowd.
        """
        milliseconds = int(min(enough_ms, self._seconds * 1000) * (0.5 + self._draw()))
        if not milliseconds or self.waiting >= self._waiting_max:
            return 0
        self.waiting += 1
        try:
            await asyncio.sleep(milliseconds / 1000)
        finally:
            self.waiting -= 1
        return milliseconds
