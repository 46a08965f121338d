"""Reads files again that were replaced while the server runs.

Certificates, of the server and for its handlers, are read when they change. Keys and the addresses of handlers are read
on request, by SIGHUP: several of them may have to change together.
"""

import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping

from redeemd.base.log import Severity
from redeemd.base.telemetry import Telemetry
from redeemd.base.tls_error import TlsError
from redeemd.base.wake import Wake

POLL_SECONDS = 5.0

# Reads files if they changed; returns whether they did. Raises TlsError and keeps what was read before.
Refresh = Callable[[], Awaitable[bool]]
# Reads a file on request. Raises ReloadFailed and keeps what was read before.
Reload = Callable[[], Awaitable[None]]


class ReloadFailed(Exception):
    """A file cannot be used; the text names the problem, and quotes no secret."""


class Reloading:
    """Reads replaced files again. What is read is by its name in the log."""

    def __init__(self, sources: Mapping[str, Refresh], telemetry: Telemetry, on_request: Mapping[str, Reload]) -> None:
        """`sources` are read when they change, `on_request` whenever it is requested."""
        self._sources = sources
        self._on_request = on_request
        self._telemetry = telemetry
        self._requested = False
        self._wake = Wake()

    def request(self) -> None:
        """Read everything again soon."""
        self._requested = True
        self._wake.set()

    async def run(self) -> None:
        """Read what changed, periodically, and everything on request, until cancelled."""
        while True:
            await self._wake.pause(POLL_SECONDS)
            await self.step()
            if self._requested:
                self._requested = False
                await self.reload()

    async def reload(self) -> None:
        """Read everything that is read on request. A failure is logged, and leaves what was read before in use."""
        for name, reload in self._on_request.items():
            with self._reporting(name):
                await reload()
                self._telemetry.event("reloaded", files=name)

    async def step(self) -> None:
        """Read the files that changed. A failure is logged, and leaves what was read before in use."""
        for name, refresh in self._sources.items():
            with self._reporting(name):
                if await refresh():
                    self._telemetry.event("reloaded", files=name)

    @contextlib.contextmanager
    def _reporting(self, name: str) -> Iterator[None]:
        try:
            yield
        except (ReloadFailed, TlsError) as problem:
            self._telemetry.event("reload_failed", Severity.ERROR, files=name, problem=str(problem))
        except Exception as defect:  # noqa: BLE001 -- one defect must not end all reloading
            self._telemetry.defect(defect)
