"""Moves batches to other campaigns.

The number of the campaign that issued a code is encrypted in it and stays. A batch that was moved has the number of its
campaign beside it, and a key that is used keeps that of the campaign in which it was used.
"""

from redeemd.errors import Conflict
from redeemd.serialkey import campaigns
from redeemd.serialkey.batches import IssueJob
from redeemd.serialkey.queries import QUERIES
from redeemd.store.base import Tx


async def move(tx: Tx, namespace_id: int, job: IssueJob, to_campaign: str, *, now: int) -> bool:
    """Move a batch to a campaign of the master data; return whether that was another one.

    Raises CampaignModelNotFound, or Conflict if the batch is being deleted, or was deleted or moved meanwhile.
    """
    new_number = await campaigns.number_of(tx, namespace_id, to_campaign)
    if new_number == job.owner_number:
        return False
    moved = await tx.one(
        QUERIES.issue_job_move,
        namespace_id=namespace_id,
        **job.key,
        old_number=job.owner_number,
        new_number=new_number,
        now=now,
    )
    if moved is None:
        raise Conflict
    return True
