"""Background chores, in small steps with pauses between them."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from redeemd.base.clock import Clock
from redeemd.base.telemetry import Telemetry
from redeemd.base.wake import Wake
from redeemd.idempotency.idempotency import REPLY_LIFETIME_MS
from redeemd.idempotency.queries import QUERIES as IDEMPOTENCY_QUERIES
from redeemd.store.base import STEP_ROWS, Store, StoreError, Tx

PAUSE_SECONDS = 10.0
TURN_SECONDS = 1.0  # for which a chore goes on before the others have their turn

# One step of some work; returns whether there was anything to do.
Chore = Callable[[], Awaitable[bool]]


class Maintenance:
    """Runs the chores of a server repeatedly."""

    def __init__(self, chores: Sequence[Chore], telemetry: Telemetry, wake: Wake) -> None:
        """`wake` makes the chores run at once."""
        self.chores = chores
        self._telemetry = telemetry
        self._wake = wake

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            busy = [chore for chore in self.chores if await self._step(chore)]
            for chore in busy:
                await self._turn(chore)
            if not busy:
                await self._wake.pause(PAUSE_SECONDS)

    async def step(self) -> bool:
        """Do one step of each chore; return whether there was anything to do."""
        return any([await self._step(chore) for chore in self.chores])

    async def _turn(self, chore: Chore) -> None:
        """Repeat a chore until it has nothing to do, or its turn is over."""
        end = time.monotonic() + TURN_SECONDS
        while time.monotonic() < end and await self._step(chore):
            pass

    async def _step(self, chore: Chore) -> bool:
        """Do one step, and pause for as long as it took, so that the writer is free for half of the time."""
        began = time.monotonic()
        try:
            busy = await chore()
        except StoreError:
            return False  # the store is unavailable, and reports that itself
        except Exception as defect:  # noqa: BLE001 -- one defect must not end all housekeeping
            self._telemetry.defect(defect)
            return False
        if busy:
            await asyncio.sleep(time.monotonic() - began)
        return busy


def in_transaction(store: Store, step: Callable[[Tx], Awaitable[bool]]) -> Chore:
    """Return the chore that runs a body."""

    async def chore() -> bool:
        return await store.run(step, write=True)

    return chore


def purge_replies(store: Store, clock: Clock) -> Chore:
    """Return the chore that deletes expired idempotency keys."""

    async def step(tx: Tx) -> bool:
        expired = clock.now_ms() - REPLY_LIFETIME_MS
        return bool(await tx.run(IDEMPOTENCY_QUERIES.idempotency_purge, expired=expired, limit=STEP_ROWS))

    return in_transaction(store, step)
