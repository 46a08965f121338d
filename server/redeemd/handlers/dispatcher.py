"""Delivers the outbox entries of one handler. Every replica runs this dispatcher; leases divide the work.

A delivery that is due is leased, attempted, and its outcome recorded: delivery is at least once, even if processes
crash. One transaction records the outcomes of the last attempts and leases the next deliveries.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from redeemd.base.backoff import backoff_ms
from redeemd.base.clock import Clock
from redeemd.base.telemetry import Telemetry
from redeemd.base.wake import Wake
from redeemd.handlers.batching import batches
from redeemd.handlers.outbox import Attempt, LeasedDelivery, Outbox
from redeemd.handlers.ports import Executor, HandlerReply
from redeemd.store.base import Store, StoreError, Tx

POLL_SECONDS = 2.0  # how often to look for deliveries that other replicas committed or abandoned
STORE_PAUSE_SECONDS = 0.5
LINGER_SECONDS = 0.02  # more attempts may end in this time, to be recorded together
LEASE_SECONDS = 10.0  # in addition to the deadline of a call


class Pacing(Protocol):
    """How deliveries are attempted: settings of redeemd.config.handlers.HandlerSettings."""

    @property
    def deadline_seconds(self) -> float: ...  # noqa: D102 -- see HandlerSettings
    @property
    def attempts_max(self) -> int: ...  # noqa: D102 -- see HandlerSettings
    @property
    def backoff_seconds(self) -> float: ...  # noqa: D102 -- see HandlerSettings
    @property
    def backoff_seconds_max(self) -> float: ...  # noqa: D102 -- see HandlerSettings
    @property
    def calls_max(self) -> int: ...  # noqa: D102 -- see HandlerSettings
    @property
    def batches(self) -> bool: ...  # noqa: D102 -- see HandlerSettings


class Dispatcher:
    """The dispatcher of one prefix."""

    def __init__(
        self,
        prefix: str,
        handler: Executor,
        settings: Pacing,
        *,
        store: Store,
        outbox: Outbox,
        clock: Clock,
        telemetry: Telemetry,
        jitter: Callable[[], float],
        wake: Wake,
    ) -> None:
        """`jitter` returns random numbers from 0 to 1; `wake` is set when there is something to deliver."""
        self._prefix = prefix
        self._handler = handler
        self._settings = settings
        self._store = store
        self._outbox = outbox
        self._clock = clock
        self._telemetry = telemetry
        self._jitter = jitter
        self._wake = wake
        self._calls: dict[asyncio.Task[list[Attempt]], int] = {}  # with the number of deliveries of each
        self._ended: list[Attempt] = []  # not recorded yet

    async def run(self) -> None:
        """Run until cancelled. Calls in progress are then abandoned; their deliveries are attempted again elsewhere."""
        try:
            while True:
                try:
                    pause = await self._turn()
                except StoreError:
                    pause = STORE_PAUSE_SECONDS  # the store is unavailable, and reports that itself
                except Exception as defect:  # noqa: BLE001 -- one defect must not end all deliveries
                    self._telemetry.defect(defect)
                    pause = POLL_SECONDS
                await self._wait(pause)
        finally:
            for call in self._calls:
                call.cancel()
            await asyncio.gather(*self._calls, return_exceptions=True)

    async def _turn(self) -> float:
        """Record ended attempts and begin those due; return the seconds until more are due, unless a call ends."""
        free = self._settings.calls_max - sum(self._calls.values())
        ended, now = list(self._ended), self._clock.now_ms()
        lease = now + int((self._settings.deadline_seconds + LEASE_SECONDS) * 1000)

        async def body(tx: Tx) -> tuple[list[LeasedDelivery], int | None]:
            await self._outbox.settle(tx, ended, now=now)
            taken = await self._outbox.take(tx, self._prefix, limit=free, now=now, lease=lease) if free else []
            return taken, await self._outbox.next_due(tx, self._prefix)

        taken, due = await self._store.run(body, write=True, queue=self._outbox.locks_of(ended))
        if ended:
            self._outbox.events.wake()
        del self._ended[: len(ended)]
        self._count(ended)
        for batch in batches(taken) if self._settings.batches else [[each] for each in taken]:
            call = asyncio.create_task(self._attempt(batch))
            self._calls[call] = len(batch)
            call.add_done_callback(self._done)
        if free <= len(taken) or due is None:
            return POLL_SECONDS
        return min(POLL_SECONDS, max(0.0, (due - self._clock.now_ms()) / 1000))

    async def _attempt(self, batch: Sequence[LeasedDelivery]) -> list[Attempt]:
        if self._settings.batches:
            executions = [(taken.execution, taken.attempts) for taken in batch]
            replies = await self._handler.execute_batch(executions)
        else:
            replies = [await self._handler.execute(taken.execution, taken.attempts, taken.trace) for taken in batch]
        return [
            Attempt(taken, reply, self._again_at(taken, reply)) for taken, reply in zip(batch, replies, strict=True)
        ]

    def _again_at(self, taken: LeasedDelivery, reply: HandlerReply) -> int | None:
        """Return when a delivery is to be tried again, in Unix milliseconds, or None for never."""
        settings = self._settings
        if reply.done or reply.final or taken.attempts >= settings.attempts_max:
            return None
        wait = backoff_ms(
            taken.attempts,
            seconds=settings.backoff_seconds,
            seconds_max=settings.backoff_seconds_max,
            jitter=self._jitter(),
        )
        return self._clock.now_ms() + wait

    def _done(self, call: "asyncio.Task[list[Attempt]]") -> None:
        del self._calls[call]
        if call.cancelled():
            return
        defect = call.exception()
        if defect is not None:
            self._telemetry.defect(defect)  # the deliveries are due again when their lease ends
            return
        self._ended += call.result()
        self._wake.set()

    def _count(self, attempts: list[Attempt]) -> None:
        for attempt in attempts:
            outcome = "delivered" if attempt.reply.done else "dead" if attempt.again_at is None else "failed"
            self._telemetry.attempted(self._prefix, outcome)

    async def _wait(self, seconds: float) -> None:
        """Wait until a call ends or a delivery is committed, at most `seconds`; while calls run, linger for more."""
        await self._wake.pause(seconds)
        if self._calls:
            await asyncio.sleep(LINGER_SECONDS)
