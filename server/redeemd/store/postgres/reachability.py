"""Detects when a database becomes unreachable and when it is reachable again."""

import asyncio
from collections.abc import Awaitable, Callable

_FIRST_PAUSE_SECONDS = 0.05


class Reachability:
    """Probes the database when a caller suspects that it is unreachable, until it is reachable."""

    def __init__(
        self, is_there: Callable[[], Awaitable[bool]], on_change: Callable[[bool], None], *, pause_max: float
    ) -> None:
        """`is_there` returns whether the database is writable; `pause_max` is in seconds."""
        self._is_there = is_there
        self._on_change = on_change
        self._pause_max = pause_max
        self._look: asyncio.Task[None] | None = None
        self._closing = False
        self.away = False  # whether the last probe found the database unreachable

    def doubt(self, *, patience: float = float("inf")) -> None:
        """Start probing, unless a probe is running; report if the database is unreachable, and when it is back.

        A probe without a result after `patience` seconds counts as one that found the database unreachable.
        """
        if self._look is None and not self._closing:
            self._look = asyncio.create_task(self._until_there(patience))

    async def _until_there(self, patience: float) -> None:
        loop = asyncio.get_running_loop()
        silent = loop.call_later(patience, self._report, False) if patience < float("inf") else None
        pause = _FIRST_PAUSE_SECONDS
        try:
            while not await self._is_there():
                self._report(False)
                await asyncio.sleep(pause)
                pause = min(pause * 2, self._pause_max)
            self._report(True)
        finally:
            if silent is not None:
                silent.cancel()
            self._look = None

    def _report(self, there: bool) -> None:
        """Report whether the database is reachable, if that has changed."""
        if self.away == there:
            self.away = not there
            self._on_change(there)

    async def close(self) -> None:
        """Stop probing."""
        self._closing = True
        if self._look is not None:
            self._look.cancel()
            await asyncio.wait({self._look})  # it may have a connection
