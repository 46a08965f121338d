"""Compensates consume actions of transactions that did not commit. Every replica runs this worker; leases divide the
work.
"""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from redeemd.base.backoff import backoff_ms
from redeemd.base.clock import Clock
from redeemd.base.telemetry import Telemetry
from redeemd.base.wake import Wake
from redeemd.handlers.ports import Execution
from redeemd.handlers.queries import QUERIES
from redeemd.handlers.sagas import Sagas
from redeemd.store.base import Store, StoreError, Tx

AT_ONCE_MAX = 32  # sagas
POLL_SECONDS = 2.0
# A handler has at most 60 seconds for each of the consume actions of a transaction. If compensation takes longer than
# the lease, another worker begins it as well, and the handler receives a Cancel twice.
LEASE_SECONDS = 300.0
BACKOFF_SECONDS = 1.0
BACKOFF_SECONDS_MAX = 300.0


class _LeasedSaga(NamedTuple):
    saga_id: str
    attempts: int
    executions: list[Execution]


class Compensator:
    """The worker that compensates sagas that were not finished."""

    def __init__(
        self,
        sagas: Sagas,
        *,
        store: Store,
        clock: Clock,
        telemetry: Telemetry,
        jitter: Callable[[], float],
        wake: Wake,
    ) -> None:
        self._sagas = sagas
        self._store = store
        self._clock = clock
        self._telemetry = telemetry
        self._jitter = jitter
        self._wake = wake
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Run until cancelled."""
        try:
            while True:
                pause = POLL_SECONDS
                try:
                    pause = await self._turn()
                except StoreError:
                    pass  # the store is unavailable, and reports that itself
                except Exception as defect:  # noqa: BLE001 -- one defect must not end all compensation
                    self._telemetry.defect(defect)
                await self._wake.pause(pause)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _turn(self) -> float:
        """Begin to compensate the sagas that are due; return the seconds until more are due."""
        now, free = self._clock.now_ms(), AT_ONCE_MAX - len(self._tasks)
        lease = now + int(LEASE_SECONDS * 1000)

        async def look(tx: Tx) -> int | None:
            row = await tx.one(QUERIES.saga_next_due)
            return None if row is None else row["due"]

        async def take(tx: Tx) -> list[_LeasedSaga]:
            rows = await tx.all(QUERIES.saga_take, now=now, lease=lease, limit=free)
            return [_LeasedSaga(row["saga_id"], row["attempts"], self._sagas.executions(row)) for row in rows]

        due = await self._store.run(look, write=False)  # almost always nothing is due
        if due is None or not free:
            return POLL_SECONDS
        if due > now:
            return min(POLL_SECONDS, (due - now) / 1000)
        for saga in await self._store.run(take, write=True):
            task = asyncio.create_task(self._compensate(saga))
            self._tasks.add(task)
            task.add_done_callback(self._done)
        return 0.0

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        defect = None if task.cancelled() else task.exception()
        if defect is not None and not isinstance(defect, StoreError):
            self._telemetry.defect(defect)  # the saga is due again when its lease ends
        self._wake.set()

    async def _compensate(self, saga: _LeasedSaga) -> None:
        for execution in reversed(saga.executions):
            if not await self._sagas.compensate(execution, saga.attempts):
                await self._store.run(lambda tx: self._postpone(tx, saga), write=True)
                return
        await self._store.run(lambda tx: tx.run(QUERIES.saga_compensated, saga_id=saga.saga_id), write=True)

    async def _postpone(self, tx: Tx, saga: _LeasedSaga) -> None:
        wait = backoff_ms(
            saga.attempts, seconds=BACKOFF_SECONDS, seconds_max=BACKOFF_SECONDS_MAX, jitter=self._jitter()
        )
        due = self._clock.now_ms() + wait
        await tx.run(QUERIES.saga_postpone, saga_id=saga.saga_id, attempts=saga.attempts, due=due)
