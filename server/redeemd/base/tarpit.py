"""Delays responses to callers that retry immediately, so that they use less of the server."""

import asyncio
from collections.abc import Callable


class Tarpit:
    """Delays calls, at most `waiting_max` at once because each takes memory; further calls are not delayed.

    The delay is jittered by half either way with `draw`, which returns a number from 0 to 1, so that the callers do not
    all return at the same moment.
    """

    def __init__(self, seconds: float, *, waiting_max: int, draw: Callable[[], float]) -> None:
        self._seconds = seconds
        self._draw = draw
        self._waiting_max = waiting_max
        self.waiting = 0

    async def wait(self, enough_ms: int) -> int:
        """Sleep for about `enough_ms`, at most `seconds`, jittered; not at all if too many calls are sleeping.

        Return the milliseconds slept. `enough_ms` should be the same for all callers that are refused together.
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
