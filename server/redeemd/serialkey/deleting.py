"""Deletes batches.

A deletion must know whether keys are used, but on PostgreSQL it does not see a use that is in progress, and there is no
lock on which it could wait for it. So a batch is closed first, in a transaction of its own: from then on, no use of its
keys succeeds. Once the transactions that were writing keys have ended, all uses are visible, and the deletion decides.
It adds the deltas of the batch to the tallies, then changes one row, or two if the codes were imported: without the
batch, sequences are those of no code. If the deletion is refused or fails, the batch is opened again.
"""

from redeemd.errors import Conflict
from redeemd.serialkey import tallies
from redeemd.serialkey.batches import IssueJob
from redeemd.serialkey.errors import IssueJobUsed
from redeemd.serialkey.queries import QUERIES
from redeemd.serialkey.validity import Phase
from redeemd.store.base import Tx

CLOSED_SECONDS_MAX = 60  # a batch that is closed for this long was forgotten


async def used_count(tx: Tx, namespace_id: int, job: IssueJob) -> int:
    """Return how many keys of a batch are used. Not for a transaction that writes: there may be millions."""
    row = await tx.one(QUERIES.serial_key_used_count, namespace_id=namespace_id, **_range(job))
    assert row is not None
    number: int = row["number"]
    return number


async def any_used(tx: Tx, namespace_id: int, job: IssueJob) -> bool:
    """Return whether a key of a batch is used."""
    return bool(await tx.all(QUERIES.serial_key_used, namespace_id=namespace_id, **_range(job), limit=1))


def _range(job: IssueJob) -> dict[str, int]:
    return {
        "campaign_number": job.campaign_number,
        "first": job.first_sequence,
        "end": job.first_sequence + job.count,
    }


async def delete(
    tx: Tx, namespace_id: int, job: IssueJob, closed_at: int, *, unused_only: bool, used: int, now: int
) -> bool:
    """Delete a batch that is closed, or whose unused keys are deleted; return whether used keys stay.

    They do with `unused_only`; otherwise IssueJobUsed is raised, with the number `used`. Raises Conflict if the batch
    was opened meanwhile.
    """
    stays = await any_used(tx, namespace_id, job)
    if stays and not unused_only:
        raise IssueJobUsed(used_count=str(max(used, 1)))
    if stays and job.phase == Phase.TRIMMED:
        return True
    key = {"namespace_id": namespace_id, **job.key}
    if stays:
        done = await tx.one(QUERIES.issue_job_trim, **key, closed_at=closed_at, now=now)
    else:
        await tallies.fold_batch(tx, namespace_id, job)
        done = await tx.one(QUERIES.issue_job_delete, **key, closed_at=closed_at)
    if done is None:
        raise Conflict
    if job.imported and stays:
        await tx.run(QUERIES.code_import_trim, **key)
    elif job.imported:
        await tx.run(QUERIES.code_import_delete, **key, now=now)
    return stays


async def reopen_forgotten(tx: Tx, *, now: int) -> bool:
    """Open batches whose deletion was interrupted; return whether there were any."""
    return bool(await tx.run(QUERIES.issue_job_reopen_forgotten, silent_since=now - CLOSED_SECONDS_MAX * 1000))
