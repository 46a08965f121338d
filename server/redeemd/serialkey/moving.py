"""Moves batches to other campaigns.

The number of the campaign that issued a code is encrypted in it and stays. A batch that was moved has the number of its
campaign beside it, and a key that is used keeps that of the campaign in which it was used.
"""

from redeemd.errors import Conflict
from redeemd.serialkey import campaigns
from redeemd.serialkey.batches import IssueJob
from redeemd.serialkey.errors import IssueJobNotFound
from redeemd.serialkey.queries import QUERIES
from redeemd.serialkey.validity import Phase, read_job_status
from redeemd.store.base import Tx


async def move(tx: Tx, namespace_id: int, job: IssueJob, to_campaign: str, *, now: int) -> bool:
    """Move a batch to a campaign of the master data; return whether that was another one.

    Raises CampaignModelNotFound; IssueJobNotFound if the batch was deleted or moved meanwhile; or Conflict if it is
    being deleted.
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
        state = await tx.one(QUERIES.issue_job_state, namespace_id=namespace_id, **job.key)
        being_deleted = state is not None and read_job_status(state["status"])[0] == Phase.CLOSED
        raise Conflict if being_deleted else IssueJobNotFound
    return True
