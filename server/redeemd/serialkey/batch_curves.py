"""How many codes of a batch were used over time: exact, and without visiting codes.

Triggers of the database count, see redeemd/store/migrations/0025_batch_curves.sql. The uses from before that migration
are counted by a chore, in steps in the order of the codes; until then they are read from the codes.
"""

from redeemd.serialkey import tallies
from redeemd.serialkey.batches import IssueJob
from redeemd.serialkey.queries import QUERIES
from redeemd.serialkey.tallies import CurvePoint
from redeemd.store.base import Tx

CODES_MAX = 1000  # that a step counts


async def curve(
    tx: Tx, namespace_id: int, job: IssueJob, *, quarters: int, first: int, end: int, limit: int
) -> list[CurvePoint]:
    """Return the parts of time in which codes of a batch were used: see `tallies.curve`."""
    rows = await tx.all(
        QUERIES.batch_curve,
        namespace_id=namespace_id,
        campaign_number=job.campaign_number,
        start=job.first_sequence,
        stop=job.first_sequence + job.count,
        size=quarters,
        first=first,
        end=end,
        rows=quarters * limit,
        limit=limit,
    )
    return tallies.points(rows)


async def count_some(tx: Tx, *, codes_max: int = CODES_MAX) -> bool:
    """Count some uses from before the migration; return whether there may be more. A chore."""
    if await tx.one(QUERIES.batch_curve_pending_next) is None:
        return False
    await tx.lock(tallies.LOCK)
    batch = await tx.one(QUERIES.batch_curve_pending_next)
    if batch is None:  # another replica counted the last ones
        return False
    key = {name: batch[name] for name in ("namespace_id", "campaign_number", "first_sequence")}
    part = {"namespace_id": key["namespace_id"], "campaign_number": key["campaign_number"]}
    stop, following = batch["stop"], None
    if stop is not None:
        part |= {"counted_to": batch["counted_to"]}
        following = await tx.one(QUERIES.batch_curve_pending_step, **part, stop=stop, rows=codes_max)
        end = stop if following is None else following["sequence"]
        await tx.run(QUERIES.batch_curve_count, **part, first_sequence=key["first_sequence"], next=end)
    if following is None:
        await tx.run(QUERIES.batch_curve_pending_end, **key)
    else:
        await tx.run(QUERIES.batch_curve_pending_advance, **key, next=following["sequence"])
    return True
