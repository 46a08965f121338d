"""Wakes a background worker."""

import asyncio
import contextlib


class Wake:
    """Ends the pause of one worker. A wake-up while the worker is not pausing ends its next pause at once."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def set(self) -> None:
        """Wake the worker, because there is something to do."""
        self._event.set()

    async def pause(self, seconds: float) -> None:
        """Wait for a wake-up, at most `seconds`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()
        self._event.clear()
