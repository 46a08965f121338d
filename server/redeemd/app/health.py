"""The health of the parts without which a server cannot serve, debounced for health checks."""

import asyncio
from dataclasses import dataclass, field

HOLD_SECONDS = 0.5


class SteadyHealth:
    """Passes on a state only after it has been stable for a while.

    Clients leave a replica that reports NOT_SERVING, and return when it reports SERVING. Alternating between both many
    times a second would do more harm than the fault itself.
    """

    def __init__(self, *, hold_seconds: float = HOLD_SECONDS) -> None:
        """The initial state is healthy; `hold_seconds` is how long another state must last."""
        self._hold_seconds = hold_seconds
        self._healthy = self._passed_on = True
        self._changed = asyncio.Event()

    def set(self, healthy: bool) -> None:
        """Record a state."""
        if healthy != self._healthy:
            self._healthy = healthy
            self._changed.set()

    async def change(self) -> bool:
        """Wait for a state that lasts and differs from the last one returned; return it."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            await asyncio.sleep(self._hold_seconds)
            if not self._changed.is_set() and self._healthy != self._passed_on:
                self._passed_on = self._healthy
                return self._healthy


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the database can be written to, and whether this replica has all master keys that are in use."""

    store: SteadyHealth = field(default_factory=SteadyHealth)
    master_keys: SteadyHealth = field(default_factory=SteadyHealth)

    def items(self) -> list[tuple[str, SteadyHealth]]:
        """Return the parts by their names in the log."""
        return [("store", self.store), ("master_keys", self.master_keys)]
