"""Closes batches that are to be deleted (see redeemd.serialkey.deleting), outside of transactions."""

import asyncio
import contextlib
import time
from typing import NamedTuple

from redeemd.errors import Conflict
from redeemd.serialkey import batches
from redeemd.serialkey.batches import IssueJob
from redeemd.serialkey.errors import IssueJobNotFound
from redeemd.serialkey.queries import QUERIES
from redeemd.store.base import Store, StoreError, Tx

WRITERS_SECONDS_MAX = 20.0  # for which transactions that write keys are waited for
_POLL_SECONDS = 0.02


class Closed(NamedTuple):
    """A batch as it was closed. `closed_at` identifies the closing."""

    namespace_id: int
    job: IssueJob
    closed_at: int
    updated_at: int  # before

    async def reopen(self, store: Store) -> None:
        """Open the batch again unless it was deleted, or closed anew."""

        async def body(tx: Tx) -> None:
            await tx.run(
                QUERIES.issue_job_reopen,
                namespace_id=self.namespace_id,
                **self.job.key,
                closed_at=self.closed_at,
                updated_at=self.updated_at,
            )

        await store.run(body, write=True)


class Doomed:
    """The reservation of a call that deletes a batch: opens the batch again if the call fails."""

    def __init__(self, store: Store, closed: Closed) -> None:
        self._store = store
        self.closed = closed

    async def settle(self, *, failed: bool) -> None:  # noqa: ARG002 -- opening a deleted batch changes nothing
        """See redeemd.rpc.call.Reservation."""
        with contextlib.suppress(StoreError):  # the call is decided, and the housekeeping opens it as well
            await self.closed.reopen(self._store)


async def close(store: Store, namespace_id: int, campaign_name: str, job_name: str, *, now: int) -> Closed | None:
    """Close a batch, and wait until all uses of its keys are visible.

    None: there is no such batch, or its unused keys are deleted. Raises Conflict if it takes too long.
    """

    async def body(tx: Tx) -> Closed | None:
        try:
            job = (await batches.find(tx, namespace_id, campaign_name, job_name)).job
        except IssueJobNotFound:
            return None
        before = await tx.one(QUERIES.issue_job_state, namespace_id=namespace_id, **job.key)
        row = await tx.one(QUERIES.issue_job_close, namespace_id=namespace_id, **job.key, now=now)
        if before is None or row is None:
            return None
        return Closed(namespace_id, job, row["closed_at"], before["updated_at"])

    closed = await store.run(body, write=True)
    if closed is not None and not await _written(store):
        await closed.reopen(store)
        raise Conflict
    return closed


async def _written(store: Store) -> bool:
    """Wait until the transactions have ended that are writing keys now; return whether they have."""
    end = time.monotonic() + WRITERS_SECONDS_MAX
    waiting = await store.run(_writers, write=False, autocommit=True)
    while waiting and time.monotonic() < end:
        await asyncio.sleep(_POLL_SECONDS)
        waiting &= await store.run(_writers, write=False, autocommit=True)
    return not waiting


async def _writers(tx: Tx) -> frozenset[str]:
    return frozenset(row["writer"] for row in await tx.all(QUERIES.serial_key_writers))
