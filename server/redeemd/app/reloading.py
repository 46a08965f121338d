"""Reads files again that were replaced while the server runs: certificates of its own, and of its handlers."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from redeemd.base.telemetry import Telemetry
from redeemd.base.tls import TlsError

POLL_SECONDS = 5.0

# Reads files if they changed; returns whether they did. Raises TlsError and keeps what was read before.
Refresh = Callable[[], Awaitable[bool]]


class Reloading:
    """Reads replaced files again. What is read is by its name in the log."""

    def __init__(self, sources: Mapping[str, Refresh], telemetry: Telemetry) -> None:
        self._sources = sources
        self._telemetry = telemetry

    async def run(self) -> None:
        """Look for replaced files, periodically until cancelled."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            await self.step()

    async def step(self) -> None:
        """Read the files that changed. A failure is logged, and leaves what was read before in use."""
        for name, refresh in self._sources.items():
            try:
                if await refresh():
                    self._telemetry.event("reloaded", files=name)
            except TlsError as problem:
                self._telemetry.event("reload_failed", files=name, problem=str(problem))
            except Exception as defect:  # noqa: BLE001 -- one defect must not end all reloading
                self._telemetry.defect(defect)
